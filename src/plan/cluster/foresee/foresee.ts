import type { EtcdClusterStatus } from '../../../api/etcd-cluster.ts'
import { annotation } from '../../../api/labels.ts'
import { isApproved } from '../../../model/cluster/approval.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { disrupts } from '../disruption.ts'
import { planCluster } from '../policy.ts'
import { type Decision, type Step, stepId } from '../step.ts'
import { afterStep } from './after-step.ts'
import { settled } from './settled.ts'

export type PlannedStep = NonNullable<EtcdClusterStatus['plan']>[number]

/** No plan is longer: a status has to stay small, and so does a pass. */
const mostSteps = 200
/** How far time is set forward, one after the other, while the rules wait and the world has nothing more to do. */
const patienceMs = [10_000, 60_000, 15 * 60_000]

/**
 * The steps ahead, in their order, and why: the rules themselves decide, on views in which each step has had its effect (`afterStep`) and
 * the world has done what it does by itself when nothing fails (`settled`). Approvals are taken as given and maintenance windows as open;
 * `disrupts` says which steps wait for those. The last row says where the steps end at what only the world or a person can change.
 */
export function foresee(seen: ClusterView, plan: (view: ClusterView) => Decision = planCluster): readonly PlannedStep[] {
  const rows: PlannedStep[] = []
  let view = settled(asAllowed(seen), 0)
  let last: string | undefined
  let waits = 0
  while (rows.length < mostSteps) {
    const decision = plan(view)
    if (decision.kind === 'steady') return rows
    if (decision.kind === 'step') {
      const id = stepId(decision.step)
      const after = id === last ? undefined : afterStep(view, decision.step)
      if (id !== last) rows.push(rowOf(decision))
      if (after === undefined) return [...rows, more('what follows depends on what comes of this step')]
      view = settled(after, patienceMs[0])
      last = id
      waits = 0
    } else if (decision.kind === 'block' && decision.step !== undefined && !isApproved(view.cluster, stepId(decision.step))) {
      view = approved(view, decision.step)
    } else if (decision.kind === 'wait' && waits < patienceMs.length) {
      view = settled(view, patienceMs[waits])
      waits += 1
    } else {
      return [...rows, end(decision)]
    }
  }
  return [...rows.slice(0, mostSteps - 1), more(`the plan has more than ${mostSteps - 1} steps`)]
}

/** The EtcdCluster as if it were not a dry run, and any hour would do. */
function asAllowed(view: ClusterView): ClusterView {
  const { [annotation.dryRun]: _, ...annotations } = view.cluster.metadata.annotations ?? {}
  const { spec, metadata } = view.cluster
  // What a newer operator does differently is rolled out only where there are windows.
  const windows = (spec.maintenance.windows ?? []).length > 0 ? [alwaysOpen] : []
  const maintenance = { ...spec.maintenance, windows }
  return { ...view, cluster: { ...view.cluster, metadata: { ...metadata, annotations }, spec: { ...spec, maintenance } } }
}

const alwaysOpen = { schedule: '* * * * *', duration: '2m', timeZone: 'Etc/UTC' }

function approved(view: ClusterView, step: Step): ClusterView {
  const { metadata } = view.cluster
  const annotations = { ...metadata.annotations, [annotation.approve]: stepId(step) }
  return { ...view, cluster: { ...view.cluster, metadata: { ...metadata, annotations } } }
}

function rowOf(decision: Extract<Decision, { kind: 'step' }>): PlannedStep {
  const { step, reason, message } = decision
  const member = 'member' in step && step.member !== undefined ? { member: step.member } : {}
  return { action: step.do, ...member, reason, message: shortened(message), disrupts: disrupts(decision) }
}

function end(decision: Extract<Decision, { kind: 'wait' | 'block' }>): PlannedStep {
  const { kind, member, reason, message } = decision
  const action = kind === 'wait' ? 'Wait' : 'Block'
  return { action, ...(member === undefined ? {} : { member }), reason, message: shortened(message), disrupts: false }
}

function more(message: string): PlannedStep {
  return { action: 'More', reason: 'NotForeseen', message, disrupts: false }
}

function shortened(message: string): string {
  return message.length > 512 ? `${message.slice(0, 511)}…` : message
}
