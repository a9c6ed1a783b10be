import { isFailure } from '../adapters/failure.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import type { Tools } from './tools.ts'

/** Within this time the caches catch up after a conflict; the pauses grow while conflicts repeat. */
export const againMs = 50
const maxAgainMs = 10_000
/** So many conflicts in a row are not accidental: another writer is faster than the passes, or a kind isn't served. */
const toldAfter = 10

export interface LostRaces {
  run(key: string, pass: () => Promise<PassResult>): Promise<PassResult>
  forget(key: string): void
}

/** Runs passes that may end with a conflict, because an object was written, created or deleted in between: the pass is then repeated. */
export function retryLostRaces(controller: string, { log, metrics }: Pick<Tools, 'log' | 'metrics'>): LostRaces {
  /** Number of passes in a row that ended with a conflict, by key. */
  const lost = new Map<string, number>()
  return {
    async run(key, pass) {
      try {
        const result = await pass()
        lost.delete(key)
        return result
      } catch (error) {
        if (!isFailure(error, 'conflict') && !isFailure(error, 'not-found')) throw error
        const count = (lost.get(key) ?? 0) + 1
        lost.set(key, count)
        metrics.raceLost(controller)
        const ms = Math.min(maxAgainMs, againMs * 2 ** count)
        if (count % toldAfter === 0)
          log.warn(
            { controller, key, races: count, againMs: ms, err: error },
            'every pass ends with a conflict: another writer is faster, or a kind is not served',
          )
        return { next: 'after', ms }
      }
    },
    forget: (key) => void lost.delete(key),
  }
}
