import { type AlertCases, of } from './play.ts'

const newest = of('etcd_operator_backup_last_success_timestamp_seconds')
const hourly = of('etcd_operator_backup_interval_seconds', { schedule: 'hourly' })
const daily = of('etcd_operator_backup_interval_seconds', { schedule: 'daily' })
const schedules = of('etcd_operator_cluster_backup_schedules')
const backedUp = of('etcd_operator_cluster_condition', { condition: 'BackedUp' })
const failures = of('etcd_operator_backup_failures_total')
const stalled = of('etcd_operator_schedule_stalled', { schedule: 'hourly' })

/** The clock of these cases begins at 0. */
export const backupCases: Readonly<Record<string, AlertCases>> = {
  EtcdClusterBackupTooOld: {
    fires: [
      {
        series: { [newest]: '0x200', [hourly]: '3600x200', [daily]: '86400x200' },
        minute: 131,
        says: 'The newest verified backup of prod/demo is 2h 11m 0s old: more than twice the interval of its schedule.',
      },
    ],
    quiet: [
      // Older than 120 minutes, for less than ten.
      { series: { [newest]: '0x200', [hourly]: '3600x200' }, minute: 130 },
      { series: { [newest]: '0x200', [daily]: '86400x200' }, minute: 200 },
      // No schedule promises anything.
      { series: { [newest]: '0x200' }, minute: 200 },
    ],
  },
  EtcdClusterNeverBackedUp: {
    fires: [
      {
        series: { [schedules]: '2x20', [backedUp]: '-1 0x19' },
        minute: 16,
        says: 'No verified backup of prod/demo exists, though it has a schedule and a run was due. Schedules: 2.',
      },
    ],
    quiet: [
      { series: { [schedules]: '2x20', [backedUp]: '-1 0x19' }, minute: 15 },
      // No run was due yet.
      { series: { [schedules]: '2x20', [backedUp]: '-1x20' }, minute: 20 },
      // There is one, and another alert tells of its age.
      { series: { [schedules]: '2x20', [backedUp]: '0x20', [newest]: '0x20' }, minute: 20 },
      { series: { [schedules]: '0x20', [backedUp]: '0x20' }, minute: 20 },
    ],
  },
  EtcdClusterBackupFailing: {
    fires: [{ series: { [failures]: '0x59 1' }, minute: 60, says: 'Backups of prod/demo that failed within the last hour: 1.' }],
    quiet: [
      { series: { [failures]: '3x60' }, minute: 60 },
      // More than an hour ago.
      { series: { [failures]: '0 1x70' }, minute: 62 },
    ],
  },
  EtcdClusterNoBackupSchedule: {
    fires: [
      {
        series: { [schedules]: '0x99' },
        minute: 60,
        says: 'prod/demo has no EtcdBackupSchedule, or all of them are suspended: nothing of it can be restored once its volumes are lost.',
      },
    ],
    quiet: [
      { series: { [schedules]: '0x99' }, minute: 59 },
      { series: { [schedules]: '1x99' }, minute: 99 },
    ],
  },
  EtcdBackupScheduleStalled: {
    fires: [
      {
        series: { [stalled]: '1x20' },
        minute: 15,
        labels: { schedule: 'hourly' },
        says: 'The schedule hourly of prod/demo makes no backups before a person acts; its condition Stalled says what to do.',
      },
    ],
    quiet: [
      { series: { [stalled]: '1x20' }, minute: 14 },
      { series: { [stalled]: '0x20' }, minute: 20 },
    ],
  },
}
