import type { PodFacts } from '../../model/cluster/view.ts'
import { type Known, unknown } from '../../model/known.ts'
import { messageOf } from '../../model/message-of.ts'
import { type Clock, sleep } from '../../runtime/clock.ts'

/** Asks once; ends by its own deadline. */
export type Ask<T> = (signal: AbortSignal) => Promise<Known<T>>

/** Who is asked: `processOf` a member, or a cluster for the member list, which only a majority gives. */
export type Asked = string

/** An ask that took longer than this without an answer was not refused: nobody is there. */
const silentAfterMs = 500
const firstPauseMs = 200
const maxPauseMs = 1_000
/** Between two asks of all silent members together. */
const shareMs = 20
/** A member that no pass looks at any more is not asked any more. */
const forgetMs = 30_000

interface Silent {
  last: Known<never>
  wantedMs: number
  ask: Ask<unknown>
  heard: () => void
}

/**
 * Members, and clusters without a majority, that let an ask run into its deadline a moment ago. A pass doesn't wait for them again: they are
 * asked apart from passes, about every second, and `heard` is called as soon as one answers. So a node that is lost costs the passes over
 * its clusters no time.
 */
export class SilentMembers {
  readonly #clock: Clock
  readonly #silent = new Map<string, Silent>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Asks, or says at once that there was silence a moment ago. `heard` wants a pass over the cluster. */
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

  /** Asks and waits, whatever is remembered: something is to be done that rests on the answer. */
  async askNow<T>(asked: Asked, ask: Ask<T>, signal: AbortSignal): Promise<Known<T>> {
    const answer = await ask(signal)
    if (answer.known) this.#silent.delete(asked)
    return answer
  }

  /** Members that are remembered as silent. */
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
      // It answers, or it is refused at once: either way a pass learns of it in no time.
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

/** Another pod, a restarted container, another address, or one that has become ready is asked anew. */
export function processOf({ uid, ip, etcd, ready }: PodFacts): string {
  return `${uid} ${ip} ${etcd.state === 'running' ? etcd.since : ''} ${ready}`
}
