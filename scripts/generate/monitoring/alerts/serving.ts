import { type Alert, cluster, ofCluster } from '../alert.ts'

/** Whether the members serve, and how many more may fail. */
export const servingAlerts: readonly Alert[] = [
  {
    name: 'EtcdClusterNoQuorum',
    severity: 'critical',
    minutes: 1,
    value: `max by (${ofCluster}) (etcd_operator_cluster_quorum_available)`,
    fires: '== 0',
    // Without an operator the members' own word counts; a member that is cut off has no leader, and says nothing about the others.
    besides: `or
(
  max by (${ofCluster}) (etcd_server_has_leader{etcd_cluster!=""}) == 0
  unless on (${ofCluster}) etcd_operator_cluster_quorum_available == 1
)`,
    summary: `EtcdCluster ${cluster} has no majority`,
    description: `No majority of the members of ${cluster} answers: clients can neither write nor read up-to-date values.`,
  },
  {
    name: 'EtcdClusterOneFailureFromNoQuorum',
    severity: 'warning',
    minutes: 15,
    value: `min by (${ofCluster}) (etcd_operator_cluster_failure_tolerance)`,
    fires: '== 0',
    // One or two members never tolerate a failure: whoever asked for them knows.
    besides: `and on (${ofCluster})
max by (${ofCluster}) (etcd_operator_cluster_members_desired) >= 3
and on (${ofCluster})
max by (${ofCluster}) (etcd_operator_cluster_quorum_available) == 1`,
    summary: `EtcdCluster ${cluster} survives no further failure`,
    description: `${cluster} has had no member to spare for 15 minutes: if one more fails, the majority is lost.`,
  },
  {
    name: 'EtcdClusterMemberDown',
    severity: 'warning',
    minutes: 10,
    value: `max by (${ofCluster}) (etcd_operator_cluster_members_desired) - max by (${ofCluster}) (etcd_operator_cluster_members_healthy)`,
    fires: '> 0',
    summary: `EtcdCluster ${cluster} lacks healthy members`,
    description: `{{ $value }} fewer members of ${cluster} are healthy than its spec asks for, and that for 10 minutes.`,
  },
  {
    name: 'EtcdClusterLeaderFlapping',
    severity: 'warning',
    minutes: 0,
    value: `max by (${ofCluster}) (increase(etcd_server_leader_changes_seen_total{etcd_cluster!=""}[15m]))`,
    fires: '>= 4',
    summary: `EtcdCluster ${cluster} changes its leader again and again`,
    description: `${cluster} changed its leader {{ printf "%.0f" $value }} times within 15 minutes; writes wait during each election.`,
  },
  {
    name: 'EtcdClusterFsyncSlow',
    severity: 'warning',
    minutes: 10,
    value: `histogram_quantile(0.99, sum by (${ofCluster}, member, le) (rate(etcd_disk_wal_fsync_duration_seconds_bucket{etcd_cluster!=""}[5m])))`,
    fires: '> 0.5',
    summary: `The disk of {{ $labels.member }} of EtcdCluster ${cluster} is slow`,
    description: `1 of 100 writes to the log of {{ $labels.member }} takes {{ $value | humanizeDuration }} or longer to reach the disk of ${cluster}; beyond the election timeout a leader is deposed.`,
  },
]
