import { type Client, Metadata } from '@grpc/grpc-js'
import { Failure } from '../failure.ts'
import { readSnapshotPart, type SnapshotPart } from './snapshot-part.ts'

/**
 * The parts of Maintenance.Snapshot as they arrive. The next part is asked for once the previous part was consumed, so that a slow
 * disk slows the member down and little memory is needed. Throws grpc-js's ServiceError, or a `Failure` of kind `timeout` when nothing
 * arrives for `stallMs`, `unavailable` when `stopping` fires; there is no deadline for the whole, which takes as long as the database is large.
 */
export async function* snapshotStream(
  client: Client,
  stallMs: number,
  stopping: AbortSignal,
): AsyncGenerator<SnapshotPart, void, undefined> {
  const call = client.makeServerStreamRequest(
    '/etcdserverpb.Maintenance/Snapshot',
    () => Buffer.alloc(0), // SnapshotRequest has no fields.
    readSnapshotPart,
    {},
    new Metadata(),
  )
  call.on('error', () => {}) // A cancelled call emits one more error after the loop has ended.
  const watchdog = watch(stallMs, () => call.destroy(new Failure('timeout', `no byte of the snapshot arrived for ${stallMs / 1000} s`)))
  const stop = () => call.destroy(new Failure('unavailable', 'this process was told to stop'))
  stopping.addEventListener('abort', stop, { once: true })
  if (stopping.aborted) stop()
  try {
    for await (const part of call) {
      watchdog.pause()
      yield part
      watchdog.resume()
    }
  } finally {
    watchdog.stop()
    stopping.removeEventListener('abort', stop)
    call.cancel()
  }
}

/** Calls `expire` when `ms` have passed since the last `resume`, unless paused. An interval checks this: a timer per part costs too much. */
function watch(ms: number, expire: () => void): { pause(): void; resume(): void; stop(): void } {
  let since: number | undefined = performance.now()
  const timer = setInterval(
    () => {
      if (since !== undefined && performance.now() - since > ms) expire()
    },
    Math.min(1000, ms / 4),
  )
  return {
    pause: () => {
      since = undefined
    },
    resume: () => {
      since = performance.now()
    },
    stop: () => clearInterval(timer),
  }
}
