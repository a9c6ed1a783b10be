import type { Condition } from '../../api/etcd-cluster.ts'
import { type ConditionType, needsPerson } from '../../api/reasons.ts'
import { corruption, type Danger, dangerOf } from '../../model/cluster/dangers.ts'
import { corruptAlarms } from '../../model/cluster/data-signs.ts'
import { defragmentationInWords, loneDefragmentingMember } from '../../model/cluster/defragmenting.ts'
import { foreignInWords } from '../../model/cluster/foreign-answers.ts'
import { pinnedClusterId } from '../../model/cluster/identity.ts'
import { type MissingMajority, missingMajority } from '../../model/cluster/majority.ts'
import { asksForUser, isHealthy, voters } from '../../model/cluster/members.ts'
import { isOutOfSpace, outOfSpace } from '../../model/cluster/no-space.ts'
import { healthyVoters, margin, quorum } from '../../model/cluster/quorum.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import { type Decision, isHeldByWindow } from '../../plan/cluster/step.ts'
import { isOverdue, isStalled } from '../../plan/decision.ts'
import { conditionsFrom, type Verdict } from '../verdict.ts'
import { authenticated } from './authenticated.ts'
import { backedUp } from './backed-up.ts'
import { certificatesValid } from './certificates-valid.ts'
import { encrypted } from './encrypted.ts'

/** Available stays True for this long after a majority answered last. */
const freshMs = 30_000

/**
 * All conditions of a cluster, as observed in this pass; a condition whose status didn't change keeps its transition time. `since`:
 * when the present decision was first made, in milliseconds since the epoch.
 */
export function conditionsOf(view: ClusterView, decision: Decision, since: number = view.now): readonly Condition[] {
  const available = availability(view)
  const danger = dangerOf(view)
  const verdicts: Record<ConditionType, Verdict> = {
    Ready: readiness(view, available, decision),
    Available: available,
    FaultTolerant: faultTolerance(view, available, danger),
    Progressing: progress(decision, view.now - since),
    // A danger to the data is reported whatever the decision is.
    Stalled: danger === undefined || danger.isHandled ? stall(view, decision, since) : { status: 'True', ...danger },
    BackedUp: backedUp(view.backups),
    Encrypted: encrypted(view),
    CertificatesValid: certificatesValid(view),
    Authenticated: authenticated(view),
  }
  const { generation } = view.cluster.metadata
  return conditionsFrom(verdicts, { generation, before: view.cluster.status?.conditions, now: view.now })
}

/**
 * Ready: Available, and nothing is left to do. Before the cluster is formed Available only says that it is not formed yet, so the
 * cause comes from the decision. Contact that was lost a moment ago makes it Unknown at once: all members may serve.
 */
function readiness(view: ClusterView, available: Verdict, decision: Decision): Verdict {
  const isForming = available.reason === 'Bootstrapping' && decision.kind !== 'steady'
  if (available.status !== 'True' && !isForming) return available
  if (decision.kind === 'steady')
    return { status: 'True', reason: 'AllMembersServe', message: 'all members serve and nothing is left to do' }
  const missing = missingMajority(view)
  const isContactLost = decision.kind === 'wait' && decision.reason === missing?.reason && !missing.isCertain
  return { status: isContactLost ? 'Unknown' : 'False', reason: decision.reason, message: decision.message }
}

function availability(view: ClusterView): Verdict {
  if (pinnedClusterId(view) === undefined)
    return { status: 'False', reason: 'Bootstrapping', message: 'the cluster has not been formed yet' }
  if (view.membership.known && view.membership.value.clusterId !== pinnedClusterId(view)) {
    return { status: 'False', reason: 'ClusterIdMismatch', message: `the members answer as cluster ${view.membership.value.clusterId}` }
  }
  if (view.membership.known) {
    const corrupt = corruption(view)
    if (corrupt !== undefined && corruptAlarms(view).length > 0) return { status: 'False', ...corrupt }
    if (isOutOfSpace(view)) return { status: 'False', reason: 'NoSpace', message: outOfSpace(view) }
    return { status: 'True', reason: 'MajorityAnswers', message: `${healthyVoters(view)} of ${voters(view).length} voters answer` }
  }
  if (view.foreignAnswers.size > 0) return { status: 'False', reason: 'ClusterIdMismatch', message: foreignInWords(view) }
  const missing = missingMajority(view)
  // An answer of some seconds ago is worth nothing once the volumes are known to be lost.
  if (missing?.reason === 'QuorumLost' || missing?.reason === 'AllMembersLost') return withoutMajority(missing)
  const heard = view.memory.majorityAt
  if (heard !== undefined && view.monotonicMs - heard < freshMs) {
    return {
      status: 'True',
      reason: 'MajorityAnswers',
      message: `a majority answered within the last 30 s; since then: ${view.membership.why}`,
    }
  }
  const lone = loneDefragmentingMember(view)
  if (lone !== undefined) return { status: 'False', reason: 'Defragmenting', message: defragmentationInWords(view, lone) }
  const locked = asksForUser(view)
  if (locked !== undefined)
    return {
      status: 'Unknown',
      reason: 'AuthenticationEnabled',
      message: `etcd's authentication is on, and the operator has no user: ${locked}`,
    }
  return withoutMajority(missing)
}

/** False only where it is certain: that a member does not answer the operator says nothing about the clients of that member. */
function withoutMajority(missing: MissingMajority | undefined): Verdict {
  if (missing === undefined) return { status: 'Unknown', reason: 'NotObserved', message: 'the members have not been asked yet' }
  return { status: missing.isCertain ? 'False' : 'Unknown', reason: missing.reason, message: missing.message }
}

function faultTolerance(view: ClusterView, available: Verdict, danger: Danger | undefined): Verdict {
  if (danger !== undefined) return { status: 'False', ...danger }
  if (!view.membership.known) {
    const isLost = available.status === 'False' && available.reason !== 'Bootstrapping'
    return isLost ? available : { status: 'Unknown', reason: 'NotObserved', message: view.membership.why }
  }
  const count = voters(view).length
  if (count === 1) return { status: 'False', reason: 'SingleMember', message: 'a cluster of one survives no failure; set spec.size to 3' }
  const spare = margin(view)
  if (spare > 0)
    return { status: 'True', reason: 'AllMembersServe', message: `${spare} more ${spare === 1 ? 'member' : 'members'} may fail` }
  const sick = voters(view)
    .filter((member) => !isHealthy(view, member))
    .map((member) => member.name ?? member.id)
  return {
    status: 'False',
    reason: 'NoMargin',
    message: `one more failure loses the majority (${quorum(count)} of ${count})${sick.length > 0 ? `; not healthy: ${sick.join(', ')}` : ''}`,
  }
}

function progress(decision: Decision, sinceMs: number): Verdict {
  if (decision.kind === 'steady') return { status: 'False', reason: 'Steady', message: 'nothing is left to do' }
  // Until a maintenance window opens nothing is being changed, and nobody has to act.
  const stands = isStalled(decision, sinceMs) || isHeldByWindow(decision)
  return { status: stands ? 'False' : 'True', reason: decision.reason, message: decision.message }
}

/**
 * Also Stalled, although the decision needs no person: a full database that the operator may not free, and a refused always-safe write.
 */
function stall(view: ClusterView, decision: Decision, since: number): Verdict {
  const verdict = stallOf(decision, since, view.now)
  if (verdict.status === 'True') return verdict
  if (view.membership.known && isOutOfSpace(view) && view.cluster.spec.maintenance.noSpace === 'Report')
    return { status: 'True', reason: 'NoSpace', message: outOfSpace(view) }
  const refused = view.memory.refusedWrites.find(({ reason }) => needsPerson(reason))
  return refused === undefined ? verdict : { status: 'True', ...refused }
}

function stallOf(decision: Decision, since: number, now: number): Verdict {
  if (decision.kind === 'steady') return { status: 'False', reason: 'Steady', message: 'no action is needed' }
  const { reason, message } = decision
  if (isOverdue(decision, now - since))
    return { status: 'True', reason, message: `${message} (since ${rfc3339(since)}, longer than is to be expected)` }
  return isStalled(decision) ? { status: 'True', reason, message } : { status: 'False', reason, message: 'no action is needed' }
}
