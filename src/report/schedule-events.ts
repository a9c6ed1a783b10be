import type { EtcdBackupSchedule } from '../api/backups.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import { type EventDraft, eventAbout } from './events.ts'

/** A run was due. */
export function backupScheduled(schedule: EtcdBackupSchedule, backup: string): EventDraft {
  return eventAbout('EtcdBackupSchedule', schedule, 'Normal', 'BackupScheduled', 'CreateBackup', `created EtcdBackup ${backup}`)
}

/** Runs could not begin in time; one Event for all that were found at once. */
export function runsMissed(schedule: EtcdBackupSchedule, runs: readonly number[]): EventDraft {
  const [first = 0] = runs
  const which =
    runs.length === 1
      ? `the run of ${rfc3339(first)} was`
      : `${runs.length} runs from ${rfc3339(first)} to ${rfc3339(runs.at(-1) ?? first)} were`
  const why = `no backup could begin within ${schedule.spec.startingDeadline}, or a later run took the place`
  return eventAbout('EtcdBackupSchedule', schedule, 'Warning', 'MissedRun', 'SkipRun', `${which} missed: ${why}`)
}

/** A backup that is not kept. */
export function backupRemoved(schedule: EtcdBackupSchedule, backup: string): EventDraft {
  const { keepLast, maxAge } = schedule.spec.retention ?? {}
  const limits = [keepLast === undefined ? [] : `keepLast ${keepLast}`, maxAge === undefined ? [] : `maxAge ${maxAge}`].flat().join(', ')
  return eventAbout(
    'EtcdBackupSchedule',
    schedule,
    'Normal',
    'RetentionExceeded',
    'DeleteBackup',
    `deleted EtcdBackup ${backup} (${limits})`,
  )
}
