import type { ResourceMeta } from '../api/etcd-cluster.ts'
import type { Tools } from './tools.ts'

/** A stale view is looked at again after this. */
export const staleMs = 1000

export interface StaleViews {
  /** Whether a later generation of the very same object was seen before: a cache is behind, or the API server was set back. */
  isStale(key: string, object: Seen): boolean
  forget(key: string): void
}

interface Seen {
  readonly metadata: ResourceMeta
  readonly status?: { readonly observedGeneration?: number }
}

/**
 * Remembers the newest generation of each object. What the status says was observed is no proof: an object that was restored
 * together with its status (Velero, a migration) begins again at generation 1, and is looked after like any other.
 */
export function staleViews(controller: string, { log }: Pick<Tools, 'log'>): StaleViews {
  const newest = new Map<string, { readonly uid: string; readonly generation: number }>()
  return {
    isStale(key, { metadata: { uid, generation }, status }) {
      const before = newest.get(key)
      if (before?.uid === uid && generation < before.generation) return true
      const { observedGeneration = 0 } = status ?? {}
      if (before?.uid !== uid && generation < observedGeneration)
        log.warn({ controller, key, generation, observedGeneration }, 'the status is of another object: it is made anew')
      newest.set(key, { uid, generation })
      return false
    },
    forget: (key) => void newest.delete(key),
  }
}
