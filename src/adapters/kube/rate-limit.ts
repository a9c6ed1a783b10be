import { pause } from './deadline.ts'

/** Limits the rate of calls: `burst` at once, then `perSecond`; callers wait in the order in which they asked. */
export interface RateLimit {
  /** Resolves when the call may be sent; rejects with the signal's reason when the signal is aborted first. */
  take(signal: AbortSignal): Promise<void>
}

export function rateLimit(perSecond: number, burst: number): RateLimit {
  const intervalMs = 1000 / perSecond
  // The moment at which the bucket would be full again: each call moves it by one interval.
  let fullAtMs = 0
  return {
    async take(signal) {
      const nowMs = performance.now()
      fullAtMs = Math.max(fullAtMs, nowMs) + intervalMs
      const waitMs = fullAtMs - nowMs - burst * intervalMs
      if (waitMs > 0) await pause(waitMs, signal)
    },
  }
}
