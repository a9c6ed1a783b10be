import type { Answer, PodFacts } from '../../model/cluster/view.ts'
import { type Known, unknown } from '../../model/known.ts'
import { type Clock, sleep } from '../../runtime/clock.ts'

/** Asks a member once; ends by its own deadline. */
export type AskMember = (signal: AbortSignal) => Promise<Known<Answer>>

/** An ask that took longer than this without an answer was not refused: nobody is there. */
const silentAfterMs = 500
const firstPauseMs = 200
const maxPauseMs = 1_000
/** Between two asks of all silent members together. */
const shareMs = 20
/** A member that no pass looks at any more is not asked any more. */
const forgetMs = 30_000

interface Silent {
  last: Known<Answer>
  wantedMs: number
  ask: AskMember
  heard: () => void
}

/**
 * Members that let an ask run into its deadline a moment ago. A pass doesn't wait for them again: they are asked apart from passes, about
 * every second, and `heard` is called as soon as one answers. So a node that is lost costs the passes over its clusters no time.
 */
export class SilentMembers {
  readonly #clock: Clock
  readonly #silent = new Map<string, Silent>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Asks, or says at once that the member was silent a moment ago. `heard` wants a pass over the cluster. */
  async ask(pod: PodFacts, ask: AskMember, heard: () => void, signal: AbortSignal): Promise<Known<Answer>> {
    const process = processOf(pod)
    const silent = this.#silent.get(process)
    if (silent !== undefined) {
      Object.assign(silent, { ask, heard, wantedMs: this.#clock.monotonicMs() })
      return silent.last
    }
    const { answer, isSilent } = await this.#askOnce(ask, signal)
    if (isSilent && !signal.aborted && !this.#silent.has(process)) {
      const remembered = { last: answer, wantedMs: this.#clock.monotonicMs(), ask, heard }
      this.#silent.set(process, remembered)
      void this.#askApart(process, remembered)
    }
    return answer
  }

  /** Asks and waits, whatever is remembered: something is to be done that rests on the answer. */
  askNow = async (pod: PodFacts, ask: AskMember, signal: AbortSignal): Promise<Known<Answer>> => {
    const answer = await ask(signal)
    if (answer.known) this.#silent.delete(processOf(pod))
    return answer
  }

  /** Members that are remembered as silent. */
  get size(): number {
    return this.#silent.size
  }

  async #askApart(process: string, silent: Silent): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
      await sleep(this.#clock, Math.max(pauseMs, this.#silent.size * shareMs), never)
      if (this.#clock.monotonicMs() - silent.wantedMs > forgetMs) break
      if (this.#silent.get(process) !== silent) return
      const { answer, isSilent } = await this.#askOnce(silent.ask, never)
      silent.last = answer
      if (isSilent) continue
      // It answers, or it is refused at once: either way a pass learns of it in no time.
      if (this.#silent.get(process) === silent) this.#silent.delete(process)
      silent.heard()
      return
    }
    if (this.#silent.get(process) === silent) this.#silent.delete(process)
  }

  async #askOnce(ask: AskMember, signal: AbortSignal): Promise<{ answer: Known<Answer>; isSilent: boolean }> {
    const startMs = this.#clock.monotonicMs()
    const answer = await ask(signal).catch((error: unknown) => unknown(String(error)))
    return { answer, isSilent: !answer.known && this.#clock.monotonicMs() - startMs >= silentAfterMs }
  }
}

const never = new AbortController().signal

/** What was silent: another pod, a restarted container, another address, or one that has become ready is asked anew. */
function processOf({ uid, ip, etcd, ready }: PodFacts): string {
  return `${uid} ${ip} ${etcd.state === 'running' ? etcd.since : ''} ${ready}`
}
