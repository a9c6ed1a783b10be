import type { ResourceMeta } from '../api/etcd-cluster.ts'
import type { Tools } from './tools.ts'

/** Wait before the next pass when the cached object is older than one that was seen. */
export const behindMs = 1000
/** A cache catches up within this time; after it the API server itself is asked. */
const catchUpMs = 10_000
/** Objects that are remembered; the oldest are forgotten first. */
const maxObjects = 10_000

/** How an object compares with the newest generation of it that this operator has seen. */
export type Standing =
  /** As new as anything that was seen. */
  | { readonly is: 'newest'; readonly generation: number; readonly countsFrom: number }
  /** The cache is behind, or it is not known yet whether only the cache is: the next pass tells. */
  | { readonly is: 'behind' }
  /** The API server itself shows an older object: it was set back, by a restore from a backup for example. */
  | { readonly is: 'set-back'; readonly generation: number; readonly countsFrom: number }

export interface SetBacks<T> {
  /** `live` reads the object from the API server itself; it is called only for an object that stays older than it was. */
  standing(key: string, object: Seen, live: () => Promise<T | undefined>): Promise<Standing>
}

interface Seen {
  readonly metadata: ResourceMeta
  readonly status?: { readonly observedGeneration?: number }
}

interface Remembered {
  readonly uid: string
  readonly generation: number
  /** Since when the cache has been behind, on the monotonic clock. */
  readonly behindSinceMs?: number
  /** The generation that the API server was set back to, and whether the object was being deleted then. */
  readonly setBackTo?: number
  readonly isDeleted?: boolean
}

/**
 * Remembers the newest generation of each object. `status.observedGeneration` proves nothing: an object that was restored together with
 * its status (Velero, a migration) begins again at generation 1, and gets its passes like any other object. Nor is anything known of
 * what an earlier operator process saw.
 *
 * A person confirms the older object by changing its spec in any way: a change that was made after the API server was set back is meant
 * for the present.
 */
export function setBacks<T extends Seen>(controller: string, { log, clock }: Pick<Tools, 'log' | 'clock'>): SetBacks<T> {
  const newest = new Map<string, Remembered>()

  function remember(key: string, what: Remembered): void {
    newest.delete(key)
    newest.set(key, what)
    const [oldest] = newest.keys()
    if (newest.size > maxObjects && oldest !== undefined) newest.delete(oldest)
  }

  async function older(key: string, before: Remembered, live: () => Promise<T | undefined>): Promise<Standing> {
    const nowMs = clock.monotonicMs()
    const { behindSinceMs = nowMs, setBackTo: _before, isDeleted: _then, ...rest } = before
    remember(key, { ...rest, behindSinceMs })
    if (nowMs - behindSinceMs < catchUpMs) return { is: 'behind' }
    const now = await live()
    if (now?.metadata.uid !== before.uid || now.metadata.generation >= before.generation) {
      remember(key, { ...rest, behindSinceMs: nowMs })
      return { is: 'behind' }
    }
    const { generation } = now.metadata
    log.warn(
      { controller, key, generation, before: before.generation },
      'the API server was set back: nothing is done until the spec is changed',
    )
    remember(key, { ...rest, setBackTo: generation, isDeleted: now.metadata.deletionTimestamp !== undefined })
    return { is: 'set-back', generation: before.generation, countsFrom: generation + 1 }
  }

  return {
    async standing(key, { metadata: { uid, generation, deletionTimestamp }, status }, live) {
      const before = newest.get(key)
      if (before?.uid === uid && (generation < before.generation || before.setBackTo !== undefined)) {
        if (before.setBackTo === undefined || generation < before.setBackTo) return older(key, before, live)
        const countsFrom = before.setBackTo + (deletionTimestamp === undefined || before.isDeleted ? 1 : 2)
        if (generation < countsFrom) return { is: 'set-back', generation: before.generation, countsFrom }
        log.info({ controller, key, generation }, 'the spec was changed after the API server was set back: it counts from now on')
      }
      const { observedGeneration = 0 } = status ?? {}
      if (before?.uid !== uid && generation < observedGeneration)
        log.warn({ controller, key, generation, observedGeneration }, 'the status belongs to an earlier object: writing a new one')
      remember(key, { uid, generation })
      return { is: 'newest', generation, countsFrom: generation }
    },
  }
}
