import type { Clock } from './clock.ts'

/** Why a stream was given up. */
export class Silence extends Error {
  override readonly name = 'Silence'
}

/**
 * Passes a stream on, and ends it when nothing arrives for `silenceMs`, which is asked anew before each wait: a connection whose
 * other end has vanished never reports an error. The source learns of the end by its signal, and is not awaited, because it may hang.
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
  let endWait = () => {}
  const follow = () => {
    controller.abort(signal.reason)
    endWait()
  }
  signal.addEventListener('abort', follow, { once: true })
  const source = open(controller.signal)[Symbol.asyncIterator]()

  /** Not a Promise.race with a promise that lives as long as the stream: it would keep every value of the stream in memory. */
  function nextWithin(ms: number): Promise<IteratorResult<E> | 'ended'> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(ms, () => reject(new Silence(`nothing heard for ${ms} ms`)))
      const settle = (end: () => void) => {
        cancel()
        endWait = () => {}
        end()
      }
      endWait = () => settle(() => resolve('ended'))
      source.next().then(
        (next) => settle(() => resolve(next)),
        (error: unknown) => settle(() => reject(error)),
      )
    })
  }

  try {
    for (;;) {
      const next = await nextWithin(silenceMs())
      if (next === 'ended' || next.done) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', follow)
    controller.abort()
    source.return?.()?.catch(() => {})
  }
}
