/** What comes off the wire in the operator's words. */
import type { EtcdAlarm, EtcdStatus } from './calls.ts'
import type { WireStatus } from './maintenance.ts'

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
    dbSize: Number(status.dbSize),
    dbSizeInUse: Number(status.dbSizeInUse),
    // What this member holds against itself or the cluster, in etcd's words; only the alarms have a form.
    alarms: status.errors.flatMap((text) => {
      // Protobuf's text form leaves out what is 0: an alarm that names no member.
      const match = /^(?:memberID:(\d+)\s+)?alarm:(\w+)/.exec(text)
      return match?.[2] ? readAlarm(match[1] ?? '0', match[2]) : []
    }),
  }
}

/** Empty for a kind of alarm that isn't known. */
function readAlarm(memberId: string, alarm: string): EtcdAlarm[] {
  return alarm === 'NOSPACE' || alarm === 'CORRUPT' ? [{ memberId: hexId(memberId), alarm }] : []
}

/** IDs come as decimal numbers. */
export function hexId(decimal: string): string {
  return BigInt(decimal).toString(16)
}
