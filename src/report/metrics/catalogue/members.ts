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
} as const satisfies Readonly<Record<string, Family>>
