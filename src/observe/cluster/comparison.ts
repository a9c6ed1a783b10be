import type { HashVote } from '../../model/cluster/hash-vote.ts'
import { type Known, unknown } from '../../model/known.ts'
import { messageOf } from '../../model/message-of.ts'
import { type Clock, sleep } from '../../runtime/clock.ts'

/** Reads the hash of every voter; takes as long as it takes to read their databases. */
export type Compare<Result = HashVote> = (signal: AbortSignal) => Promise<Known<Result>>

/** `question` names the voters and their processes: a result counts only for the same ones. */
export type Comparing<Result = HashVote> = (question: string, compare: Compare<Result>) => Promise<Known<Result>>

/** While nothing has changed the same members have the same hashes. */
const knownForMs = 10 * 60_000
/** What could not be compared is tried again. */
const unknownForMs = 15_000
/** How long an ordinary pass waits; the result wakes the cluster. */
const passWaitMs = 1_000
/** How long the look before a step waits; after that the last result for the same question counts. */
const stepWaitMs = 5_000
/** A comparison ends after this time in any case. */
const deadlineMs = 10 * 60_000

/**
 * The comparison of the data of one cluster's voters. It runs beside the passes, never twice at once, because a member applies
 * nothing while it reads its database for a hash. Its results are remembered in memory only: losing them costs another comparison.
 */
export class Comparison<Result = HashVote> {
  readonly #clock: Clock
  #last: { readonly question: string; readonly atMs: number; readonly vote: Known<Result> } | undefined
  #running: { readonly question: string; readonly done: Promise<unknown> } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** For a pass that only looks: the remembered result, or a new one. `heard` is called when a result comes later. */
  async inPass(question: string, compare: Compare<Result>, heard: () => void): Promise<Known<Result>> {
    const remembered = this.#remembered(question)
    if (remembered !== undefined) return remembered
    const done = this.#start(question, compare)
    const isDone = await this.#within(done, passWaitMs)
    if (!isDone) void done.then(heard)
    return this.#remembered(question) ?? comparing
  }

  /** For the look before a step: a new result, or the remembered one where a new one takes too long. */
  async beforeStep(question: string, compare: Compare<Result>): Promise<Known<Result>> {
    await this.#within(this.#start(question, compare), stepWaitMs)
    return this.#remembered(question) ?? comparing
  }

  #remembered(question: string): Known<Result> | undefined {
    if (this.#last?.question !== question) return undefined
    const ageMs = this.#clock.monotonicMs() - this.#last.atMs
    return ageMs < (this.#last.vote.known ? knownForMs : unknownForMs) ? this.#last.vote : undefined
  }

  /** Begins a comparison, or waits for the one that is under way, whatever its question. */
  #start(question: string, compare: Compare<Result>): Promise<unknown> {
    this.#running ??= { question, done: this.#run(question, compare) }
    return this.#running.done
  }

  async #run(question: string, compare: Compare<Result>): Promise<void> {
    const vote = await compare(AbortSignal.timeout(deadlineMs)).catch((error: unknown) => unknown(messageOf(error)))
    this.#last = { question, atMs: this.#clock.monotonicMs(), vote }
    this.#running = undefined
  }

  async #within(done: Promise<unknown>, ms: number): Promise<boolean> {
    const given = new AbortController()
    const isDone = await Promise.race([done.then(() => true), sleep(this.#clock, ms, given.signal).then(() => false)])
    given.abort()
    return isDone
  }
}

const comparing = unknown('the data of the members is being compared')
