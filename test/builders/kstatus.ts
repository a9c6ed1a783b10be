interface Readable {
  readonly metadata: { readonly generation: number; readonly deletionTimestamp?: string }
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/**
 * How Flux, `helm --wait` and others that use kstatus read an object of a kind that they don't know (sigs.k8s.io/cli-utils,
 * pkg/kstatus): a deletion first, then the generation, then whichever of Reconciling and Stalled is true first, then Ready. Where
 * nothing speaks against it an object is current.
 */
export function kstatus({ metadata, status = {} }: Readable): 'Terminating' | 'InProgress' | 'Failed' | 'Current' {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating'
  if (status.observedGeneration !== undefined && status.observedGeneration !== metadata.generation) return 'InProgress'
  const conditions = status.conditions ?? []
  const first = conditions.find(({ type, status }) => (type === 'Reconciling' || type === 'Stalled') && status === 'True')
  if (first !== undefined) return first.type === 'Stalled' ? 'Failed' : 'InProgress'
  const ready = conditions.find(({ type }) => type === 'Ready')
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress'
}
