import type { EtcdClusterStatus, NextStep } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import { authStatusOf } from '../../model/cluster/auth.ts'
import { isDryRun } from '../../model/cluster/dry-run.ts'
import { pinnedClusterId } from '../../model/cluster/identity.ts'
import { logsFrom } from '../../model/cluster/logs-from.ts'
import { answerOf, leaderOf, voters } from '../../model/cluster/members.ts'
import { progressOf } from '../../model/cluster/rollout.ts'
import { clusterMode } from '../../model/cluster/tls.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { toldWishes } from '../../model/cluster/wishes.ts'
import { shortHash } from '../../model/hash.ts'
import { clientScheme, serviceEndpoint } from '../../model/names.ts'
import { formatBytes } from '../../model/quantity.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import { compareVersions } from '../../model/versions.ts'
import { whatRolls } from '../../objects/cluster/what-rolls.ts'
import { foresee } from '../../plan/cluster/foresee/foresee.ts'
import { type Decision, type Step, stepId } from '../../plan/cluster/step.ts'
import { isStalled } from '../../plan/decision.ts'
import { conditionsOf } from './conditions.ts'
import { memberRows } from './member-rows.ts'
import { performanceStatus } from './performance.ts'
import { tlsStatus } from './tls-status.ts'
import { unknownFields } from './unknown-fields.ts'

/** The whole status, from the view and the decision; a field whose value isn't known any more keeps no old value. */
export function statusOf(view: ClusterView, decision: Decision): EtcdClusterStatus {
  const { cluster } = view
  const rows = memberRows(view)
  const leader = leaderOf(view)
  const answer = leader?.name === undefined ? undefined : answerOf(view, leader.name)
  const all = voters(view)
  const readyMembers = rows.filter((row) => row.role === 'Voter' && row.ready).length
  const clusterID = pinnedClusterId(view)
  const version = lowestVersion(view) ?? cluster.status?.version
  const nextStep = nextStepOf(view, decision)
  const logs = logsFrom(view)
  return {
    ...unknownFields(cluster.status),
    observedGeneration: cluster.metadata.generation,
    ...(clusterID === undefined ? {} : { clusterID }),
    ...(cluster.status?.bootstrap ? { bootstrap: cluster.status.bootstrap } : {}),
    ...(version === undefined ? {} : { version }),
    // Without a majority the list is unknown: the last known count is what `kubectl scale` and autoscalers compare with.
    members: view.membership.known ? all.length : (cluster.status?.members ?? 0),
    readyMembers,
    ready: `${readyMembers}/${cluster.spec.size}`,
    ...(leader?.name === undefined ? {} : { leader: leader.name }),
    ...(answer ? { dbSize: formatBytes(answer.dbBytes) } : {}),
    endpoint: serviceEndpoint(cluster, clientScheme(clusterMode(view))),
    selector: `${label.cluster}=${cluster.metadata.name}`,
    ...(nextStep ? { nextStep } : {}),
    ...rolloutOf(view),
    ...(isDryRun(cluster) ? { plan: foresee(view) } : {}),
    memberStatus: rows,
    ...performanceStatus(
      view,
      rows.map(({ name }) => name),
    ),
    ...(logs === undefined ? {} : { logsFrom: logs }),
    ...toldWishes(cluster),
    ...tlsStatus(view),
    auth: authStatusOf(view, decision.kind === 'step' && decision.step.do === 'EnableAuth'),
    ...(view.backups.newest ? { lastBackup: view.backups.newest } : {}),
    conditions: conditionsOf(view, decision, nextStep && Date.parse(nextStep.since)),
  }
}

/** Present while a roll is due or under way. */
function rolloutOf(view: ClusterView): Pick<EtcdClusterStatus, 'rollout'> {
  const progress = progressOf(view)
  // Without a list nobody can say how far it is.
  if (!view.membership.known) return view.cluster.status?.rollout ? { rollout: view.cluster.status.rollout } : {}
  return progress === undefined ? {} : { rollout: { ...progress, what: whatRolls(view) } }
}

function lowestVersion(view: ClusterView): string | undefined {
  return voters(view)
    .flatMap((member) => (member.name === undefined ? [] : (answerOf(view, member.name)?.version ?? [])))
    .toSorted((a, b) => compareVersions(a, b) ?? 0)[0]
}

/** The plan as the user sees it: present while anything is left to do. */
function nextStepOf(view: ClusterView, decision: Decision): NextStep | undefined {
  if (decision.kind === 'steady') return undefined
  const due = dueStep(decision)
  const id = due === undefined ? shortHash([decision.kind, decision.reason, aboutMember(decision).member]) : stepId(due)
  const before = view.cluster.status?.nextStep
  const told = before?.id === id ? Date.parse(before.since) : view.now
  // The wall clock may have been set back since, or somebody wrote an invalid time: then the step counts as new.
  const since = told <= view.now ? told : view.now
  return {
    id,
    action: actionOf(decision, view.now - since),
    ...aboutMember(decision),
    reason: decision.reason,
    message: decision.message,
    since: rfc3339(since),
    ...(decision.kind === 'wait' && decision.notBefore !== undefined ? { notBefore: rfc3339(decision.notBefore) } : {}),
  }
}

/** The step that is taken now, or once a person approves of it or its maintenance window opens. */
function dueStep(decision: Exclude<Decision, { kind: 'steady' }>): Step | undefined {
  return decision.step
}

/** The step that is due, or that the wait leads to by itself. */
function actionOf(decision: Exclude<Decision, { kind: 'steady' }>, sinceMs: number): string {
  const due = dueStep(decision)
  if (due !== undefined) return due.do
  if (isStalled(decision, sinceMs)) return 'Block'
  return decision.kind === 'wait' ? (decision.next ?? 'Wait') : 'Block'
}

function aboutMember(decision: Exclude<Decision, { kind: 'steady' }>): { member?: string; uid?: string } {
  const about = decision.kind === 'step' ? decision.step : decision
  return {
    ...('member' in about && about.member !== undefined ? { member: about.member } : {}),
    ...('uid' in about ? { uid: about.uid } : {}),
  }
}
