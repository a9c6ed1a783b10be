import type { AgentReason } from '../api/reasons.ts'

/**
 * Why a task can't be done, thrown by whatever finds it out and caught once, where the task's result is made.
 *
 * @param message what was seen, with path, field and errno, and the way out
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: AgentReason

  constructor(reason: AgentReason, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.reason = reason
  }
}
