/** Puts lines that arrive from several streams in order, as far as they arrive within a moment: until `flush`, later ones may be older. */
export class LogMerger<Source> {
  #held: { source: Source; line: string; time: string; turn: number }[] = []
  #turn = 0
  readonly #print: (source: Source, line: string) => void

  constructor(print: (source: Source, line: string) => void) {
    this.#print = print
  }

  /** @param time sorts as text */
  add(source: Source, line: string, time: string): void {
    this.#held.push({ source, line, time, turn: this.#turn })
  }

  /** Prints what has been held since the flush before, or all of it, oldest first. */
  flush(isLast = false): void {
    const due = this.#held.filter(({ turn }) => isLast || turn < this.#turn)
    const latest = due.reduce((last, { time }) => (time > last ? time : last), '')
    // What came later and is older goes before it.
    const printed = this.#held.filter((one) => isLast || one.turn < this.#turn || one.time <= latest)
    this.#held = this.#held.filter((one) => !printed.includes(one))
    this.#turn += 1
    for (const { source, line } of printed.toSorted((a, b) => a.time.localeCompare(b.time))) this.#print(source, line)
  }
}
