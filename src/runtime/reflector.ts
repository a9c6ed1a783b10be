import { askedToWaitMs, type BackoffLimits, backoffMs } from './backoff.ts'
import { type Cache, type Cacheable, isNewer, type OnChange, Store } from './cache.ts'
import { type Clock, jittered, sleep } from './clock.ts'
import type { Log } from './log.ts'
import { Silence, watched } from './watchdog.ts'

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
  /** A watch without any event for so long counts as dead. Longer than the server keeps a watch open. Default 11 min. */
  readonly watchdogMs?: number
  /** The same, once the server has been seen to send a bookmark every minute. Default 90 s. */
  readonly bookmarkMs?: number
  /** Lists again after so long even if the watch works, which makes up for events that were lost. Default: never. */
  readonly relistMs?: number
  /** The server's message if the error means "you may not read this"; undefined for trouble with the connection or the server. */
  readonly refusalOf?: (error: unknown) => string | undefined
  /** Whether the error means that the server does not serve this kind: then there are no objects of it yet, and the server is asked on. */
  readonly isUnserved?: (error: unknown) => boolean
  /** Called after `cache.synced` or `refusal` has changed. */
  readonly onState?: () => void
  readonly clock: Clock
  readonly log: Log
}

export interface Reflector<T> {
  readonly cache: Cache<T>
  /** Resolves when the cache holds its first list; rejects when the reflector is stopped before. */
  readonly synced: Promise<void>
  /** Resolves when the reflector has stopped, which happens only when its signal is aborted. */
  readonly stopped: Promise<void>
  /** Why the operator may not read these objects, in the server's words; undefined while it may. */
  refusal(): string | undefined
  /** Milliseconds since the last list, event or bookmark of the server; undefined before the first list. */
  silentMs(): number | undefined
  /** Lists again at once, whatever the watch says. */
  relist(why: string): void
  /**
   * To be called before the operator writes an object. The returned function takes the object that the server returned, so that the
   * next pass sees the write without waiting for the watch. The object is ignored if the watch is past its version (the object may be
   * deleted since), and if it has no owner (it isn't watched). A version older than the watch had reached before the write means that
   * the API server was restored from a backup.
   */
  beforeWrite(): (written: T) => void
}

const limits: BackoffLimits = { firstMs: 500, maxMs: 30_000 }
/** A watch that ends sooner than this counts as a failure: otherwise a server that closes at once is asked in a hot loop. */
const shortestGoodWatchMs = 1_000
/** So often in a row the server must say that it does not serve a kind: it may have been started a moment ago. */
const surelyUnserved = 3
/** Servers send a bookmark every minute, some seconds late when they are busy. */
const bookmarkIntervalMs = 75_000

/**
 * Keeps a cache equal to the server's objects until `signal` is aborted:
 *
 *   list ─► watch from the list's version ─► ended, silent or broken: watch again from the last version seen
 *    ▲                                   └─► expired (410), older than relistMs, or a version that goes back
 *    └──────────────────────────────────────────┘
 *
 * A version that goes back is the sign of an API server that was restored from a backup: it accepts a watch from a version that it
 * hasn't reached yet, and sends nothing until it has reached that version.
 *
 * After a failure the reflector tries again with growing pauses (at least `retryAfterMs` of the error), and the cache keeps its objects.
 */
export function startReflector<T extends Cacheable>(options: ReflectorOptions<T>, signal: AbortSignal): Reflector<T> {
  const {
    name,
    clock,
    log,
    watchdogMs = 660_000,
    bookmarkMs = 90_000,
    refusalOf = () => undefined,
    onState = () => {},
    isUnserved = () => false,
  } = options
  const store = new Store<T>(options.ownerOf ?? (() => undefined), guarded(options))
  const synced = Promise.withResolvers<void>()
  synced.promise.catch(() => {}) // Some callers never await it.
  let resourceVersion: string | undefined
  let listDueMs = Number.POSITIVE_INFINITY
  let heardMs: number | undefined
  let failures = 0
  let refusal: string | undefined
  let sendsBookmarks = false
  let endWatch = () => {}

  async function list(): Promise<void> {
    const { items, resourceVersion: listed } = await options.list(signal)
    const isSetBack = resourceVersion !== undefined && isNewer(resourceVersion, listed)
    if (isSetBack)
      log.warn({ kind: name, resourceVersion, listed }, 'the list has an older version than before: the API server was set back')
    resourceVersion = listed
    heardMs = clock.monotonicMs()
    listDueMs = options.relistMs === undefined ? Number.POSITIVE_INFINITY : heardMs + jittered(clock, options.relistMs, 1 / 3)
    const isFirst = !store.synced
    store.replace(items, isSetBack ? undefined : listed)
    if (isFirst) synced.resolve()
    if (isFirst || refusal !== undefined) setRefusal(undefined)
    log.debug({ kind: name, objects: items.length, resourceVersion }, 'listed')
  }

  async function watch(from: string): Promise<void> {
    const startMs = clock.monotonicMs()
    const turn = new AbortController()
    endWatch = () => turn.abort()
    let spokenMs = startMs
    const silenceMs = () => (sendsBookmarks ? bookmarkMs : watchdogMs)
    const either = AbortSignal.any([signal, turn.signal])
    try {
      for await (const change of watched(clock, silenceMs, either, (bounded) => options.watch(from, bounded))) {
        heardMs = clock.monotonicMs()
        if (change.type === 'bookmark' && heardMs - spokenMs <= bookmarkIntervalMs) sendsBookmarks = true
        spokenMs = heardMs
        resourceVersion = take(change)
        if (resourceVersion === undefined) break
        failures = 0
      }
    } catch (error) {
      // The server may have stopped sending bookmarks; then a silent watch isn't dead.
      if (error instanceof Silence) sendsBookmarks = false
      throw error
    }
    if (clock.monotonicMs() - startMs >= shortestGoodWatchMs) failures = 0
    else throw new Error(resourceVersion === undefined ? 'the version to watch from is too old' : 'the watch ended at once')
  }

  /** Returns the version to go on from; undefined when only a list helps. */
  function take(change: Change<T>): string | undefined {
    if (change.type === 'expired') return undefined
    const version = change.type === 'bookmark' ? change.resourceVersion : change.object.metadata.resourceVersion
    if (resourceVersion !== undefined && isNewer(resourceVersion, version)) {
      log.warn({ kind: name, resourceVersion, version }, 'the watch goes back: listing again')
      return undefined
    }
    switch (change.type) {
      case 'bookmark':
        break
      case 'deleted':
        store.remove(change.object)
        break
      case 'added':
      case 'modified':
        // The cache may hold a newer version, from a write of the operator that the watch hasn't reached.
        store.putNewer(change.object)
    }
    return version
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        if (resourceVersion === undefined || clock.monotonicMs() >= listDueMs) await list()
        else await watch(resourceVersion)
      } catch (error) {
        if (signal.aborted) break
        failures++
        if (failures >= surelyUnserved && !store.synced && isUnserved(error)) setUnserved()
        const waitMs = Math.max(askedToWaitMs(error), backoffMs(clock, failures, limits))
        log.warn({ kind: name, err: error, failures, waitMs }, store.synced ? 'watch interrupted' : 'first list failed')
        const refused = refusalOf(error)
        if (refused !== undefined) {
          // A list tells at once whether the operator may read these objects again; a watch may be silent for minutes.
          listDueMs = clock.monotonicMs()
          setRefusal(refused)
        }
        await sleep(clock, waitMs, signal)
      }
    }
    synced.reject(new Error(`${name}: stopped`))
  }

  /** Only before the first list: of a kind that was served the objects are kept, as whenever the server answers with an error. */
  function setUnserved(): void {
    store.replace([], undefined)
    synced.resolve()
    setRefusal(undefined)
  }

  function setRefusal(now: string | undefined): void {
    refusal = now
    onState()
  }

  function relist(why: string): void {
    log.warn({ kind: name, why }, 'listing again at once')
    listDueMs = clock.monotonicMs()
    endWatch()
  }

  return {
    cache: store,
    synced: synced.promise,
    stopped: run(),
    refusal: () => refusal,
    silentMs: () => (heardMs === undefined ? undefined : clock.monotonicMs() - heardMs),
    relist,
    beforeWrite() {
      const reached = resourceVersion
      return (written) => {
        const { name: own, namespace = '', resourceVersion: version } = written.metadata
        if (resourceVersion === undefined || (options.ownerOf !== undefined && options.ownerOf(written) === undefined)) return
        if (isNewer(version, resourceVersion)) store.putNewer(written)
        // A write that changes nothing returns the version that the object has had all along.
        else if (reached !== undefined && !isNewer(version, reached) && store.get(namespace, own)?.metadata.resourceVersion !== version)
          relist(`${own} was written with version ${version}, and version ${reached} was seen before`)
      }
    },
  }
}

/** Catches the error of a handler: it must neither end the reflector nor stop the cache from taking further changes. */
function guarded<T extends Cacheable>({ name, onChange, log }: ReflectorOptions<T>): OnChange<T> {
  return (object, old) => {
    try {
      onChange(object, old)
    } catch (error) {
      log.error({ kind: name, object: (object ?? old)?.metadata.name, err: error }, 'change handler failed')
    }
  }
}
