import { certificateFamilies } from './catalogue/certificates.ts'
import { clusterFamilies } from './catalogue/clusters.ts'
import { memberFamilies } from './catalogue/members.ts'
import type { ClusterFigures, MemberFigures } from './cluster-figures.ts'
import type { Family } from './family.ts'
import type { Labels, Series } from './registry.ts'

/** The series that one cluster has of each family: none of those whose value is not known. */
export const clusterSeries: readonly (readonly [family: Family, series: (figures: ClusterFigures) => readonly Series[]])[] = [
  [clusterFamilies.observed, (f) => one(f, seconds(f.observedAt))],
  [clusterFamilies.info, (f) => one(f, 1, { etcd_version: f.etcdVersion ?? '', etcd_cluster_id: f.clusterId ?? '' })],
  [clusterFamilies.membersDesired, (f) => one(f, f.membersDesired)],
  [clusterFamilies.members, (f) => one(f, f.members)],
  [clusterFamilies.voters, (f) => one(f, f.voters)],
  [clusterFamilies.membersHealthy, (f) => one(f, f.membersHealthy)],
  [clusterFamilies.quorumAvailable, (f) => one(f, flag(f.hasQuorum))],
  [clusterFamilies.failureTolerance, (f) => one(f, f.failureTolerance)],
  [clusterFamilies.condition, (f) => f.conditions.flatMap(([condition, status]) => one(f, values[status], { condition }))],
  [clusterFamilies.stalled, (f) => one(f, flag(f.stalled !== undefined), { reason: f.stalled ?? '' })],
  [clusterFamilies.step, ({ step, ...f }) => (step ? one(f, seconds(step.since), { action: step.action, reason: step.reason }) : [])],
  [
    clusterFamilies.approval,
    ({ step, ...f }) => (step?.reason === 'ApprovalNeeded' ? one(f, seconds(step.since), { action: step.action }) : []),
  ],
  [clusterFamilies.paused, (f) => one(f, flag(f.isPaused))],
  [clusterFamilies.dbSize, (f) => one(f, f.db?.size)],
  [clusterFamilies.dbInUse, (f) => one(f, f.db?.inUse)],
  [clusterFamilies.dbQuota, (f) => one(f, f.db?.quota)],
  [
    clusterFamilies.alarm,
    ({ alarms, ...f }) => ['NOSPACE', 'CORRUPT'].flatMap((alarm) => one(f, alarms && flag(alarms.includes(alarm)), { alarm })),
  ],
  [clusterFamilies.backupSchedules, (f) => one(f, f.backupSchedules)],
  [memberFamilies.healthy, (f) => each(f, (member) => flag(member.isHealthy))],
  [memberFamilies.isLeader, (f) => each(f, (member) => flag(member.isLeader))],
  [memberFamilies.raftLag, (f) => each(f, (member) => member.raftLag)],
  [memberFamilies.volumeCapacity, (f) => each(f, (member) => member.volumeBytes)],
  [memberFamilies.walFsync, (f) => each(f, (member) => member.performance?.walFsyncP99)],
  [memberFamilies.backendCommit, (f) => each(f, (member) => member.performance?.backendCommitP99)],
  [memberFamilies.peerRoundTrip, (f) => each(f, (member) => member.performance?.peerRoundTripP99)],
  [memberFamilies.slowDisk, (f) => each(f, (member) => flag(member.performance?.isSlow))],
  [
    certificateFamilies.expiry,
    (f) => f.certificates.flatMap(({ purpose, member, expiry }) => one(f, seconds(expiry), { purpose, member: member ?? '' })),
  ],
  [certificateFamilies.renewal, (f) => f.certificates.flatMap(({ purpose, renewal }) => one(f, seconds(renewal), { purpose }))],
]

const values = { True: 1, False: 0, Unknown: -1 } as const

type Named = Pick<ClusterFigures, 'namespace' | 'name'>

function one({ namespace, name }: Named, value: number | undefined, more: Labels = {}): readonly Series[] {
  return value === undefined ? [] : [[{ namespace, etcd_cluster: name, ...more }, value]]
}

function each(figures: ClusterFigures, value: (member: MemberFigures) => number | undefined): readonly Series[] {
  return figures.memberRows.flatMap((member) => one(figures, value(member), { member: member.name }))
}

function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : ms / 1000
}
