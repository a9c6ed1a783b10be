import type { ResourceMeta } from '../api/etcd-cluster.ts'
import type { Tools } from './tools.ts'

/** Wait before the next pass when the cached object is stale. */
export const staleMs = 1000

export interface StaleViews {
  /** Whether a later generation of the same object was seen before: the cache is behind, or the API server was restored from a backup. */
  isStale(key: string, object: Seen): boolean
  forget(key: string): void
}

interface Seen {
  readonly metadata: ResourceMeta
  readonly status?: { readonly observedGeneration?: number }
}

/**
 * Remembers the newest generation of each object. `status.observedGeneration` proves nothing: an object that was restored together with
 * its status (Velero, a migration) begins again at generation 1, and gets its passes like any other object.
 */
export function staleViews(controller: string, { log }: Pick<Tools, 'log'>): StaleViews {
  const newest = new Map<string, { readonly uid: string; readonly generation: number }>()
  return {
    isStale(key, { metadata: { uid, generation }, status }) {
      const before = newest.get(key)
      if (before?.uid === uid && generation < before.generation) return true
      const { observedGeneration = 0 } = status ?? {}
      if (before?.uid !== uid && generation < observedGeneration)
        log.warn({ controller, key, generation, observedGeneration }, 'the status belongs to an earlier object: writing a new one')
      newest.set(key, { uid, generation })
      return false
    },
    forget: (key) => void newest.delete(key),
  }
}
