import { isNewer } from './cache.ts'
import { type Clock, jittered, sleep } from './clock.ts'
import type { Log } from './log.ts'
import { Silence, watched } from './watchdog.ts'

/** The contents of the Lease. Times are wall clock, for people: candidates only compare whether the Lease changes. */
export interface LeaseRecord {
  /** Empty when the holder has given the Lease back. */
  readonly holder: string
  readonly durationMs: number
  readonly acquiredAtMs: number
  readonly renewedAtMs: number
  /** How often the holder has changed. */
  readonly transitions: number
}

export interface StoredLease {
  readonly record: LeaseRecord
  /** The resourceVersion: changes with every write, and an update that names another version is refused. */
  readonly version: string
}

/** Each call rejects on any failure, also when another candidate wrote first; the election then looks again later. */
export interface LeaseClient {
  get(signal: AbortSignal): Promise<StoredLease | undefined>
  create(record: LeaseRecord, signal: AbortSignal): Promise<StoredLease>
  update(version: string, record: LeaseRecord, signal: AbortSignal): Promise<StoredLease>
  /** Every write after `version`, a deletion as undefined; ends when the server ends it. */
  watch(version: string, signal: AbortSignal): AsyncIterable<StoredLease | undefined>
}

export interface LeaderElectionOptions {
  readonly client: LeaseClient
  /** Unique among the candidates, and the same after a restart of the container: the pod's name. */
  readonly identity: string
  /** Called once, when the Lease was taken. */
  readonly onElected: () => void
  /** Called at most once, when the Lease was taken but could not be held: the process has to exit. */
  readonly onLost: (why: string) => void
  /** Other candidates wait so long after the holder's last renewal before they take the Lease. Default 15 s. */
  readonly leaseMs?: number
  /** The holder gives up so long after its last renewal, well before others may take over. Default 10 s. */
  readonly renewDeadlineMs?: number
  /** Time between renewals. Default 2 s. */
  readonly renewMs?: number
  /** Wait before a candidate looks again after its watch of the Lease has ended. Default 600 ms. */
  readonly lookMs?: number
  /** Called when the Lease has an older version than before: the API server was restored from a backup, and cached objects may not exist. */
  readonly onSetBack?: () => void
  readonly clock: Clock
  readonly log: Log
}

export interface LeaderElection {
  /** True while nobody else can hold the Lease, as far as clocks can tell: false again from the renew deadline on, also after a freeze. */
  isLeader(): boolean
  /** Gives the Lease back, so that another candidate takes over at once; resolves after the try, even if it failed. */
  release(): Promise<void>
}

/** A call that hangs must leave time for another one on a new connection before the renew deadline. */
const callMs = 3_000

/**
 * Takes part in an election until the Lease is lost or given back:
 *
 *   candidate ── the Lease is free, or ours already, or unchanged for its whole duration ──► leader ── lost or given back ──► over
 *
 * The Lease only avoids useless work: two leaders at once do no harm, because every write has preconditions.
 */
export function startLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { client, identity, clock, log, leaseMs = 15_000, renewDeadlineMs = 10_000, renewMs = 2_000, lookMs = 600 } = options
  const stopping = new AbortController()
  let isLeading = false
  let stored: StoredLease | undefined
  let changeSeenMs = clock.monotonicMs()
  let renewedMs = Number.NEGATIVE_INFINITY
  let cancelDeadline = () => {}

  async function run(): Promise<void> {
    while (!isLeading && !stopping.signal.aborted) await campaign()
    if (!isLeading) return
    log.info({ identity, transitions: stored?.record.transitions }, 'elected leader')
    options.onElected()
    while (!stopping.signal.aborted) await hold()
  }

  /** Looks, and takes the Lease if it may; otherwise follows it until it may be free. */
  async function campaign(): Promise<void> {
    let waitMs = lookMs
    try {
      await look()
      if (!isFree()) await follow()
      if (isFree()) return await renew(stored)
    } catch (error) {
      // A watch without an event for the whole lease duration may be dead: only a read tells whether the Lease was renewed.
      if (error instanceof Silence) return
      waitMs = renewMs
      log.debug({ identity, err: error }, 'could not take the lease')
    }
    await sleep(clock, jittered(clock, waitMs), stopping.signal)
  }

  /**
   * Watches the Lease until it is free or the server ends the watch: the renewals of the holder then cost a candidate no request.
   *
   * @throws Silence when nothing is heard for as long as the Lease lasts
   */
  async function follow(): Promise<void> {
    const { version } = stored ?? { version: '' }
    const leftMs = () => changeSeenMs + (stored?.record.durationMs ?? 0) - clock.monotonicMs()
    for await (const lease of watched(clock, leftMs, stopping.signal, (signal) => client.watch(version, signal))) {
      stored = lease
      changeSeenMs = clock.monotonicMs()
      if (isFree()) return
    }
  }

  /** Waits until the next renewal is due, and renews. */
  async function hold(): Promise<void> {
    await sleep(clock, renewMs, stopping.signal)
    if (stopping.signal.aborted) return
    // After the process was frozen this timer may fire before the timer of the deadline.
    if (isLate()) return loseByDeadline()
    try {
      await renew(stored)
    } catch (error) {
      log.warn({ identity, err: error }, 'could not renew the lease')
      // A renewal whose answer was lost has changed the version: the next one needs the new one.
      await look().catch(() => {})
    }
    const holder = stored?.record.holder
    if (holder !== identity) lose(holder ? `it is held by ${holder}` : 'it was deleted')
  }

  function isLate(): boolean {
    return clock.monotonicMs() - renewedMs >= renewDeadlineMs
  }

  function loseByDeadline(): void {
    lose(`it could not be renewed for ${renewDeadlineMs} ms`)
  }

  function lose(why: string): void {
    if (!isLeading) return
    stop()
    log.error({ identity, why }, 'lost the lease')
    options.onLost(why)
  }

  function stop(): void {
    isLeading = false
    cancelDeadline()
    stopping.abort()
  }

  async function look(): Promise<void> {
    const found = await bounded((signal) => client.get(signal))
    if (found?.version !== stored?.version) changeSeenMs = clock.monotonicMs()
    const isSetBack = found !== undefined && stored !== undefined && isNewer(stored.version, found.version)
    stored = found
    if (isSetBack) {
      log.warn({ identity, version: found?.version }, 'the lease has an older version than before')
      options.onSetBack?.()
    }
  }

  function isFree(): boolean {
    if (stored === undefined) return true
    const { holder, durationMs } = stored.record
    return holder === '' || holder === identity || clock.monotonicMs() - changeSeenMs >= durationMs
  }

  async function renew(before: StoredLease | undefined): Promise<void> {
    // The time before the write: no other candidate can have seen the renewal earlier.
    const startMs = clock.monotonicMs()
    stored = await bounded((signal) => write(before, recordAfter(before?.record), signal))
    if (stopping.signal.aborted) return
    renewedMs = startMs
    isLeading = true
    cancelDeadline()
    const leftMs = startMs + renewDeadlineMs - clock.monotonicMs()
    cancelDeadline = clock.after(leftMs, loseByDeadline)
  }

  function write(before: StoredLease | undefined, record: LeaseRecord, signal: AbortSignal): Promise<StoredLease> {
    return before === undefined ? client.create(record, signal) : client.update(before.version, record, signal)
  }

  function recordAfter(before: LeaseRecord | undefined): LeaseRecord {
    const now = clock.now()
    const isOurs = before?.holder === identity
    return {
      holder: identity,
      durationMs: leaseMs,
      acquiredAtMs: isOurs ? before.acquiredAtMs : now,
      renewedAtMs: now,
      transitions: (before?.transitions ?? 0) + (before === undefined || isOurs ? 0 : 1),
    }
  }

  async function giveBack(): Promise<void> {
    await look()
    if (stored?.record.holder !== identity) return
    const record = { ...stored.record, holder: '', durationMs: 1_000, renewedAtMs: clock.now() }
    const { version } = stored
    await bounded((signal) => client.update(version, record, signal))
    log.info({ identity }, 'gave the lease back')
  }

  function bounded<R>(call: (signal: AbortSignal) => Promise<R>): Promise<R> {
    return within(clock, callMs, call)
  }

  const running = run()
  return {
    isLeader: () => isLeading && !isLate(),
    async release() {
      stop()
      await running
      await giveBack().catch((error: unknown) => log.warn({ identity, err: error }, 'could not give the lease back'))
    },
  }
}

/** Ends a call after `ms`, even one that does not listen to its signal. */
async function within<R>(clock: Clock, ms: number, call: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const controller = new AbortController()
  const late = Promise.withResolvers<never>()
  const cancel = clock.after(ms, () => {
    const reason = new Error(`no answer within ${ms} ms`)
    controller.abort(reason)
    late.reject(reason)
  })
  const answer = call(controller.signal)
  // The answer may still reject after the deadline; nobody awaits it then.
  answer.catch(() => {})
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    cancel()
  }
}
