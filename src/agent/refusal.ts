import type { AgentReason } from '../api/reasons.ts'

/**
 * Why a task can't be done. Thrown where the reason is found, and caught once, where the task's result is made.
 *
 * @param message what was found, with path, field and errno, and what a person can do
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: AgentReason

  constructor(reason: AgentReason, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.reason = reason
  }
}
