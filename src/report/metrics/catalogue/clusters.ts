import { type Family, ofCluster } from '../family.ts'

/** As the last pass over the cluster saw it. A series is absent where its value is not known. */
export const clusterFamilies = {
  observed: {
    name: 'etcd_operator_cluster_observed_timestamp_seconds',
    type: 'gauge',
    labels: ofCluster,
    help: 'When the operator last looked at the cluster. What is told of the cluster is of that time.',
    advice: 'A look is due every 5 to 15 s; older than some minutes, the operator cannot look',
  },
  info: {
    name: 'etcd_operator_cluster_info',
    type: 'gauge',
    labels: [...ofCluster, 'etcd_version', 'etcd_cluster_id'],
    help: "Always 1; the labels have the lowest version of etcd that a voter runs, and etcd's ID of the cluster in hex.",
  },
  membersDesired: {
    name: 'etcd_operator_cluster_members_desired',
    type: 'gauge',
    labels: ofCluster,
    help: 'Voters that spec.size asks for.',
  },
  members: {
    name: 'etcd_operator_cluster_members',
    type: 'gauge',
    labels: ofCluster,
    help: "Members in etcd's own list, learners included; absent while no majority gives the list.",
  },
  voters: {
    name: 'etcd_operator_cluster_voters',
    type: 'gauge',
    labels: ofCluster,
    help: "Voters in etcd's own list; absent while no majority gives the list.",
  },
  membersHealthy: {
    name: 'etcd_operator_cluster_members_healthy',
    type: 'gauge',
    labels: ofCluster,
    help: 'Voters that answer the operator and know a leader.',
  },
  quorumAvailable: {
    name: 'etcd_operator_cluster_quorum_available',
    type: 'gauge',
    labels: ofCluster,
    help: '1 while a majority of the voters answers a linearizable read, 0 where it is certain that no majority serves.',
    advice: 'Absent while nobody knows: where no member answers the operator, clients may be served all the same',
  },
  failureTolerance: {
    name: 'etcd_operator_cluster_failure_tolerance',
    type: 'gauge',
    labels: ofCluster,
    help: 'How many more voters may fail before the majority is lost; 0 when it is lost already.',
    advice: 'The one number to watch. 0 for longer than a restart takes, in a cluster of 3 or more: the next failure stops all writes',
  },
  condition: {
    name: 'etcd_operator_cluster_condition',
    type: 'gauge',
    labels: [...ofCluster, 'condition'],
    help: 'Conditions of the cluster: 1 True, 0 False, -1 Unknown.',
    advice: '[Status](status.md#conditions) says what each means',
  },
  stalled: {
    name: 'etcd_operator_cluster_stalled',
    type: 'gauge',
    labels: [...ofCluster, 'reason'],
    help: '1 with the reason while the cluster waits for a person, else 0 without a reason. One series for each cluster.',
  },
  step: {
    name: 'etcd_operator_cluster_step_since_timestamp_seconds',
    type: 'gauge',
    labels: [...ofCluster, 'action', 'reason'],
    help: 'When the step in status.nextStep was first planned; absent while nothing is left to do.',
  },
  approval: {
    name: 'etcd_operator_cluster_approval_pending_since_timestamp_seconds',
    type: 'gauge',
    labels: [...ofCluster, 'action'],
    help: 'Since when a step waits for an approval, because spec.repair.automatic is false; absent while none does.',
  },
  paused: {
    name: 'etcd_operator_cluster_paused',
    type: 'gauge',
    labels: ofCluster,
    help: '1 while spec.paused is true.',
  },
  dbSize: {
    name: 'etcd_operator_cluster_db_size_bytes',
    type: 'gauge',
    labels: ofCluster,
    help: 'Size of the largest database file of a member.',
  },
  dbInUse: {
    name: 'etcd_operator_cluster_db_in_use_bytes',
    type: 'gauge',
    labels: ofCluster,
    help: 'The most that is in use of a database file of a member; a defragmentation frees the rest.',
  },
  dbQuota: {
    name: 'etcd_operator_cluster_db_quota_bytes',
    type: 'gauge',
    labels: ofCluster,
    help: 'Size of the database file at which the first member raises the NOSPACE alarm.',
  },
  alarm: {
    name: 'etcd_operator_cluster_alarm',
    type: 'gauge',
    labels: [...ofCluster, 'alarm'],
    help: '1 while the alarm NOSPACE or CORRUPT is raised, else 0; absent while no member serves.',
  },
  backupSchedules: {
    name: 'etcd_operator_cluster_backup_schedules',
    type: 'gauge',
    labels: ofCluster,
    help: 'EtcdBackupSchedules of the cluster that are not suspended.',
  },
  stepFailures: {
    name: 'etcd_operator_step_failures_total',
    type: 'counter',
    labels: [...ofCluster, 'action'],
    help: 'Steps that were refused, not answered, or not carried out because the API server is too slow; each is looked at again.',
  },
} as const satisfies Readonly<Record<string, Family>>
