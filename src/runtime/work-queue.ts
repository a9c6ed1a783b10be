import { backoffMs } from './backoff.ts'
import type { Clock } from './clock.ts'

export interface WorkQueueOptions {
  readonly clock: Clock
  /** After the first failure of a key. Default 1 s. */
  readonly firstRetryMs?: number
  /** The longest wait, however often a key fails. Default 5 min. */
  readonly maxRetryMs?: number
  /** The shortest wait after a failure: an event can bring the retry of a failed key forward, but not before this. Default 5 s. */
  readonly leastRetryMs?: number
}

interface Planned {
  readonly dueMs: number
  readonly cancel: () => void
}

/** Every fourth key that is handed out is a planned key that is due: neither added nor planned keys wait until there are none of the others. */
const turns = 4

/**
 * Keys that wait for a pass, each at most once, in the order in which they arrived. Added keys go first, because an object has
 * changed; a planned key that is due is usually the regular look at a healthy cluster.
 * A key whose pass is running is not handed out again: if the key is added meanwhile, it waits until `done`.
 *
 *   add ──────────────────────► added ──┬─ take ─► in work ── done ─► (gone, or added again if it was added meanwhile)
 *   addAfter / retry ─► planned ─► due ─┘
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #firstRetryMs: number
  readonly #maxRetryMs: number
  readonly #leastRetryMs: number
  readonly #added = new Set<string>()
  readonly #due = new Set<string>()
  #handedOut = 0
  readonly #inWork = new Set<string>()
  readonly #addedMeanwhile = new Set<string>()
  readonly #planned = new Map<string, Planned>()
  /** Failures in a row, and until when events don't bring the retry forward. */
  readonly #failures = new Map<string, { count: number; heldUntilMs: number }>()
  readonly #takers: ((key: string | undefined) => void)[] = []
  #isShutDown = false

  constructor({ clock, firstRetryMs = 1_000, maxRetryMs = 300_000, leastRetryMs = 5_000 }: WorkQueueOptions) {
    this.#clock = clock
    this.#firstRetryMs = firstRetryMs
    this.#maxRetryMs = maxRetryMs
    this.#leastRetryMs = leastRetryMs
  }

  /** Wants a pass now; after a failure, at the earliest moment that `leastRetryMs` and Retry-After of the server allow. */
  add(key: string): void {
    if (this.#isShutDown) return
    if (this.#inWork.has(key)) {
      this.#addedMeanwhile.add(key)
      return
    }
    const waitMs = (this.#failures.get(key)?.heldUntilMs ?? 0) - this.#clock.monotonicMs()
    if (waitMs > 0) this.#bringForward(key, waitMs)
    else this.#enqueue(key, this.#added)
  }

  /** Wants a pass after `ms`, instead of an earlier plan for this key; a key that already waits keeps waiting. */
  addAfter(key: string, ms: number): void {
    if (this.#isShutDown || this.#added.has(key) || this.#due.has(key)) return
    this.#plan(key, ms)
  }

  /** Wants a pass again after a failure: later each time, with jitter, and not before `leastMs`. Returns the wait in milliseconds. */
  retry(key: string, leastMs = 0): number {
    const count = (this.#failures.get(key)?.count ?? 0) + 1
    this.#failures.set(key, { count, heldUntilMs: this.#clock.monotonicMs() + Math.max(leastMs, this.#leastRetryMs) })
    const ms = Math.max(leastMs, backoffMs(this.#clock, count, { firstMs: this.#firstRetryMs, maxMs: this.#maxRetryMs }))
    this.addAfter(key, ms)
    return ms
  }

  /** Forgets the key's failures: its last pass went well, or it has a new spec. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** The next key that is due; waits for one. Undefined once the queue is shut down. `done` must follow. */
  take(): Promise<string | undefined> {
    if (this.#isShutDown) return Promise.resolve(undefined)
    const key = this.#next()
    if (key !== undefined) return Promise.resolve(this.#handOut(key))
    return new Promise((resolve) => {
      this.#takers.push(resolve)
    })
  }

  /** The pass that `take` began has ended, however it ended. */
  done(key: string): void {
    this.#inWork.delete(key)
    if (this.#addedMeanwhile.delete(key)) this.add(key)
  }

  /** Hands out no more keys; passes that run are not touched. */
  shutDown(): void {
    this.#isShutDown = true
    for (const plan of this.#planned.values()) plan.cancel()
    this.#planned.clear()
    this.#added.clear()
    this.#due.clear()
    this.#addedMeanwhile.clear()
    for (const resolve of this.#takers.splice(0)) resolve(undefined)
  }

  /** Keys that are due and not yet taken. */
  get waiting(): number {
    return this.#added.size + this.#due.size
  }

  /** Failures in a row of this key. */
  failuresOf(key: string): number {
    return this.#failures.get(key)?.count ?? 0
  }

  #enqueue(key: string, waiting: Set<string>): void {
    this.#unplan(key)
    const taker = this.#takers.shift()
    if (taker !== undefined) {
      taker(this.#handOut(key))
      return
    }
    if (waiting === this.#added) this.#due.delete(key)
    if (!this.#added.has(key)) waiting.add(key)
  }

  #next(): string | undefined {
    const [added] = this.#added
    const [due] = this.#due
    return this.#handedOut % turns === turns - 1 ? (due ?? added) : (added ?? due)
  }

  #handOut(key: string): string {
    this.#added.delete(key)
    this.#due.delete(key)
    this.#handedOut += 1
    this.#inWork.add(key)
    return key
  }

  #bringForward(key: string, ms: number): void {
    const planned = this.#planned.get(key)
    if (planned === undefined || planned.dueMs > this.#clock.monotonicMs() + ms) this.#plan(key, ms)
  }

  #plan(key: string, ms: number): void {
    this.#unplan(key)
    const dueMs = this.#clock.monotonicMs() + ms
    const due = () => {
      this.#planned.delete(key)
      if (this.#inWork.has(key)) this.#addedMeanwhile.add(key)
      else this.#enqueue(key, this.#due)
    }
    this.#planned.set(key, { dueMs, cancel: this.#clock.after(ms, due) })
  }

  #unplan(key: string): void {
    this.#planned.get(key)?.cancel()
    this.#planned.delete(key)
  }
}
