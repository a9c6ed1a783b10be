import { publishStatus } from '../act/publish-status.ts'
import { refused } from '../act/refused.ts'
import { removeExpired } from '../act/remove-expired.ts'
import { isFailure } from '../adapters/failure.ts'
import { ETCD_BACKUP, ETCD_BACKUP_SCHEDULE } from '../adapters/kube/kinds.ts'
import type { EtcdBackup, EtcdBackupSchedule } from '../api/backups.ts'
import type { Problem, ScheduleView } from '../model/schedule/view.ts'
import { scheduledBackup } from '../objects/scheduled-backup.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { type DueRun, planSchedule, type SchedulePlan } from '../plan/schedule/plan.ts'
import { nextExpired } from '../plan/schedule/retention.ts'
import { backupRemoved, backupScheduled, runsMissed, scheduleStalled } from '../report/schedule-events.ts'
import { scheduleStatusOf } from '../report/schedule-status.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import { recordEvent } from './record-event.ts'
import { retryLostRaces } from './retry-lost-races.ts'
import { behindMs, setBacks } from './set-backs.ts'
import type { Controller, Tools } from './tools.ts'

/** The longest time between passes, because the wall clock may be set at any time; a pass costs no request. */
const maxMs = 60_000
/** Wait before a refused write is tried again. */
const refusedMs = 15_000

/**
 * The controller of EtcdBackupSchedules. A pass over one of them:
 *
 *   look (caches) -> plan -> create the backup of the run that is due -> plan again -> remove one backup at most -> report
 *
 * The backup is created before the status is written: after a crash in between, the name of the backup shows that the run is done.
 */
export function scheduleController(tools: Tools): Controller {
  const races = retryLostRaces('schedule', tools)
  const backs = setBacks<EtcdBackupSchedule>('schedule', tools)

  return {
    async pass(key, signal) {
      const [namespace = '', name = ''] = key.split('/')
      const schedule = tools.caches.schedules.get(namespace, name)
      if (schedule === undefined || schedule.metadata.deletionTimestamp !== undefined) {
        races.forget(key)
        tools.metrics.forgetSchedule(namespace, name)
        return { next: 'never' }
      }
      const standing = await backs.standing(key, schedule, () => tools.live.get(ETCD_BACKUP_SCHEDULE, schedule.metadata, signal))
      if (standing.is === 'behind') return { next: 'after', ms: behindMs }
      return races.run(key, () => passSchedule(tools, schedule, standing.generation, signal))
    },
  }
}

async function passSchedule(
  tools: Tools,
  schedule: EtcdBackupSchedule,
  newestGeneration: number,
  signal: AbortSignal,
): Promise<PassResult> {
  const seen = look(tools, schedule)
  const { run } = planSchedule(seen)
  const made = run.kind === 'create' ? await createBackup(tools, seen, run, signal) : seen
  const removal = setBack(schedule, newestGeneration) ?? (await removeOne(tools, made, signal))
  const view = removal.kind === 'refused' ? { ...made, refusal: removal.refusal } : made
  const plan = planSchedule(view)
  await report(tools, view, plan, signal)
  if (removal.kind === 'removed') return { next: 'now' }
  return { next: 'after', ms: view.refusal === undefined ? untilNext(plan, view.now) : refusedMs }
}

function look({ caches, clock }: Tools, schedule: EtcdBackupSchedule): ScheduleView {
  const { namespace } = schedule.metadata
  const cluster = caches.clusters.get(namespace, schedule.spec.cluster)
  return {
    now: clock.now(),
    schedule,
    cluster,
    otherClusters: cluster === undefined ? caches.clusters.list(namespace).map(({ metadata }) => metadata.name) : [],
    backups: caches.backups.list(namespace),
  }
}

/** Creates the backup; returns the view with the backup, or with the reason why the API server refused it. */
async function createBackup(
  tools: Tools,
  view: ScheduleView,
  run: Extract<DueRun, { kind: 'create' }>,
  signal: AbortSignal,
): Promise<ScheduleView> {
  const { schedule } = view
  const about = { schedule: keyOf(schedule), backup: run.name, reason: 'BackupScheduled' }
  try {
    const backup = await tools.kube.create(ETCD_BACKUP, scheduledBackup(schedule, run.name), signal)
    tools.log.info(about, 'backup created')
    recordEvent(tools, backupScheduled(schedule, backup.metadata.name))
    return withBackup(view, backup)
  } catch (error) {
    if (isFailure(error, 'conflict')) {
      const namesake = await readNamesake(tools, schedule, run.name, signal)
      // No backup has this name: the quota had a conflict, or the namesake was deleted just now. The run is still due.
      if (namesake === undefined) throw error
      return withBackup(view, namesake)
    }
    const refusal = refused(error, undefined)
    if (refusal === undefined) throw error
    tools.log.warn({ ...about, refusal: refusal.message }, 'backup refused')
    return { ...view, refusal }
  }
}

/** Reads the backup that has the name already and that the caches still lack: of an earlier try with a lost reply, or of another creator. */
function readNamesake(tools: Tools, schedule: EtcdBackupSchedule, name: string, signal: AbortSignal): Promise<EtcdBackup | undefined> {
  return tools.live.get(ETCD_BACKUP, { namespace: schedule.metadata.namespace, name }, signal)
}

function withBackup(view: ScheduleView, backup: EtcdBackup): ScheduleView {
  return { ...view, backups: [...view.backups, backup] }
}

type Removal = { readonly kind: 'none' } | { readonly kind: 'removed' } | { readonly kind: 'refused'; readonly refusal: Problem }

/** An outdated retention removes nothing: the newer one may keep more. Backups are taken all the same. */
function setBack({ metadata: { generation } }: EtcdBackupSchedule, newestGeneration: number): Removal | undefined {
  if (generation >= newestGeneration) return undefined
  const message = `the API server shows generation ${generation} of this schedule, and generation ${newestGeneration} was seen before: the API server was set back, and spec.retention may be outdated. Backups are taken, and none is removed until you change the spec in any way`
  return { kind: 'refused', refusal: { reason: 'TimeTravel', message } }
}

/** Checks in the caches whether retention has a backup to remove, and removes it after live reads. */
async function removeOne(tools: Tools, { now, schedule, backups }: ScheduleView, signal: AbortSignal): Promise<Removal> {
  const { namespace } = schedule.metadata
  const restores = tools.caches.restores.list(namespace)
  const clusters = tools.caches.clusters.list(namespace)
  const expired = nextExpired({ now, schedule, backups, restores, clusters })
  if (expired === undefined) return { kind: 'none' }
  try {
    const event = backupRemoved(schedule, expired.metadata.name)
    const by = { identity: tools.identity, now, monotonicMs: () => tools.clock.monotonicMs() }
    const removed = await removeExpired(tools.live, schedule, event, by, signal)
    if (removed === undefined) return { kind: 'none' }
    tools.log.info({ schedule: keyOf(schedule), backup: removed.metadata.name, reason: 'RetentionExceeded' }, 'backup removed')
    recordEvent(tools, backupRemoved(schedule, removed.metadata.name))
    return { kind: 'removed' }
  } catch (error) {
    const refusal = refused(error, undefined)
    if (refusal === undefined) throw error
    tools.log.warn({ schedule: keyOf(schedule), backup: expired.metadata.name, refusal: refusal.message }, 'removal refused')
    return { kind: 'refused', refusal }
  }
}

/** Records an Event for missed runs, and for the reason that stops the schedule, once each, after the status was written. */
async function report(tools: Tools, view: ScheduleView, plan: SchedulePlan, signal: AbortSignal): Promise<void> {
  const { schedule } = view
  const written = await publishStatus(tools.kube, ETCD_BACKUP_SCHEDULE, schedule, scheduleStatusOf(view, plan), signal)
  tools.metrics.scheduleObserved(written ?? schedule, written === undefined ? 0 : plan.missed.length)
  if (written === undefined) return
  if (plan.problem !== undefined && plan.problem.reason !== stalledBy(schedule)) recordEvent(tools, scheduleStalled(schedule, plan.problem))
  if (plan.missed.length === 0) return
  tools.log.info({ schedule: keyOf(schedule), missed: plan.missed.length, reason: 'MissedRun' }, 'runs missed')
  recordEvent(tools, runsMissed(schedule, plan.missed))
}

/** The reason in the status why the schedule doesn't run; undefined while it runs. */
function stalledBy({ status }: EtcdBackupSchedule): string | undefined {
  return status?.conditions?.find((condition) => condition.type === 'Stalled' && condition.status === 'True')?.reason
}

/** A run that waits for the previous backup gets a pass when that backup ends, by a watch event, and when the run's deadline is over. */
function untilNext({ run, nextRun }: SchedulePlan, now: number): number {
  const due = run.kind === 'held' ? run.untilMs + 1 : nextRun
  return due === undefined ? maxMs : Math.min(maxMs, Math.max(1, due - now))
}
