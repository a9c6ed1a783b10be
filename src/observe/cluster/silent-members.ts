import type { PodFacts } from '../../model/cluster/view.ts'
import { type Known, unknown } from '../../model/known.ts'
import { messageOf } from '../../model/message-of.ts'
import { type Clock, sleep } from '../../runtime/clock.ts'

/** Asks once; returns when its own deadline has passed. */
export type Ask<T> = (signal: AbortSignal) => Promise<Known<T>>

/** Key of what is asked: a member's process (`processOf`), or a cluster's member list, which needs a majority. */
export type Asked = string

/** A call that failed after this time was not refused: the member is silent. */
const silentAfterMs = 500
const firstPauseMs = 200
const maxPauseMs = 1_000
/** The least time between two calls to any silent members. */
const shareMs = 20
/** After this time without a pass that wants the answer, a silent member is not asked any more. */
const forgetMs = 30_000

interface Silent {
  last: Known<never>
  wantedMs: number
  ask: Ask<unknown>
  heard: () => void
}

/**
 * Members, and clusters without a majority, whose last answer did not arrive before the deadline. A pass doesn't wait for them again:
 * they are asked outside of passes, about every second, and `heard` is called as soon as one answers. So a lost node doesn't slow down
 * the passes over its clusters.
 */
export class SilentMembers {
  readonly #clock: Clock
  readonly #silent = new Map<string, Silent>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Asks, or returns the last failure at once if the member was silent a moment ago. `heard` requests a pass over the cluster. */
  async ask<T>(asked: Asked, ask: Ask<T>, heard: () => void, signal: AbortSignal): Promise<Known<T>> {
    const silent = this.#silent.get(asked)
    if (silent !== undefined) {
      Object.assign(silent, { ask, heard, wantedMs: this.#clock.monotonicMs() })
      return silent.last
    }
    const { answer, isSilent } = await this.#askOnce(ask, signal)
    if (isSilent && !answer.known && !signal.aborted && !this.#silent.has(asked)) {
      const remembered = { last: answer, wantedMs: this.#clock.monotonicMs(), ask, heard }
      this.#silent.set(asked, remembered)
      void this.#askApart(asked, remembered)
    }
    return answer
  }

  /** Asks and waits, also for a member that was silent: a step depends on the answer. */
  async askNow<T>(asked: Asked, ask: Ask<T>, signal: AbortSignal): Promise<Known<T>> {
    const answer = await ask(signal)
    if (answer.known) this.#silent.delete(asked)
    return answer
  }

  /** Number of silent members. */
  get size(): number {
    return this.#silent.size
  }

  async #askApart(asked: Asked, silent: Silent): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
      await sleep(this.#clock, Math.max(pauseMs, this.#silent.size * shareMs), never)
      if (this.#clock.monotonicMs() - silent.wantedMs > forgetMs) break
      if (this.#silent.get(asked) !== silent) return
      const { answer, isSilent } = await this.#askOnce(silent.ask, new AbortController().signal)
      if (!answer.known) silent.last = answer
      if (isSilent) continue
      // The member answers, or refuses the connection at once: a pass doesn't have to wait for it any more.
      if (this.#silent.get(asked) === silent) this.#silent.delete(asked)
      silent.heard()
      return
    }
    if (this.#silent.get(asked) === silent) this.#silent.delete(asked)
  }

  async #askOnce<T>(ask: Ask<T>, signal: AbortSignal): Promise<{ answer: Known<T>; isSilent: boolean }> {
    const startMs = this.#clock.monotonicMs()
    const answer = await ask(signal).catch((error: unknown) => unknown(messageOf(error)))
    return { answer, isSilent: !answer.known && this.#clock.monotonicMs() - startMs >= silentAfterMs }
  }
}

const never = new AbortController().signal

/** Identifies a member's process: after a new pod, a restart of the container, a new IP, or a change of readiness, passes ask it again. */
export function processOf({ uid, ip, etcd, ready }: PodFacts): string {
  return `${uid} ${ip} ${etcd.state === 'running' ? etcd.since : ''} ${ready}`
}
