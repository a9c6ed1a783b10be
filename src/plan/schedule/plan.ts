import type { EtcdBackup, EtcdBackupSchedule } from '../../api/backups.ts'
import { backupName, isOfSchedule } from '../../model/backup/backups.ts'
import { isDeletionLate } from '../../model/backup/view.ts'
import { parseDuration } from '../../model/duration.ts'
import { nextRun, previousRun, problemOf, runsBetween } from '../../model/schedule/cron.ts'
import type { Problem, ScheduleView } from '../../model/schedule/view.ts'
import { isTerminal } from '../../model/terminal.ts'
import { thoseThatExist } from '../../model/those-that-exist.ts'
import { promisedSince } from './effective-since.ts'

/**
 * What is to be done about the runs that are due.
 *
 *   nextScheduleTime     earlier (missed, unless its backup exists)      due            now
 *   ─────●───────────────────●──────────────●────────────────────────────●──────────────┼──────►
 *
 * A run is due when the status announced it (as `nextScheduleTime`), or when it follows an announced run in the current schedule. Its
 * backup is named by the time of the run: a run whose backup exists is done, whoever created that backup and whatever the status says.
 */
export interface SchedulePlan {
  readonly run: DueRun
  /** Runs that can't be made up for any more. When there are very many, only the first `maxRuns` of them. */
  readonly missed: readonly number[]
  /** Runs up to here need no further thought. */
  readonly handledUntil: number
  /** The next announced run; the due run itself while it waits; undefined when there is none. */
  readonly nextRun: number | undefined
  /** Why no run can be made before a person acts. */
  readonly problem: Problem | undefined
}

export type DueRun =
  | { readonly kind: 'none' }
  /** Its backup is to be created. */
  | { readonly kind: 'create'; readonly time: number; readonly name: string }
  /** Its backup exists. */
  | { readonly kind: 'made'; readonly time: number; readonly name: string }
  /** It can't begin now; it is missed when that lasts until `untilMs`. */
  | { readonly kind: 'held'; readonly time: number; readonly untilMs: number }

/** The most runs that are listed one by one; more may have been due while the operator was away. */
const maxRuns = 1000

export function planSchedule(view: ScheduleView): SchedulePlan {
  const { now, schedule } = view
  const invalid = problemOf(schedule.spec)
  if (invalid !== undefined) return resting(now, { reason: 'InvalidSpec', message: invalid })
  if (schedule.spec.suspend) return resting(now, undefined)

  const due = dueRuns(view)
  const time = due.at(-1)
  const next = nextRun(schedule.spec, now)
  const problem = clusterProblem(view) ?? view.refusal ?? deletionProblem(view)
  if (time === undefined) return { run: { kind: 'none' }, missed: [], handledUntil: now, nextRun: next, problem }

  const earlier = due.slice(0, -1).filter((run) => backupOf(view, run) === undefined)
  const name = backupName(schedule, time)
  const untilMs = time + (parseDuration(schedule.spec.startingDeadline) ?? 0)
  const backup = backupOf(view, time)
  if (backup !== undefined && isOfSchedule(schedule, backup))
    return { run: { kind: 'made', time, name }, missed: earlier, handledUntil: now, nextRun: next, problem }
  if (now > untilMs) return { run: { kind: 'none' }, missed: [...earlier, time], handledUntil: now, nextRun: next, problem }

  // The run isn't handled before its backup exists; all runs before it are.
  const before = { missed: earlier, handledUntil: time - 1, nextRun: time }
  if (backup !== undefined) return { ...before, run: { kind: 'held', time, untilMs }, problem: nameTaken(name) }
  if (problem !== undefined || active(view).length > 0) return { ...before, run: { kind: 'held', time, untilMs }, problem }
  return { ...before, run: { kind: 'create', time, name }, problem: undefined }
}

/** Backups of this schedule that are running: the next one begins only when they have ended. */
export function active({ schedule, backups }: ScheduleView): readonly EtcdBackup[] {
  return backups.filter((backup) => isOfSchedule(schedule, backup) && !isTerminal(backup))
}

/** No run is announced while a schedule is suspended or can't be read, so none that passes meanwhile is made up for or missed. */
function resting(now: number, problem: Problem | undefined): SchedulePlan {
  return { run: { kind: 'none' }, missed: [], handledUntil: now, nextRun: undefined, problem }
}

/**
 * The runs that are due, the last one at the end; of very many the first `maxRuns` and the last. The announced run stays due when the
 * schedule is changed; the runs of a schedule count only since it took effect. Nothing is due before the announced run. If an operator
 * whose clock was ahead announced a run far in the future, the run that follows now is announced instead.
 */
function dueRuns(view: ScheduleView): readonly number[] {
  const { now, schedule } = view
  const { handledUntil, nextScheduleTime } = schedule.status ?? {}
  const since = promisedSince(view)
  if (handledUntil === undefined) return runsUntil(now, schedule, since)
  const told = nextScheduleTime === undefined ? undefined : Date.parse(nextScheduleTime)
  if (told === undefined || Number.isNaN(told) || told > now) return []
  return [told, ...runsUntil(now, schedule, Math.max(told, since))]
}

function runsUntil(now: number, { spec }: EtcdBackupSchedule, from: number): readonly number[] {
  const last = previousRun(spec, now)
  return last === undefined || last <= from ? [] : [...runsBetween(spec, from, last - 1, maxRuns - 1), last]
}

function backupOf({ schedule, backups }: ScheduleView, run: number): EtcdBackup | undefined {
  const name = backupName(schedule, run)
  return backups.find(({ metadata }) => metadata.name === name)
}

function clusterProblem({ schedule, cluster, otherClusters }: ScheduleView): Problem | undefined {
  if (cluster !== undefined && cluster.metadata.deletionTimestamp === undefined) return undefined
  const { namespace } = schedule.metadata
  const name = schedule.spec.cluster
  const what =
    cluster === undefined
      ? `there is no EtcdCluster ${name} in namespace ${namespace}${thoseThatExist(name, otherClusters)}`
      : `EtcdCluster ${name} is being deleted`
  const message = `${what}; runs are missed until spec.cluster names one that exists`
  return { reason: 'ClusterNotFound', message }
}

/** A running backup that is being deleted can only end by disappearing: it never becomes Completed or Failed. */
function deletionProblem(view: ScheduleView): Problem | undefined {
  const late = active(view).find((backup) => isDeletionLate(backup, view.now))
  if (late === undefined) return undefined
  const { name } = late.metadata
  const message = `EtcdBackup ${name} is still being deleted; runs are missed until it is gone; kubectl describe ecb ${name} says why and what to do`
  return { reason: 'DeletingBackup', message }
}

function nameTaken(name: string): Problem {
  return {
    reason: 'NameTaken',
    message: `EtcdBackup ${name} exists and isn't of this schedule: this run is missed unless it is deleted or renamed`,
  }
}
