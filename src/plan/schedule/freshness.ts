import type { EtcdBackup } from '../../api/backups.ts'
import { backupName, backupTimeout, isOfSchedule, newestVerified, takenAt } from '../../model/backup/backups.ts'
import { parseDuration } from '../../model/duration.ts'
import { previousRun } from '../../model/schedule/cron.ts'
import type { ScheduleView } from '../../model/schedule/view.ts'
import { promisedSince } from './effective-since.ts'

/**
 * Whether the newest verified backup of the cluster is as young as its schedule promises.
 * - `not-due`  no run was due since the current schedule took effect, or the first backup may still be running
 * - `overdue`  it is older than the run named `promised`, or there is none
 */
export type Freshness =
  | { readonly kind: 'not-due' }
  | { readonly kind: 'fresh'; readonly newest: EtcdBackup }
  | { readonly kind: 'overdue'; readonly newest: EtcdBackup | undefined; readonly promised: number }

/**
 * The promised run is the last one once the time has passed in which its backup may begin and end; before that, the run before it.
 * Only for a schedule that can be read.
 */
export function freshnessOf(view: ScheduleView): Freshness {
  const { now, schedule, cluster, backups } = view
  const newest = newestVerified(backups, schedule.spec.cluster, cluster?.status?.clusterID)
  const since = Math.max(Date.parse(schedule.metadata.creationTimestamp), promisedSince(view))
  const last = previousRun(schedule.spec, now)
  if (last === undefined || last <= since) return { kind: 'not-due' }

  const before = previousRun(schedule.spec, last - 1)
  const isFirst = before === undefined || before <= since
  const promised = isFirst || isOpenNoLonger(view, last) ? last : before
  if (newest !== undefined && takenAt(newest) >= promised) return { kind: 'fresh', newest }
  if (isFirst && !isOpenNoLonger(view, last) && !hasFailed(view, last)) return { kind: 'not-due' }
  return { kind: 'overdue', newest, promised }
}

function isOpenNoLonger({ now, schedule }: ScheduleView, run: number): boolean {
  const graceMs = (parseDuration(schedule.spec.startingDeadline) ?? 0) + (parseDuration(backupTimeout) ?? 0)
  return now - run > graceMs
}

function hasFailed({ schedule, backups }: ScheduleView, run: number): boolean {
  const name = backupName(schedule, run)
  return backups.some((backup) => isOfSchedule(schedule, backup) && backup.metadata.name === name && backup.status?.phase === 'Failed')
}
