import type { EtcdBackup, EtcdBackupSchedule } from '../../api/backups.ts'
import { label } from '../../api/labels.ts'
import { rfc3339 } from '../rfc3339.ts'

/** How long a backup that a schedule makes may take: spec.timeout of its EtcdBackup. */
export const backupTimeout = '30m'

/** Whether the stored bytes were read back and found right; only such a backup counts. */
export function isVerified({ status }: EtcdBackup): boolean {
  return status?.phase === 'Completed' && status.verified?.result === 'Passed'
}

/**
 * Whether the schedule created the backup, by label and name: a schedule has no owner reference on its backups, so that they
 * outlive it.
 *
 * Safety: the label alone proves nothing: a copy that a person made of such a backup under another name has it, too. That copy
 * belongs to the person, and retention must not delete it.
 */
export function isOfSchedule({ metadata }: EtcdBackupSchedule, backup: EtcdBackup): boolean {
  const { namespace, labels } = backup.metadata
  return namespace === metadata.namespace && labels?.[label.schedule] === metadata.name && scheduledTime(backup) !== undefined
}

/** Name of the one backup that a schedule makes for a scheduled time: no run can happen twice. */
export function backupName(schedule: EtcdBackupSchedule, runMs: number): string {
  return `${schedule.metadata.name}-${rfc3339(runMs).replace(/\D/g, '')}`
}

/**
 * The time of the backup's data: when it was scheduled, or when it was begun; milliseconds since the epoch. Both times are by the
 * operator's clock. A clock far ahead of the API server's would make such a backup the newest one for as long.
 */
export function takenAt(backup: EtcdBackup): number {
  const created = Date.parse(backup.metadata.creationTimestamp)
  const scheduled = scheduledTime(backup) ?? Date.parse(backup.status?.startTime ?? backup.metadata.creationTimestamp)
  return scheduled - created > maxSkewMs ? created : scheduled
}

/** How much later than its creation a backup's time may be. A backup that waited for an absent operator seems older, never younger. */
const maxSkewMs = 15 * 60_000

/** The scheduled time in the backup's name; undefined when no schedule created it. */
function scheduledTime({ metadata }: EtcdBackup): number | undefined {
  const schedule = metadata.labels?.[label.schedule]
  if (schedule === undefined || !metadata.name.startsWith(`${schedule}-`)) return undefined
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(metadata.name.slice(schedule.length + 1))
  if (digits === null) return undefined
  const [, year, month, day, hour, minute, second] = digits
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** Newest by the time of the data, not of the object. */
export function newestOf(backups: readonly EtcdBackup[]): EtcdBackup | undefined {
  let newest: { readonly backup: EtcdBackup; readonly at: number } | undefined
  for (const backup of backups) {
    const at = takenAt(backup)
    if (newest === undefined || at > newest.at) newest = { backup, at }
  }
  return newest?.backup
}

/** The newest verified backup of this very etcd cluster: a backup of an earlier cluster of the same name holds other data. */
export function newestVerified(backups: readonly EtcdBackup[], cluster: string, clusterId: string | undefined): EtcdBackup | undefined {
  return newestOf(
    backups.filter((backup) => isVerified(backup) && backup.spec.cluster === cluster && backup.status?.clusterID === clusterId),
  )
}
