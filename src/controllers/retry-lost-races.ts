import { isFailure } from '../adapters/failure.ts'
import type { PassResult } from '../runtime/controller-loop.ts'

/** After a lost race: the caches catch up within this; later each time while races are lost again and again. */
export const againMs = 50
const maxAgainMs = 10_000

/** Runs passes that may end because somebody wrote, made or deleted something in between: nothing was done then, so look again. */
export function raceCounter(): { run(key: string, pass: () => Promise<PassResult>): Promise<PassResult>; forget(key: string): void } {
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
        return { next: 'after', ms: Math.min(maxAgainMs, againMs * 2 ** count) }
      }
    },
    forget: (key) => void lost.delete(key),
  }
}
