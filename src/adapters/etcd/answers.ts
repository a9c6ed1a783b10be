/** Translates etcd's replies into the operator's types. */
import type { EtcdAlarm, EtcdHash, EtcdStatus } from './calls.ts'
import type { WireHash, WireStatus } from './maintenance.ts'

export function readStatus(status: WireStatus): EtcdStatus {
  return {
    clusterId: hexId(status.header.cluster_id),
    memberId: hexId(status.header.member_id),
    version: status.version,
    leaderId: status.leader === '0' ? undefined : hexId(status.leader),
    isLearner: status.isLearner,
    raftIndex: Number(status.raftIndex),
    raftAppliedIndex: Number(status.raftAppliedIndex),
    raftTerm: Number(status.raftTerm),
    revision: Number(status.header.revision),
    dbSize: Number(status.dbSize),
    dbSizeInUse: Number(status.dbSizeInUse),
    dbSizeQuota: Number(status.dbSizeQuota) || undefined,
    storageVersion: status.storageVersion === '' ? undefined : status.storageVersion,
    downgradeTarget: status.downgradeInfo?.enabled ? status.downgradeInfo.targetVersion : undefined,
    // `errors` are etcd's free texts about this member or the cluster; only those about alarms have a fixed form.
    alarms: status.errors.flatMap((text) => {
      // Protobuf's text form leaves out a field that is 0: the alarm names no member then.
      const match = /^(?:memberID:(\d+)\s+)?alarm:(\w+)/.exec(text)
      return match?.[2] ? readAlarm(match[1] ?? '0', match[2]) : []
    }),
  }
}

export function readHash({ header, hash, compact_revision }: WireHash): EtcdHash {
  return {
    state: 'hashed',
    hash,
    compactRevision: Number(compact_revision),
    clusterId: hexId(header.cluster_id),
    memberId: hexId(header.member_id),
    revision: Number(header.revision),
  }
}

/** Empty for an unknown kind of alarm. */
function readAlarm(memberId: string, alarm: string): EtcdAlarm[] {
  return alarm === 'NOSPACE' || alarm === 'CORRUPT' ? [{ memberId: hexId(memberId), alarm }] : []
}

/** Replies have IDs as decimal numbers. */
export function hexId(decimal: string): string {
  return BigInt(decimal).toString(16)
}
