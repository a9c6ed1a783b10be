import { RequirementMissing, stopCommands } from './command.ts'
import { silence } from './progress.ts'

/** A set-up that broke off: what happened, why in the words of the program that failed, and what the person can do. */
export class SetUpFailed extends Error {
  readonly why: string
  /** The file that says more. */
  readonly log: string | undefined
  readonly advice: string

  constructor(what: string, { why, log, advice }: Readonly<{ why: string; log?: string; advice?: string }>) {
    super(what)
    this.why = why
    this.log = log
    this.advice = advice ?? beginAgain
  }
}

const beginAgain = 'run the same command again: finished builds are kept, and what is left of the cluster is replaced'

/** Stops the commands that run, and ends the process with the error as the last thing on the screen. */
export function endWith(error: unknown, write: (text: string) => void = (text) => process.stderr.write(text)): never {
  silence()
  stopCommands()
  if (process.env.DEBUG !== undefined) console.error(error)
  write(`${describeError(error)}\n`)
  process.exit(1)
}

/** The error in lines for a person. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  // Its message is the way out.
  if (error instanceof RequirementMissing) return `error: ${message}`
  if (!(error instanceof SetUpFailed)) return [`error: ${message}`, `  what to do: ${beginAgain}`].join('\n')
  return [
    `error: ${message}`,
    `  cause:      ${error.why}`,
    ...(error.log === undefined ? [] : [`  log:        ${error.log}`]),
    `  what to do: ${error.advice}`,
  ].join('\n')
}
