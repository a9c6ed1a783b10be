import { type Family, ofCluster } from '../family.ts'

export const backupFamilies = {
  lastSuccess: {
    name: 'etcd_operator_backup_last_success_timestamp_seconds',
    type: 'gauge',
    labels: ofCluster,
    help: 'The time of the data in the newest verified backup of the cluster; absent where there is none.',
  },
  size: {
    name: 'etcd_operator_backup_size_bytes',
    type: 'gauge',
    labels: ofCluster,
    help: 'Size of the newest verified backup of the cluster.',
  },
  interval: {
    name: 'etcd_operator_backup_interval_seconds',
    type: 'gauge',
    labels: [...ofCluster, 'schedule'],
    help: 'The longest time between two runs of a backup schedule; absent while it is suspended or invalid.',
    advice: 'A newest backup that is older than twice that is too old, whatever the schedule',
  },
  duration: {
    name: 'etcd_operator_backup_duration_seconds',
    type: 'histogram',
    labels: ofCluster,
    help: 'Duration of a completed backup, from its start until its bytes were read back.',
    buckets: [2, 5, 10, 30, 60, 300, 1800],
  },
  failures: {
    name: 'etcd_operator_backup_failures_total',
    type: 'counter',
    labels: ofCluster,
    help: 'Backups that failed.',
  },
  missed: {
    name: 'etcd_operator_schedule_missed_total',
    type: 'counter',
    labels: [...ofCluster, 'schedule'],
    help: 'Runs of a backup schedule that could not begin before their deadline.',
  },
  stalled: {
    name: 'etcd_operator_schedule_stalled',
    type: 'gauge',
    labels: [...ofCluster, 'schedule'],
    help: '1 while a backup schedule makes no backups before a person acts, else 0.',
  },
  restores: {
    name: 'etcd_operator_restores',
    type: 'gauge',
    labels: [...ofCluster, 'phase'],
    help: 'EtcdRestores that make the cluster, by their phase.',
  },
  lastRestore: {
    name: 'etcd_operator_restore_last_success_timestamp_seconds',
    type: 'gauge',
    labels: ofCluster,
    help: 'When an EtcdRestore of a backup of the cluster was completed last; absent where none is known.',
    advice: 'A backup that was never restored is a hope: restore one into a cluster of another name now and then',
  },
} as const satisfies Readonly<Record<string, Family>>
