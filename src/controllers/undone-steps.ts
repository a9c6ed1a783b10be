import { shortHash } from '../model/hash.ts'
import type { StepDecision } from '../plan/user/step.ts'

/** A step that is the same as the one before counts as undone by somebody for so long. */
const sameWithinMs = 20 * 60_000
const firstPauseMs = 15_000
const longestPauseMs = 5 * 60_000

/**
 * Steps that were taken and are due again just the same: somebody undoes them, another operator for example. Each try may fail requests of
 * all users of etcd, so that tries become ever rarer. Losing this costs a try.
 */
export class UndoneSteps {
  readonly #taken = new Map<string, { readonly id: string; readonly times: number; readonly at: number }>()

  /** `at` on the monotonic clock, milliseconds. */
  taken(key: string, decision: StepDecision, at: number): void {
    // Another cluster: what was done in the one before was not undone there.
    if (decision.step.do === 'ClaimUser') this.forget(key)
    if (!changesWhatOthersSee(decision)) return
    const before = this.#taken.get(key)
    const isSame = before?.id === idOf(decision) && at - before.at < sameWithinMs
    this.#taken.set(key, { id: idOf(decision), times: isSame ? before.times + 1 : 1, at })
  }

  /** For how many milliseconds the step is held back; 0: not at all. */
  heldMs(key: string, decision: StepDecision, at: number): number {
    const before = this.#taken.get(key)
    if (before === undefined || before.id !== idOf(decision)) return 0
    return Math.max(0, before.at + Math.min(longestPauseMs, firstPauseMs * 2 ** (before.times - 1)) - at)
  }

  forget(key: string): void {
    this.#taken.delete(key)
  }
}

function changesWhatOthersSee({ step }: StepDecision): boolean {
  return step.do === 'ChangeUser' || step.do === 'WriteSecret'
}

/** A Secret that somebody deletes again and again has another uid each time. */
function idOf({ step, message }: StepDecision): string {
  return shortHash(
    step.do === 'WriteSecret' ? [message, step.copies] : step.do === 'ChangeUser' ? [step.writes, step.passwordVersion] : step.do,
  )
}
