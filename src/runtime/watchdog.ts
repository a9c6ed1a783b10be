import type { Clock } from './clock.ts'

/** Why a stream was given up. */
export class Silence extends Error {
  override readonly name = 'Silence'
}

/**
 * Passes a stream on, and ends it when it says nothing for `silenceMs`, which is asked anew before each wait: a connection whose
 * other end has vanished never says that it is dead. The source is told by its signal; it is not waited for, because it may hang.
 *
 * @throws Silence, or what the source throws; ends quietly when `signal` is aborted
 */
export async function* watched<E>(
  clock: Clock,
  silenceMs: () => number,
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<E>,
): AsyncGenerator<E> {
  if (signal.aborted) return
  const controller = new AbortController()
  const ended = Promise.withResolvers<'ended'>()
  const follow = () => {
    controller.abort(signal.reason)
    ended.resolve('ended')
  }
  signal.addEventListener('abort', follow, { once: true })
  const source = open(controller.signal)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await nextWithin(clock, silenceMs(), source.next(), ended.promise)
      if (next === 'ended' || next.done) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', follow)
    controller.abort()
    source.return?.()?.catch(() => {})
  }
}

async function nextWithin<N>(clock: Clock, ms: number, next: Promise<N>, ended: Promise<'ended'>): Promise<N | 'ended'> {
  const silence = Promise.withResolvers<never>()
  const cancel = clock.after(ms, () => silence.reject(new Silence(`nothing heard for ${ms} ms`)))
  // The loser of the race may still reject, with nobody listening any more.
  next.catch(() => {})
  try {
    return await Promise.race([next, silence.promise, ended])
  } finally {
    cancel()
  }
}
