import { isFailure } from '../adapters/failure.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import type { Tools } from './tools.ts'

/** After a lost race the caches catch up within this time; the pauses grow while races are lost again and again. */
export const againMs = 50
const maxAgainMs = 10_000
/** So many races lost in a row are no chance any more: something writes faster than passes come, or a kind isn't served. */
const toldAfter = 10

export interface LostRaces {
  run(key: string, pass: () => Promise<PassResult>): Promise<PassResult>
  forget(key: string): void
}

/** Runs passes that may end because somebody wrote, created or deleted something in between: nothing was done then, so look again. */
export function retryLostRaces(controller: string, { log, metrics }: Pick<Tools, 'log' | 'metrics'>): LostRaces {
  /** Passes in a row that ended so, by key. */
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
            'pass after pass loses a race: the object is not looked after',
          )
        return { next: 'after', ms }
      }
    },
    forget: (key) => void lost.delete(key),
  }
}
