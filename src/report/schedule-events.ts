import type { EtcdBackupSchedule } from '../api/backups.ts'
import type { EventDraft } from '../model/event.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import type { Problem } from '../model/schedule/view.ts'
import { type EventText, eventAbout } from './events.ts'

/** A run was due. */
export function backupScheduled(schedule: EtcdBackupSchedule, backup: string): EventDraft {
  return about(schedule, { type: 'Normal', reason: 'BackupScheduled', action: 'CreateBackup', note: `created EtcdBackup ${backup}` })
}

/** Runs could not begin in time; one Event for all that were found at once. */
export function runsMissed(schedule: EtcdBackupSchedule, runs: readonly number[]): EventDraft {
  const [first = 0] = runs
  const which =
    runs.length === 1
      ? `the run of ${rfc3339(first)} was`
      : `${runs.length} runs from ${rfc3339(first)} to ${rfc3339(runs.at(-1) ?? first)} were`
  const why = `no backup could begin within ${schedule.spec.startingDeadline}, or a later run took the place`
  return about(schedule, { type: 'Warning', reason: 'MissedRun', action: 'SkipRun', note: `${which} missed: ${why}` })
}

/** A backup that is not kept. */
export function backupRemoved(schedule: EtcdBackupSchedule, backup: string): EventDraft {
  const { keepLast, maxAge } = schedule.spec.retention ?? {}
  const limits = [keepLast === undefined ? [] : `keepLast ${keepLast}`, maxAge === undefined ? [] : `maxAge ${maxAge}`].flat().join(', ')
  const note = `deleted EtcdBackup ${backup} (${limits})`
  return about(schedule, { type: 'Normal', reason: 'RetentionExceeded', action: 'DeleteBackup', note })
}

/** Nothing will run before a person acts. */
export function scheduleStalled(schedule: EtcdBackupSchedule, { reason, message }: Problem): EventDraft {
  return about(schedule, { type: 'Warning', reason, action: 'Block', note: message })
}

function about(schedule: EtcdBackupSchedule, text: EventText): EventDraft {
  return eventAbout({ kind: 'EtcdBackupSchedule', object: schedule }, text)
}
