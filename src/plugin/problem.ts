import { type ExitCode, exitCodes } from './exit-code.ts'
import type { Text } from './text.ts'

/** An error that a person reads: what is wrong, and what to do about it, a line each. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly hints: readonly Text[]
  readonly exitCode: ExitCode

  constructor(message: string, hints: readonly Text[] = [], exitCode: ExitCode = exitCodes.failed, options: { cause?: unknown } = {}) {
    super(message, options)
    this.hints = hints
    this.exitCode = exitCode
  }
}

/** The command line is wrong. */
export function usageProblem(message: string, hints: readonly Text[] = []): Problem {
  return new Problem(message, hints, exitCodes.usage)
}
