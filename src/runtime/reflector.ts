import { askedToWaitMs, type BackoffLimits, backoffMs } from './backoff.ts'
import { type Cache, type Cacheable, isNewer, type OnChange, Store } from './cache.ts'
import { type Clock, jittered, sleep } from './clock.ts'
import type { Log } from './log.ts'
import { watched } from './watchdog.ts'

/** What a watch says. A bookmark only moves the resourceVersion; `expired` means that the watch can't go on: list again. */
export type Change<T> =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: T }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  | { readonly type: 'expired' }

export interface ReflectorOptions<T extends Cacheable> {
  /** For logs: the plural of the kind, usually. */
  readonly name: string
  readonly list: (signal: AbortSignal) => Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }>
  readonly watch: (resourceVersion: string, signal: AbortSignal) => AsyncIterable<Change<T>>
  readonly onChange: OnChange<T>
  /** The index behind `cache.ownedBy`. */
  readonly ownerOf?: (object: T) => string | undefined
  /** A watch that says nothing for so long is taken for dead. Longer than the server takes to end a watch by itself. Default 55 s. */
  readonly watchdogMs?: number
  /** Lists again after so long even when the watch is well, so that an event that was lost on the way is made up for. Default: never. */
  readonly relistMs?: number
  readonly clock: Clock
  readonly log: Log
}

export interface Reflector<T> {
  readonly cache: Cache<T>
  /** Resolves when the cache holds its first list; rejects when the reflector is stopped before. */
  readonly synced: Promise<void>
  /** Resolves when the reflector has stopped, which happens only when its signal is aborted. */
  readonly stopped: Promise<void>
  /** Milliseconds since the server last said anything; undefined before the first list. */
  silentMs(): number | undefined
  /**
   * Takes what a write of our own returned, so that the next pass sees it without waiting for the watch.
   * Left out: what the watch has passed already (it may have told of its deletion), and what has no owner (it isn't watched).
   */
  note(object: T): void
}

const limits: BackoffLimits = { firstMs: 500, maxMs: 30_000 }
/** A watch that ends sooner than this counts as a failure: otherwise a server that closes at once is asked in a hot loop. */
const shortestGoodWatchMs = 1_000

/**
 * Keeps a cache equal to the server's objects until `signal` is aborted:
 *
 *   list ─► watch from the list's version ─► ended, silent or broken: watch again from the last version seen
 *    ▲                                   └─► expired (410), or older than relistMs
 *    └──────────────────────────────────────────┘
 *
 * Failures are repeated for ever with growing pauses (`retryAfterMs` of an error is honoured), and the cache keeps what it has.
 */
export function startReflector<T extends Cacheable>(options: ReflectorOptions<T>, signal: AbortSignal): Reflector<T> {
  const { name, clock, log, watchdogMs = 55_000 } = options
  const store = new Store<T>(options.ownerOf ?? (() => undefined), guarded(options))
  const synced = Promise.withResolvers<void>()
  synced.promise.catch(() => {}) // Not everybody waits for it.
  let resourceVersion: string | undefined
  let listDueMs = Number.POSITIVE_INFINITY
  let heardMs: number | undefined
  let failures = 0

  async function list(): Promise<void> {
    const { items, resourceVersion: listed } = await options.list(signal)
    resourceVersion = listed
    heardMs = clock.monotonicMs()
    listDueMs = options.relistMs === undefined ? Number.POSITIVE_INFINITY : heardMs + jittered(clock, options.relistMs)
    const isFirst = !store.synced
    store.replace(items)
    if (isFirst) synced.resolve()
    log.debug({ kind: name, objects: items.length, resourceVersion }, 'listed')
  }

  async function watch(from: string): Promise<void> {
    const startMs = clock.monotonicMs()
    for await (const change of watched(clock, watchdogMs, signal, (bounded) => options.watch(from, bounded))) {
      heardMs = clock.monotonicMs()
      resourceVersion = take(change)
      if (resourceVersion === undefined) break
      failures = 0
    }
    if (clock.monotonicMs() - startMs >= shortestGoodWatchMs) failures = 0
    else throw new Error(resourceVersion === undefined ? 'the version to watch from is too old' : 'the watch ended at once')
  }

  /** Returns the version to go on from; undefined when only a list helps. */
  function take(change: Change<T>): string | undefined {
    switch (change.type) {
      case 'bookmark':
        return change.resourceVersion
      case 'expired':
        return undefined
      case 'deleted':
        store.remove(change.object)
        return change.object.metadata.resourceVersion
      case 'added':
      case 'modified':
        // A write of our own that was noted may be ahead of the watch.
        store.putNewer(change.object)
        return change.object.metadata.resourceVersion
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        if (resourceVersion === undefined || clock.monotonicMs() >= listDueMs) await list()
        else await watch(resourceVersion)
      } catch (error) {
        if (signal.aborted) break
        failures++
        const waitMs = Math.max(askedToWaitMs(error), backoffMs(clock, failures, limits))
        log.warn({ kind: name, err: error, failures, waitMs }, store.synced ? 'watch interrupted' : 'first list failed')
        await sleep(clock, waitMs, signal)
      }
    }
    synced.reject(new Error(`${name}: stopped`))
  }

  return {
    cache: store,
    synced: synced.promise,
    stopped: run(),
    silentMs: () => (heardMs === undefined ? undefined : clock.monotonicMs() - heardMs),
    note(object) {
      const isAhead = resourceVersion !== undefined && isNewer(object.metadata.resourceVersion, resourceVersion)
      if (isAhead && (options.ownerOf === undefined || options.ownerOf(object) !== undefined)) store.putNewer(object)
    },
  }
}

/** A mistake in a handler must not end the reflector, nor keep the cache from moving on. */
function guarded<T extends Cacheable>({ name, onChange, log }: ReflectorOptions<T>): OnChange<T> {
  return (object, old) => {
    try {
      onChange(object, old)
    } catch (error) {
      log.error({ kind: name, object: (object ?? old)?.metadata.name, err: error }, 'change handler failed')
    }
  }
}
