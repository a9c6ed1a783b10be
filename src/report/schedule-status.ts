import type { EtcdBackupScheduleStatus } from '../api/backups.ts'
import { isOfSchedule, isVerified, newestOf, takenAt } from '../model/backup/backups.ts'
import { shortHash } from '../model/hash.ts'
import { unreachable } from '../model/known.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import type { Problem, ScheduleView } from '../model/schedule/view.ts'
import { promisedBy } from '../plan/schedule/effective-since.ts'
import { freshnessOf } from '../plan/schedule/freshness.ts'
import { active, type SchedulePlan } from '../plan/schedule/plan.ts'
import { conditionsFrom, type Verdict } from './verdict.ts'

/**
 * The status of a schedule, from the view and the plan. Returns the stored status where only handledUntil and messages would change:
 * those are written together with the next run.
 */
export function scheduleStatusOf(view: ScheduleView, plan: SchedulePlan): EtcdBackupScheduleStatus {
  const { schedule, now } = view
  const stored = schedule.status ?? {}
  const lastRun = plan.run.kind === 'made' ? rfc3339(plan.run.time) : stored.lastScheduleTime
  const lastSuccess = lastSuccessOf(view) ?? stored.lastSuccessTime
  const status: EtcdBackupScheduleStatus = {
    observedGeneration: schedule.metadata.generation,
    handledUntil: rfc3339(plan.handledUntil),
    ...(lastRun === undefined ? {} : { lastScheduleTime: lastRun }),
    ...(lastSuccess === undefined ? {} : { lastSuccessTime: lastSuccess }),
    ...(plan.nextRun === undefined ? {} : { nextScheduleTime: rfc3339(plan.nextRun), promised: promisedBy(view) }),
    active: active(view).map(({ metadata }) => metadata.name),
    missed: (stored.missed ?? 0) + plan.missed.length,
    conditions: conditionsFrom(
      { Ready: readiness(view, plan), Stalled: stall(plan.problem), BackedUp: backedUp(view, plan) },
      { generation: schedule.metadata.generation, before: stored.conditions, now },
    ),
  }
  return shortHash(essence(status)) === shortHash(essence(stored)) ? stored : status
}

function essence({ handledUntil: _cursor, conditions, ...rest }: EtcdBackupScheduleStatus): unknown {
  return { ...rest, conditions: conditions?.map((condition) => (condition.type === 'Stalled' ? condition : { ...condition, message: '' })) }
}

function lastSuccessOf({ schedule, backups }: ScheduleView): string | undefined {
  return newestOf(backups.filter((backup) => isOfSchedule(schedule, backup) && isVerified(backup)))?.status?.completionTime
}

/**
 * Ready: the schedule is valid and its cluster exists, suspended or not; tools that wait for a schedule can't wait until its first run.
 * BackedUp says whether the newest backup is young enough; Ready shows its reason and message as well, because people look at Ready.
 */
function readiness(view: ScheduleView, plan: SchedulePlan): Verdict {
  if (plan.problem !== undefined) return { status: 'False', ...plan.problem }
  const { reason, message } = backedUp(view, plan)
  return { status: 'True', reason, message }
}

/** The newest verified backup is as young as promised. */
function backedUp(view: ScheduleView, plan: SchedulePlan): Verdict {
  const { schedule, now } = view
  if (schedule.spec.suspend)
    return { status: 'False', reason: 'Suspended', message: 'spec.suspend is true: no backups are made; set it to false to go on' }
  if (plan.problem?.reason === 'InvalidSpec' || plan.problem?.reason === 'ClusterNotFound') return { status: 'False', ...plan.problem }

  const freshness = freshnessOf(view)
  switch (freshness.kind) {
    case 'not-due': {
      const next = plan.nextRun === undefined ? '' : `: ${rfc3339(plan.nextRun)}`
      return { status: 'Unknown', reason: 'NotDueYet', message: `the first run has not ended yet, or is due later${next}` }
    }
    case 'fresh': {
      const { metadata } = freshness.newest
      return { status: 'True', reason: 'AsPromised', message: `the newest verified backup is ${metadata.name}` }
    }
    case 'overdue': {
      const { newest, promised } = freshness
      const found = newest
        ? `the newest verified backup, ${newest.metadata.name}, is ${ageInWords(now - takenAt(newest))} old`
        : 'there is no verified backup of this cluster'
      return { status: 'False', reason: 'BackupOverdue', message: `${found}; one of ${rfc3339(promised)} or later was promised` }
    }
    default:
      return unreachable(freshness)
  }
}

function stall(problem: Problem | undefined): Verdict {
  return problem === undefined
    ? { status: 'False', reason: 'Steady', message: 'no action is needed' }
    : { status: 'True', reason: problem.reason, message: problem.message }
}

function ageInWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 120) return `${minutes} min`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`
}
