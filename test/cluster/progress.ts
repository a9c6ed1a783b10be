/** Takes one line for the person who waits. */
export type Progress = (line: string) => void

/** Prints each line behind the seconds since the start. */
export function timedProgress(write: (text: string) => void = (text) => process.stderr.write(text)): Progress {
  const start = performance.now()
  return (line) => write(`[${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s] ${line}\n`)
}
