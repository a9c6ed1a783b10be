import type { EtcdRestoreStatus } from '../api/backups.ts'
import { sourceInWords } from '../model/restore/source.ts'
import { madeCluster, type RestoreView, snapshotOf, sourceOf } from '../model/restore/view.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import { isStalled } from '../plan/decision.ts'
import type { RestoreDecision } from '../plan/restore/step.ts'
import { conditionsFrom, reconciling, type Verdict } from './verdict.ts'

/** A decision that is reported in the status; the result of a step is reported by the next pass. */
export type RestoreNews = Exclude<RestoreDecision, { kind: 'steady' | 'step' }>

/** The whole status of an EtcdRestore, from the view and the decision. Facts about its cluster stay once they were known. */
export function restoreStatusOf(view: RestoreView, decision: RestoreNews): EtcdRestoreStatus {
  const { restore, now } = view
  const before = restore.status
  const { generation } = restore.metadata
  const made = madeCluster(view)?.status
  const clusterID = made?.clusterID ?? before?.clusterID
  const revision = snapshotOf(view)?.revision ?? before?.revision
  const restoredKeys = made?.bootstrap?.restore?.restoredKeys ?? before?.restoredKeys
  const startTime = before?.startTime ?? rfc3339(now)
  // Every wait counts from the start of the EtcdRestore against the patience of its reason.
  const startedAt = Date.parse(startTime)
  const hasEnded = decision.kind === 'complete' || decision.kind === 'fail'
  return {
    observedGeneration: generation,
    phase: phaseOf(decision),
    source: sourceInWords(sourceOf(restore)),
    ...(clusterID === undefined ? {} : { clusterID }),
    ...(revision === undefined ? {} : { revision }),
    ...(restoredKeys === undefined ? {} : { restoredKeys }),
    startTime,
    ...(hasEnded ? { completionTime: rfc3339(now) } : {}),
    conditions: conditionsFrom(verdicts(decision, now - startedAt), { generation, before: before?.conditions, now }),
  }
}

function phaseOf(decision: RestoreNews): NonNullable<EtcdRestoreStatus['phase']> {
  switch (decision.kind) {
    case 'complete':
      return 'Completed'
    case 'fail':
      return 'Failed'
    default:
      return decision.phase
  }
}

function verdicts(decision: RestoreNews, sinceMs: number): Readonly<Record<string, Verdict<string>>> {
  if (decision.kind === 'complete') {
    const said = { reason: 'RestoreCompleted', message: decision.message }
    const stalled = { status: 'False' as const, ...said, message: 'no action is needed' }
    return { Complete: { status: 'True', ...said }, Stalled: stalled }
  }
  const { reason, message } = decision
  const stalled: Verdict<string> = isStalled(decision, sinceMs)
    ? { status: 'True', reason, message }
    : { status: 'False', reason, message: 'no action is needed' }
  return {
    Complete: { status: 'False', reason, message },
    Stalled: stalled,
    ...reconciling(stalled, decision.kind === 'wait' ? decision : undefined),
  }
}
