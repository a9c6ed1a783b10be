/** The reason of a signal that was aborted because the call's deadline passed. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed'
}

/**
 * Runs `work` with a signal that is aborted after `ms` or together with `parent`, and settles no later than that,
 * even if `work` ignores its signal. Not built on AbortSignal.any, which keeps the signal of every call in memory as long as `parent`.
 *
 * @throws DeadlinePassed, or the reason that `parent` was aborted with
 */
export async function withDeadline<R>(ms: number, parent: AbortSignal, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  parent.throwIfAborted()
  const controller = new AbortController()
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const end = (reason: unknown) => {
    controller.abort(reason)
    reject(reason)
  }
  const timer = setTimeout(() => end(new DeadlinePassed(`no answer within ${ms} ms`)), ms)
  const follow = () => end(parent.reason)
  parent.addEventListener('abort', follow, { once: true })
  try {
    return await Promise.race([work(controller.signal), ended])
  } finally {
    clearTimeout(timer)
    parent.removeEventListener('abort', follow)
  }
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const follow = () => reject(signal.reason)
  signal.addEventListener('abort', follow, { once: true })
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', follow)
  }
}
