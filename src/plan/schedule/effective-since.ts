import type { EtcdBackupSchedule, EtcdBackupScheduleStatus } from '../../api/backups.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import type { ScheduleView } from '../../model/schedule/view.ts'

/**
 * Since when the schedule promises what its spec says; milliseconds since the epoch. Since it was created, or since the operator
 * saw that its times or its cluster were changed, or that it rests no longer. Only for a schedule that doesn't rest.
 */
export function promisedSince({ now, schedule }: Pick<ScheduleView, 'now' | 'schedule'>): number {
  const { handledUntil, promised } = schedule.status ?? {}
  if (handledUntil === undefined) return Math.min(Date.parse(schedule.metadata.creationTimestamp), now)
  if (promised === undefined || !isOf(promised, schedule)) return now
  // A clock that was ahead leaves a time in the future behind; that must not silence the schedule.
  return Math.min(Date.parse(promised.since), now)
}

type Promised = NonNullable<EtcdBackupScheduleStatus['promised']>

function isOf({ cluster, schedule, timeZone }: Promised, { spec }: EtcdBackupSchedule): boolean {
  return cluster === spec.cluster && schedule === spec.schedule && timeZone === spec.timeZone
}

/** What is written down of it. */
export function promisedBy(view: ScheduleView): Promised {
  const { cluster, schedule, timeZone } = view.schedule.spec
  return { cluster, schedule, timeZone, since: rfc3339(promisedSince(view)) }
}
