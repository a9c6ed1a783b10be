import { type Clock, jittered } from './clock.ts'

export interface BackoffLimits {
  readonly firstMs: number
  readonly maxMs: number
}

/** How long to wait after so many failures in a row: doubling, never longer than `maxMs`, with jitter. */
export function backoffMs(clock: Clock, failures: number, { firstMs, maxMs }: BackoffLimits): number {
  const plain = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.min(maxMs, jittered(clock, plain))
}

/** How long a server asked to wait, where an error says so (`retryAfterMs`). */
export function askedToWaitMs(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return 0
  return typeof error.retryAfterMs === 'number' && Number.isFinite(error.retryAfterMs) ? Math.max(0, error.retryAfterMs) : 0
}
