import { askedToWaitMs } from './backoff.ts'
import { type Clock, jittered } from './clock.ts'
import type { Log } from './log.ts'
import type { WorkQueue } from './work-queue.ts'

/** What a pass wants next for its key. */
export type PassResult =
  | { readonly next: 'now' } // A step was done: the next one may be due.
  | { readonly next: 'after'; readonly ms: number } // Something is expected to change without an event.
  | { readonly next: 'when-changed' } // Nothing to do until an event arrives, or until the slow resync.
  | { readonly next: 'never' } // The object was deleted: the key is forgotten until the next event.

export interface PassOutcome {
  readonly key: string
  readonly durationMs: number
  /** Undefined when the pass went well. */
  readonly error: unknown
}

export interface ControllerLoopOptions {
  /** For logs and metrics. */
  readonly name: string
  readonly queue: WorkQueue
  /** One pass over one object. Has to end soon after its signal is aborted. */
  readonly pass: (key: string, signal: AbortSignal) => Promise<PassResult>
  /** Passes at once, each for another key. Default 4. */
  readonly workers?: number
  /** The signal of a pass is aborted after this long. Default 60 s. */
  readonly passDeadlineMs?: number
  /** Each key gets another pass after this long, jittered, even without an event. Default 10 min. */
  readonly resyncMs?: number
  /** For metrics; must not throw. */
  readonly onPass?: (outcome: PassOutcome) => void
  readonly clock: Clock
  readonly log: Log
}

export interface ControllerLoop {
  /** Takes no more keys, gives running passes `graceMs` to end, then aborts their signals; resolves when all have ended. */
  stop(graceMs: number): Promise<void>
}

/** Takes keys from the queue and runs passes until `stop`. The only place that catches and logs the errors of passes and retries them. */
export function startControllerLoop(options: ControllerLoopOptions): ControllerLoop {
  const { queue, clock, workers = 4 } = options
  const stopping = new AbortController()

  async function work(): Promise<void> {
    for (;;) {
      const key = await queue.take()
      if (key === undefined) return
      const startMs = clock.monotonicMs()
      const outcome = await runPass(options, key, stopping.signal)
      settle(options, key, outcome)
      queue.done(key)
      options.onPass?.({ key, durationMs: clock.monotonicMs() - startMs, error: 'error' in outcome ? outcome.error : undefined })
    }
  }

  const working = Promise.all(Array.from({ length: workers }, work))
  return {
    async stop(graceMs) {
      queue.shutDown()
      const cancel = clock.after(graceMs, () => stopping.abort(new Error('the operator is stopping')))
      await working
      cancel()
    },
  }
}

type Outcome = { readonly result: PassResult } | { readonly error: unknown }

async function runPass(options: ControllerLoopOptions, key: string, stopping: AbortSignal): Promise<Outcome> {
  const { name, clock, log, pass, passDeadlineMs = 60_000 } = options
  const controller = new AbortController()
  const follow = () => controller.abort(stopping.reason)
  stopping.addEventListener('abort', follow, { once: true })
  if (stopping.aborted) follow()
  const cancel = clock.after(passDeadlineMs, () => {
    // Calls have shorter deadlines, so a pass ends long before. A pass that hangs blocks its key: two passes at once would be worse.
    log.error({ controller: name, key, passDeadlineMs }, 'pass took too long')
    controller.abort(new Error(`the pass took more than ${passDeadlineMs} ms`))
  })
  try {
    return { result: await pass(key, controller.signal) }
  } catch (error) {
    return { error }
  } finally {
    cancel()
    stopping.removeEventListener('abort', follow)
  }
}

/** Plans the key's next pass. */
function settle({ name, queue, clock, log, resyncMs = 600_000 }: ControllerLoopOptions, key: string, outcome: Outcome): void {
  if ('error' in outcome) {
    const retryMs = queue.retry(key, askedToWaitMs(outcome.error))
    log.error({ controller: name, key, err: outcome.error, failures: queue.failuresOf(key), retryMs: Math.round(retryMs) }, 'pass failed')
    return
  }
  queue.forget(key)
  const { result } = outcome
  switch (result.next) {
    case 'now':
      queue.add(key)
      return
    case 'after':
      queue.addAfter(key, Math.min(result.ms, resyncMs))
      return
    case 'when-changed':
      queue.addAfter(key, jittered(clock, resyncMs))
      return
    case 'never':
      return
  }
}
