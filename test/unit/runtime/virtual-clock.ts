import type { Clock } from '../../../src/runtime/clock.ts'
import type { Log } from '../../../src/runtime/log.ts'

interface Timer {
  readonly dueMs: number
  readonly callback: () => void
}

/** Time that passes only when a test says so; `random` gives the middle, so that jitter changes nothing. */
export class VirtualClock implements Clock {
  #elapsedMs = 0
  readonly #timers = new Set<Timer>()
  random = () => 0.5

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#elapsedMs
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueMs: this.#elapsedMs + Math.max(0, ms), callback }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** Lets time pass; each timer runs at its own moment, and what it started goes on before the next one. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms
    await settled()
    for (;;) {
      const next = this.#next(untilMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs)
      next.callback()
      await settled()
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, untilMs)
  }

  /** Time passes and nothing runs, as in a process that was stopped. */
  freeze(ms: number): void {
    this.#elapsedMs += ms
  }

  get timers(): number {
    return this.#timers.size
  }

  #next(untilMs: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer
    return first
  }
}

/** Everything that can go on without time has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A log that a test can read. */
export function recordedLog(): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: LogLine['level']) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, message, fields })
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), lines }
}
