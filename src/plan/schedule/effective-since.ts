import type { EtcdBackupSchedule, EtcdBackupScheduleStatus } from '../../api/backups.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import type { ScheduleView } from '../../model/schedule/view.ts'

/**
 * When the current schedule, time zone and cluster took effect; milliseconds since the epoch: when the schedule was created, or when
 * the operator saw that one of them was changed, or that the schedule was resumed. Only for a schedule that can be read and isn't
 * suspended.
 */
export function promisedSince({ now, schedule }: Pick<ScheduleView, 'now' | 'schedule'>): number {
  const { handledUntil, promised } = schedule.status ?? {}
  if (handledUntil === undefined) return Math.min(Date.parse(schedule.metadata.creationTimestamp), now)
  if (promised === undefined || !isOf(promised, schedule)) return now
  // An operator whose clock was ahead may have written a time in the future, or somebody an invalid one; that must not stop the schedule.
  const since = Date.parse(promised.since)
  return since <= now ? since : now
}

type Promised = NonNullable<EtcdBackupScheduleStatus['promised']>

function isOf({ cluster, schedule, timeZone }: Promised, { spec }: EtcdBackupSchedule): boolean {
  return cluster === spec.cluster && schedule === spec.schedule && timeZone === spec.timeZone
}

/** The record of it in the status. */
export function promisedBy(view: ScheduleView): Promised {
  const { cluster, schedule, timeZone } = view.schedule.spec
  return { cluster, schedule, timeZone, since: rfc3339(promisedSince(view)) }
}
