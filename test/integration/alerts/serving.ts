import { type AlertCases, of } from './play.ts'

const quorum = of('etcd_operator_cluster_quorum_available')
const tolerance = of('etcd_operator_cluster_failure_tolerance')
const desired = of('etcd_operator_cluster_members_desired')
const healthy = of('etcd_operator_cluster_members_healthy')
const hasLeader = (pod: string) => of('etcd_server_has_leader', { pod })
const noMajority = 'No majority of the members of prod/demo answers: clients can neither write nor read up-to-date values.'

export const servingCases: Readonly<Record<string, AlertCases>> = {
  EtcdClusterNoQuorum: {
    fires: [
      { series: { [quorum]: '1 0x9' }, minute: 2, says: noMajority },
      // The operator is away, or knows nothing.
      { series: { [hasLeader('demo-0')]: '0x9', [hasLeader('demo-1')]: '0x9' }, minute: 1, says: noMajority },
    ],
    quiet: [
      // For less than a minute.
      { series: { [quorum]: '1 0x9' }, minute: 1 },
      // One member is cut off.
      { series: { [hasLeader('demo-0')]: '0x9', [hasLeader('demo-1')]: '1x9' }, minute: 9 },
      // The only member that Prometheus reaches is cut off, and the operator sees a majority.
      { series: { [hasLeader('demo-0')]: '0x9', [quorum]: '1x9' }, minute: 9 },
    ],
  },
  EtcdClusterOneFailureFromNoQuorum: {
    fires: [
      {
        series: { [tolerance]: '1 0x20', [desired]: '3x21', [quorum]: '1x21' },
        minute: 16,
        says: 'prod/demo has had no member to spare for 15 minutes: if one more fails, the majority is lost.',
      },
    ],
    quiet: [
      { series: { [tolerance]: '1 0x20', [desired]: '3x21', [quorum]: '1x21' }, minute: 15 },
      // Two members tolerate no failure, and nobody expects it.
      { series: { [tolerance]: '0x21', [desired]: '2x21', [quorum]: '1x21' }, minute: 20 },
      // Another alert tells of this.
      { series: { [tolerance]: '0x21', [desired]: '3x21', [quorum]: '0x21' }, minute: 20 },
    ],
  },
  EtcdClusterMemberDown: {
    fires: [
      {
        series: { [desired]: '3x20', [healthy]: '3 2x19' },
        minute: 11,
        says: '1 fewer members of prod/demo are healthy than its spec asks for, and that for 10 minutes.',
      },
    ],
    quiet: [
      { series: { [desired]: '3x20', [healthy]: '3 2x19' }, minute: 10 },
      // One more than the spec asks for, while it shrinks.
      { series: { [desired]: '3x20', [healthy]: '4x20' }, minute: 20 },
    ],
  },
  EtcdClusterLeaderFlapping: {
    fires: [
      {
        series: { [of('etcd_server_leader_changes_seen_total', { pod: 'demo-0' })]: '1x15 1 2 3 4 5x15' },
        minute: 20,
        says: 'prod/demo changed its leader 4 times within 15 minutes; writes wait during each election.',
      },
    ],
    quiet: [
      { series: { [of('etcd_server_leader_changes_seen_total', { pod: 'demo-0' })]: '1x15 1 2 3 4x15' }, minute: 20 },
      // A member that was restarted counts from the beginning.
      { series: { [of('etcd_server_leader_changes_seen_total', { pod: 'demo-0' })]: '7x15 1x15' }, minute: 20 },
    ],
  },
  EtcdClusterFsyncSlow: {
    fires: [
      {
        series: fsyncs({ '0.512': 98, '1.024': 100 }),
        minute: 11,
        labels: { member: 'demo-1' },
        says: '1 of 100 writes to the log of demo-1 takes 768ms or longer to reach the disk of prod/demo; beyond the election timeout a leader is deposed.',
      },
    ],
    quiet: [
      { series: fsyncs({ '0.512': 98, '1.024': 100 }), minute: 10 },
      { series: fsyncs({ '0.256': 98, '0.512': 100 }), minute: 20 },
    ],
  },
}

/** Of each 100 writes in a minute, how many took so many seconds at most. */
function fsyncs(atMost: Readonly<Record<string, number>>): Readonly<Record<string, string>> {
  const bucket = (le: string) => of('etcd_disk_wal_fsync_duration_seconds_bucket', { member: 'demo-1', le })
  return Object.fromEntries([...Object.entries(atMost), ['+Inf', 100] as const].map(([le, count]) => [bucket(le), `0+${count}x20`]))
}
