/** Time and chance as a dependency, so that tests decide both. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: only for what people and other programs read. */
  now(): number
  /** Monotonic milliseconds, which also advance while the process is stopped: for every duration and deadline. */
  monotonicMs(): number
  /** Calls `callback` once after `ms`; the result cancels that. */
  after(ms: number, callback: () => void): () => void
  /** At least 0, less than 1. */
  random(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}

/** Resolves after `ms`, or at once when `signal` is aborted: the caller looks at the signal. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal.addEventListener('abort', end, { once: true })
  })
}

/** `ms`, shortened or lengthened by up to a share of it, so that many sleepers don't wake together. */
export function jittered(clock: Clock, ms: number, share = 0.2): number {
  return ms * (1 + share * (2 * clock.random() - 1))
}
