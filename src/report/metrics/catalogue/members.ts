import { type Family, ofMember } from '../family.ts'

/** One series for each member; `member` is the name of the member and of its pod. */
export const memberFamilies = {
  healthy: {
    name: 'etcd_operator_member_healthy',
    type: 'gauge',
    labels: ofMember,
    help: '1 while the member answers the operator and knows a leader, else 0.',
  },
  isLeader: {
    name: 'etcd_operator_member_is_leader',
    type: 'gauge',
    labels: ofMember,
    help: '1 for the leader, else 0.',
  },
  raftLag: {
    name: 'etcd_operator_member_raft_lag_entries',
    type: 'gauge',
    labels: ofMember,
    help: "Entries of the leader's log that the member has not applied yet; absent while it or the leader does not answer.",
  },
  volumeCapacity: {
    name: 'etcd_operator_member_volume_capacity_bytes',
    type: 'gauge',
    labels: ofMember,
    help: "Capacity of the member's volume.",
  },
  walFsync: {
    name: 'etcd_operator_member_wal_fsync_p99_seconds',
    type: 'gauge',
    labels: ofMember,
    help: "What 99 of 100 syncs of the member's write-ahead log took at most, in the last minute or more; absent with fewer than ten.",
    advice: 'etcd asks for less than 10 ms. Every write waits for a sync of a majority',
  },
  backendCommit: {
    name: 'etcd_operator_member_backend_commit_p99_seconds',
    type: 'gauge',
    labels: ofMember,
    help: "What 99 of 100 commits of the member's database took at most, in the same time.",
    advice: 'etcd asks for less than 25 ms',
  },
  peerRoundTrip: {
    name: 'etcd_operator_member_peer_round_trip_p99_seconds',
    type: 'gauge',
    labels: ofMember,
    help: 'What 99 of 100 round trips to the farthest peer took at most, in the same time.',
  },
  slowDisk: {
    name: 'etcd_operator_member_slow_disk',
    type: 'gauge',
    labels: ofMember,
    help: '1 while the disk of the member has been slow for minutes, as status.performance.hint says, else 0.',
  },
} as const satisfies Readonly<Record<string, Family>>
