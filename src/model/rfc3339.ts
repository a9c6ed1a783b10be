/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function rfc3339(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`
}
