import type { EtcdClusterStatus } from '../../api/etcd-cluster.ts'
import { missingMajority } from '../../model/cluster/majority.ts'
import { isHealthy, leaderOf, listed, listedByName, raftLag, volumeOf, voters } from '../../model/cluster/members.ts'
import type { MemberPerformance } from '../../model/cluster/performance.ts'
import { healthyVoters, margin } from '../../model/cluster/quorum.ts'
import { quotaOf } from '../../model/cluster/space.ts'
import type { Answer, ClusterView } from '../../model/cluster/view.ts'
import { type CertificateFigures, certificateFigures } from './certificate-figures.ts'

/** What the metrics tell of one cluster, as one pass saw it; undefined: not known. Times are in milliseconds since the epoch. */
export interface ClusterFigures {
  readonly namespace: string
  readonly name: string
  readonly observedAt: number
  readonly etcdVersion: string | undefined
  readonly clusterId: string | undefined
  readonly membersDesired: number
  readonly members: number | undefined
  readonly voters: number | undefined
  readonly membersHealthy: number
  readonly hasQuorum: boolean | undefined
  readonly failureTolerance: number | undefined
  readonly isPaused: boolean
  /** The reason for which a person has to act; undefined: nobody has to. */
  readonly stalled: string | undefined
  readonly step: { readonly action: string; readonly reason: string; readonly since: number } | undefined
  readonly conditions: readonly (readonly [type: string, status: 'True' | 'False' | 'Unknown'])[]
  readonly db: { readonly size: number; readonly inUse: number; readonly quota: number } | undefined
  /** The alarms that are raised; undefined while no member serves. */
  readonly alarms: readonly string[] | undefined
  readonly backupSchedules: number
  readonly certificates: readonly CertificateFigures[]
  readonly memberRows: readonly MemberFigures[]
}

export interface MemberFigures {
  readonly name: string
  readonly isHealthy: boolean
  readonly isLeader: boolean
  readonly raftLag: number | undefined
  readonly volumeBytes: number | undefined
  readonly performance: MemberPerformance | undefined
}

/** `status`: the status that the same pass makes. */
export function clusterFigures(view: ClusterView, status: EtcdClusterStatus): ClusterFigures {
  const { cluster, membership } = view
  const isListKnown = membership.known
  const conditions = status.conditions ?? []
  const { nextStep } = status
  return {
    namespace: cluster.metadata.namespace,
    name: cluster.metadata.name,
    observedAt: view.now,
    etcdVersion: status.version,
    clusterId: status.clusterID,
    membersDesired: cluster.spec.size,
    members: isListKnown ? listed(view).length : undefined,
    voters: isListKnown ? voters(view).length : undefined,
    membersHealthy: isListKnown ? healthyVoters(view) : led(view),
    ...majority(view),
    isPaused: cluster.spec.paused,
    stalled: conditions.find(({ type, status: is }) => type === 'Stalled' && is === 'True')?.reason,
    step: nextStep && { action: nextStep.action, reason: nextStep.reason, since: Date.parse(nextStep.since) },
    conditions: conditions.map((condition) => [condition.type, condition.status] as const),
    db: databases(view),
    alarms: alarms(view),
    backupSchedules: view.backups.schedules.filter(({ suspended }) => !suspended).length,
    certificates: certificateFigures(view),
    memberRows: (status.memberStatus ?? []).map(({ name }) => memberFigures(view, name)),
  }
}

/** That a member does not answer the operator says nothing about its clients: only what is certain is told. */
function majority(view: ClusterView): Pick<ClusterFigures, 'hasQuorum' | 'failureTolerance'> {
  if (view.membership.known) return { hasQuorum: true, failureTolerance: Math.max(0, margin(view)) }
  return missingMajority(view)?.isCertain
    ? { hasQuorum: false, failureTolerance: 0 }
    : { hasQuorum: undefined, failureTolerance: undefined }
}

function answering(view: ClusterView): readonly Answer[] {
  return [...view.answers.values()].flatMap((answer) => (answer.known ? answer.value : []))
}

/** Without a list nobody can say who is a voter. */
function led(view: ClusterView): number {
  return answering(view).filter(({ hasLeader, isLearner }) => hasLeader && !isLearner).length
}

function databases(view: ClusterView): ClusterFigures['db'] {
  const all = answering(view)
  if (all.length === 0) return undefined
  return {
    size: Math.max(...all.map(({ dbBytes }) => dbBytes)),
    inUse: Math.max(...all.map(({ dbBytesInUse }) => dbBytesInUse)),
    quota: quotaOf(view),
  }
}

function alarms(view: ClusterView): readonly string[] | undefined {
  const serving = answering(view).filter((answer) => answer.serves)
  return serving.length === 0 ? undefined : [...new Set(serving.flatMap((answer) => answer.alarms.map(({ alarm }) => alarm)))]
}

function memberFigures(view: ClusterView, name: string): MemberFigures {
  const member = listedByName(view, name)
  const answer = view.answers.get(name)
  return {
    name,
    isHealthy: member === undefined ? !view.membership.known && answer?.known === true && answer.value.hasLeader : isHealthy(view, member),
    isLeader: leaderOf(view)?.name === name,
    raftLag: member && raftLag(view, member),
    volumeBytes: volumeOf(view, name)?.capacityBytes,
    performance: view.performance.get(name),
  }
}
