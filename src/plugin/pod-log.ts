/** Which lines of a container's log. */
export interface LogWish {
  readonly sinceSeconds?: number
  /** RFC 3339; the server answers from that whole second on. */
  readonly sinceTime?: string
  readonly tailLines?: number
  readonly limitBytes?: number
  readonly follow?: boolean
  readonly previous?: boolean
}

/** Path of a container's log; each line begins with its time. */
export function logPath(
  { namespace, pod, container }: { readonly namespace: string; readonly pod: string; readonly container: string },
  { sinceSeconds, sinceTime, tailLines, limitBytes, follow, previous }: LogWish,
): string {
  const query = new URLSearchParams({ container, timestamps: 'true' })
  for (const [key, value] of Object.entries({ sinceSeconds, sinceTime, tailLines, limitBytes }))
    if (value !== undefined) query.set(key, String(value))
  if (follow) query.set('follow', 'true')
  if (previous) query.set('previous', 'true')
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query}`
}
