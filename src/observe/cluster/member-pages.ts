import { isFailure } from '../../adapters/failure.ts'
import { type Latencies, type MemberPerformance, nextPerformance, performanceBetween } from '../../model/cluster/performance.ts'
import type { MemberEndpoint } from '../../model/names.ts'
import { type Clock, jittered } from '../../runtime/clock.ts'

/** A member's process, whose page is to be read now and then. */
export interface Followed {
  readonly name: string
  /** Names the process (`processOf`): the next process counts from 0. */
  readonly process: string
  readonly page: MemberEndpoint
}

/** Reads a page, and returns by the deadline of its own. */
export type ReadPage = (page: MemberEndpoint) => Promise<Latencies>

/** Between the first two reads of a member, and between later ones; milliseconds. */
const firstPauseMs = 15_000
const pauseMs = 60_000
/** At most five pages are read in a second: those of a thousand clusters in ten minutes. A page is 200 kB of text. */
const shareMs = 200
const mostAtOnce = 4
/** A member that no pass has named for this time is read no more. */
const forgetMs = 60_000
/** A while in which too little was written is made longer, up to this. */
const longestWhileMs = 10 * 60_000

interface Reading {
  page: MemberEndpoint
  wantedMs: number
  dueMs: number
  isBeingRead: boolean
  base: { readonly latencies: Latencies; readonly atMs: number } | undefined
  seen: MemberPerformance | undefined
}

/**
 * Reads the members' own pages beside the passes, at a slow pace: a pass takes what was read last, and waits for nothing. Losing this only
 * makes the figures begin anew.
 */
export class MemberPages {
  readonly #read: ReadPage
  readonly #clock: Clock
  readonly #readings = new Map<string, Reading>()
  #isRunning = false

  constructor(read: ReadPage, clock: Clock) {
    this.#read = read
    this.#clock = clock
  }

  /** What was read of these members, by name, and goes on with them. */
  look(members: readonly Followed[]): ReadonlyMap<string, MemberPerformance> {
    const nowMs = this.#clock.monotonicMs()
    const seen = new Map<string, MemberPerformance>()
    for (const { name, process, page } of members) {
      const reading = this.#readings.get(process)
      if (reading === undefined)
        this.#readings.set(process, { page, wantedMs: nowMs, dueMs: nowMs, isBeingRead: false, base: undefined, seen: undefined })
      else Object.assign(reading, { page, wantedMs: nowMs })
      if (reading?.seen !== undefined) seen.set(name, reading.seen)
    }
    if (!this.#isRunning && this.#readings.size > 0) this.#run()
    return seen
  }

  /** Number of members that are read. */
  get size(): number {
    return this.#readings.size
  }

  /** One turn: begins the read that is due the longest. */
  #run(): void {
    const nowMs = this.#clock.monotonicMs()
    let due: Reading | undefined
    let atOnce = 0
    for (const [process, reading] of this.#readings) {
      if (reading.isBeingRead) atOnce++
      else if (nowMs - reading.wantedMs > forgetMs) this.#readings.delete(process)
      else if (reading.dueMs <= nowMs && reading.dueMs < (due?.dueMs ?? Number.POSITIVE_INFINITY)) due = reading
    }
    this.#isRunning = this.#readings.size > 0
    if (due !== undefined && atOnce < mostAtOnce) void this.#readOne(due)
    if (this.#isRunning) this.#clock.after(due === undefined ? 1000 : shareMs, () => this.#run())
  }

  async #readOne(reading: Reading): Promise<void> {
    reading.isBeingRead = true
    try {
      this.#take(reading, await this.#read(reading.page))
    } catch (error) {
      // Not a page of etcd, or none: the passes tell of a member that doesn't answer.
      if (!isFailure(error)) throw error
    } finally {
      reading.isBeingRead = false
      reading.dueMs = this.#clock.monotonicMs() + jittered(this.#clock, reading.seen === undefined ? firstPauseMs : pauseMs)
    }
  }

  #take(reading: Reading, latencies: Latencies): void {
    const atMs = this.#clock.monotonicMs()
    const { base } = reading
    if (base === undefined) {
      reading.base = { latencies, atMs }
      return
    }
    const performance = performanceBetween(base.latencies, latencies)
    const isLongEnough = performance.walFsyncP99 !== undefined || atMs - base.atMs >= longestWhileMs
    // Until the while has enough writes the figures of the one before stay, but for the peers, which are always asked.
    reading.seen = isLongEnough
      ? nextPerformance(reading.seen, performance)
      : { ...(reading.seen ?? nextPerformance(undefined, performance)), peerRoundTripP99: performance.peerRoundTripP99 }
    if (isLongEnough) reading.base = { latencies, atMs }
  }
}
