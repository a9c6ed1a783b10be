import type { Condition } from '../api/etcd-cluster.ts'
import type { Reason } from '../api/reasons.ts'
import { rfc3339 } from '../model/rfc3339.ts'

/** The status, reason and message of one condition in this pass. */
export interface Verdict<Given extends string = Reason> {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: Given
  readonly message: string
}

/**
 * Reconciling, as kstatus reads it (Flux, `helm --wait`): work is under way that ends by itself; `wait` says which, undefined when
 * there is none. As kstatus demands, the condition is present only while it is True, and never beside a Stalled that is True: kstatus
 * reads the first of the two.
 */
export function reconciling<Given extends string>(
  stalled: Verdict<Given>,
  wait: { readonly reason: Given; readonly message: string } | undefined,
): { readonly Reconciling?: Verdict<Given> } {
  if (wait === undefined || stalled.status === 'True') return {}
  return { Reconciling: { status: 'True', reason: wait.reason, message: wait.message } }
}

/** Verdicts as conditions, in their order; without a change of status the transition time stays. `now`: milliseconds since the epoch. */
export function conditionsFrom(
  verdicts: Readonly<Record<string, Verdict<string>>>,
  about: { readonly generation: number; readonly before: readonly Condition[] | undefined; readonly now: number },
): readonly Condition[] {
  return Object.entries(verdicts).map(([type, verdict]) => {
    const before = about.before?.find((condition) => condition.type === type)
    return {
      type,
      status: verdict.status,
      reason: verdict.reason,
      message: verdict.message.slice(0, 1024),
      observedGeneration: about.generation,
      lastTransitionTime: before?.status === verdict.status ? before.lastTransitionTime : rfc3339(about.now),
    }
  })
}
