/** Something was not reached in the time that it was given: how long that takes is up to the machine, too. */
export class NotInTime extends Error {
  /** The same, with what was seen last. */
  withMore(more: string): NotInTime {
    return new NotInTime(`${this.message}; ${more}`)
  }
}

/**
 * Asks until there is a value, and says what was waited for when there is none in time (`NotInTime`). An error of the question counts as
 * no value yet: the world that is being watched may be half there.
 */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined>, everyMs = 200): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  let last = 'no answer'
  for (;;) {
    try {
      const value = await ask()
      if (value !== undefined) return value
      last = 'not yet'
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    if (performance.now() >= deadline) throw new NotInTime(`${what}: not within ${seconds} s (${last})`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

/** Lets time pass in which something must not happen. */
export function rest(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
