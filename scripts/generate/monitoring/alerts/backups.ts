import { type Alert, cluster, ofCluster } from '../alert.ts'

/** Whether there is a backup to go back to. */
export const backupAlerts: readonly Alert[] = [
  {
    name: 'EtcdClusterBackupTooOld',
    severity: 'critical',
    minutes: 10,
    value: `time() - max by (${ofCluster}) (etcd_operator_backup_last_success_timestamp_seconds)`,
    fires: `> 2 * min by (${ofCluster}) (etcd_operator_backup_interval_seconds)`,
    summary: `The newest backup of EtcdCluster ${cluster} is too old`,
    description: `The newest verified backup of ${cluster} is {{ $value | humanizeDuration }} old: more than twice the interval of its schedule.`,
  },
  {
    name: 'EtcdClusterNeverBackedUp',
    severity: 'critical',
    minutes: 15,
    value: `max by (${ofCluster}) (etcd_operator_cluster_backup_schedules)`,
    fires: '> 0',
    // BackedUp is False only once a run was due.
    besides: `and on (${ofCluster}) etcd_operator_cluster_condition{condition="BackedUp"} == 0
unless on (${ofCluster}) etcd_operator_backup_last_success_timestamp_seconds`,
    summary: `EtcdCluster ${cluster} has a backup schedule and no backup`,
    description: `No verified backup of ${cluster} exists, though it has a schedule and a run was due. Schedules: {{ $value }}.`,
  },
  {
    name: 'EtcdClusterBackupFailing',
    severity: 'warning',
    minutes: 0,
    value: `sum by (${ofCluster}) (increase(etcd_operator_backup_failures_total[1h]))`,
    fires: '> 0',
    summary: `Backups of EtcdCluster ${cluster} fail`,
    description: `Backups of ${cluster} that failed within the last hour: {{ printf "%.0f" $value }}.`,
  },
  {
    name: 'EtcdClusterNoBackupSchedule',
    severity: 'info',
    minutes: 60,
    value: `max by (${ofCluster}) (etcd_operator_cluster_backup_schedules)`,
    fires: '== 0',
    summary: `EtcdCluster ${cluster} is not backed up`,
    description: `${cluster} has no EtcdBackupSchedule, or all of them are suspended: nothing of it can be restored once its volumes are lost.`,
  },
  {
    name: 'EtcdBackupScheduleStalled',
    severity: 'warning',
    minutes: 15,
    value: `max by (${ofCluster}, schedule) (etcd_operator_schedule_stalled)`,
    fires: '== 1',
    summary: `EtcdBackupSchedule {{ $labels.namespace }}/{{ $labels.schedule }} makes no backups`,
    description: `The schedule {{ $labels.schedule }} of ${cluster} makes no backups before a person acts; its condition Stalled says what to do.`,
  },
]
