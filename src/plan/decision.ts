import { needsPerson, patienceMs, type Reason, type WaitReason } from '../api/reasons.ts'

/** The decisions of the plans of all kinds. Each kind adds its own steps and fields. */

export interface TakeStep<Step> {
  readonly kind: 'step'
  readonly step: Step
  readonly reason: Reason
  readonly message: string
}

/** The world moves by itself; the message says what ends the wait. */
export interface Wait {
  readonly kind: 'wait'
  readonly reason: WaitReason
  readonly message: string
  /** Milliseconds until the next look. */
  readonly recheckMs: number
  /** How long it may last before a person has to look, in milliseconds; absent: as long as the reason allows. */
  readonly patienceMs?: number | undefined
}

/** Only a person or a new spec can help; the message names the way out. */
export interface Block {
  readonly kind: 'block'
  readonly reason: Reason
  readonly message: string
}

/** It has failed for good. */
export interface Fail {
  readonly kind: 'fail'
  readonly reason: Reason
  readonly message: string
}

/** Nothing is left to do. */
export interface Steady {
  readonly kind: 'steady'
}

/** The first rule that has something to say decides; undefined when none has. */
export function firstDecision<View, Decision>(rules: readonly ((view: View) => Decision | undefined)[], view: View): Decision | undefined {
  for (const rule of rules) {
    const decision = rule(view)
    if (decision !== undefined) return decision
  }
  return undefined
}

/**
 * Whether a person has to act: the decision is a block or a failure, waits for a person, or should have ended by now. `sinceMs`: for
 * how many milliseconds the same has been decided.
 */
export function isStalled(
  decision: { readonly kind: string; readonly reason?: string; readonly patienceMs?: number | undefined },
  sinceMs = 0,
): boolean {
  if (decision.kind === 'block' || decision.kind === 'fail') return true
  const isWaitForPerson = decision.kind === 'wait' && needsPerson(decision.reason ?? '')
  return isWaitForPerson || isOverdue(decision, sinceMs)
}

/** Whether a wait has lasted, or a step has been due without being carried out, for longer than the spec or its reason allows. */
export function isOverdue(
  decision: { readonly kind: string; readonly reason?: string; readonly patienceMs?: number | undefined },
  sinceMs: number,
): boolean {
  const allowedMs = decision.patienceMs ?? patienceMs(decision.reason ?? '') ?? Number.POSITIVE_INFINITY
  return (decision.kind === 'wait' || decision.kind === 'step') && sinceMs > allowedMs
}
