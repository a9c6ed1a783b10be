import type { EtcdBackup, EtcdBackupScheduleStatus } from '../../../src/api/backups.ts'
import { type BackupView, timeLeftMs } from '../../../src/model/backup/view.ts'
import { backupJobName, deletionJobName } from '../../../src/model/names.ts'
import type { ScheduleView } from '../../../src/model/schedule/view.ts'
import { planBackup } from '../../../src/plan/backup/plan.ts'
import type { BackupDecision, BackupStep } from '../../../src/plan/backup/step.ts'
import { planSchedule, type SchedulePlan } from '../../../src/plan/schedule/plan.ts'
import { nextExpired, type RetentionView } from '../../../src/plan/schedule/retention.ts'
import { backupStatusOf } from '../../../src/report/backup-status.ts'
import { scheduleStatusOf } from '../../../src/report/schedule-status.ts'
import { oncePer } from '../once-per.ts'
import type { Transition } from '../search.ts'
import { type Call, type Guarantees, land, type NewJob } from './calls.ts'
import { nameOf } from './kubernetes.ts'
import { backupViewOf, retentionViewOf, scheduleViewOf } from './view-of.ts'
import { backupByUid, type Job, type Wishes, type World } from './world.ts'

/** What is put to the test. */
export interface Plans {
  readonly backup: (view: BackupView) => BackupDecision
  readonly schedule: (view: ScheduleView) => SchedulePlan
  readonly retention: (view: RetentionView) => EtcdBackup | undefined
}

export const plans: Plans = { backup: planBackup, schedule: planSchedule, retention: nextExpired }

interface Wanted {
  readonly call: Call
  readonly text: string
}

/**
 * The calls that passes would make now, one at a time. That a call is lost, or that the operator dies before or after it, is no
 * other world than one in which somebody else acts next: nothing is remembered between calls. `lateCall`: one of them lands
 * late, when anything may have happened since the look that it was decided on, passes of another operator too.
 */
export function* operator(
  world: World,
  wanted: readonly Wanted[],
  guarantees: Guarantees,
  lateCall: boolean,
): Generator<Transition<World>> {
  for (const { call, text } of wanted) {
    yield { kind: 'operator', text: `operator: ${text}`, ...land(world, call, guarantees) }
    if (lateCall && world.pending === undefined && world.faultsLeft > 0) {
      const to = { ...world, pending: { call, text }, faultsLeft: world.faultsLeft - 1 }
      yield { kind: 'fault', text: `operator: is slow to ${text}`, to, violations: [] }
    }
  }
  if (world.pending === undefined) return
  const { call, text } = world.pending
  const rest = { ...world, pending: undefined }
  if (!isTooLate(world, call)) yield { kind: 'fault', text: `the slow call lands: ${text}`, ...land(rest, call, guarantees, true) }
  yield { kind: 'fault', text: `the slow call never leaves: ${text}`, to: rest, violations: [] }
}

/**
 * A Job that is made for a backup after somebody has begun to remove its file may leave another one behind: the API server
 * knows no precondition against that, and it takes a request that lasts longer than a removal.
 */
function isTooLate(world: World, call: Call): boolean {
  if (call.do !== 'create Job' || call.job.task !== 'backup') return false
  const backup = backupByUid(world, call.job.owner.uid)
  return backup === undefined || backup.metadata.deletionTimestamp !== undefined
}

export function callsOf(world: World, given: Plans): readonly Wanted[] {
  return [...world.wishes.backups.flatMap((backup) => ofBackup(world, backup, given)), ...ofSchedule(world.wishes, given)]
}

/** As controllers/backup.ts does it. */
function ofBackup(world: World, backup: EtcdBackup, { backup: plan }: Plans): readonly Wanted[] {
  const view = backupViewOf(world, backup)
  const decision = plan(view)
  if (decision.kind === 'steady') return []
  if (decision.kind === 'step')
    return [{ call: callFor(view, decision.step), text: `${decision.step.do} for ${nameOf(backup)}: ${decision.message}` }]
  const status = backupStatusOf(view, decision)
  if (JSON.stringify(status) === JSON.stringify(backup.status)) return []
  const { uid, resourceVersion: seen } = backup.metadata
  const what = decision.kind === 'complete' ? 'complete' : `${decision.kind} ${decision.reason}`
  return [
    { call: { do: 'write backup status', uid, status, seen }, text: `write the status of ${nameOf(backup)}: ${status.phase} (${what})` },
  ]
}

function callFor(view: BackupView, step: BackupStep): Call {
  const { name, uid, resourceVersion: seen } = view.backup.metadata
  switch (step.do) {
    case 'AddFinalizer':
      return { do: 'add finalizer', uid, seen }
    case 'RemoveFinalizer':
      return { do: 'remove finalizer', uid, seen }
    case 'CreateBackupJob':
      return { do: 'create Job', job: aJob(view, 'backup', backupJobName(name), timeLeftMs(view)) }
    case 'CreateDeletionJob':
      return { do: 'create Job', job: aJob(view, 'delete', deletionJobName(name), 600_000) }
    case 'DeleteJob':
      return { do: 'delete Job', uid: step.uid }
  }
}

function aJob({ backup }: BackupView, task: Job['task'], name: string, leftMs: number): NewJob {
  const owner = { name: backup.metadata.name, uid: backup.metadata.uid }
  const lastsMs = Math.max(1000, leftMs)
  return { name, task, owner, state: 'running', failure: undefined, endedAt: undefined, lastsMs, triesLeft: 1, deleting: false }
}

/** As controllers/schedule.ts does it: one call, the first that it would make. */
function ofSchedule(wishes: Wishes, given: Plans): readonly Wanted[] {
  const thought = think(given)(wishes)
  switch (thought.kind) {
    case 'create':
      return [{ call: { do: 'create EtcdBackup', name: thought.name, time: thought.time }, text: `create ${thought.name}` }]
    case 'remove':
      return wishes.backups
        .filter(({ metadata }) => metadata.name === thought.name)
        .map((expired) => ({ call: deletionOf(expired), text: `remove ${nameOf(expired)}, which expired` }))
    case 'write': {
      const { status } = thought
      const seen = wishes.schedule?.metadata.resourceVersion ?? ''
      return [{ call: { do: 'write schedule status', status, seen }, text: `write the schedule's status: missed ${status.missed}` }]
    }
    case 'nothing':
      return []
  }
}

function deletionOf({ metadata: { uid, resourceVersion } }: EtcdBackup): Call {
  return { do: 'delete EtcdBackup', uid, seen: resourceVersion }
}

type Thought =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'create'; readonly name: string; readonly time: number }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'write'; readonly status: EtcdBackupScheduleStatus }

/** Looking at cron tables takes time: once for all that say the same. */
const think = oncePer((given: Plans) => {
  const thoughts = new Map<string, Thought>()
  return oncePer((wishes: Wishes): Thought => {
    if (wishes.schedule === undefined) return { kind: 'nothing' }
    const key = JSON.stringify([
      wishes.now,
      wishes.aheadMs,
      wishes.schedule.status,
      wishes.backups.map(inShort),
      wishes.reading?.metadata.name,
    ])
    const thought = thoughts.get(key) ?? thoughtOf(wishes, given)
    thoughts.set(key, thought)
    return thought
  })
})

/** All of an EtcdBackup that a schedule looks at, and more. */
function inShort({ metadata: { name, labels, creationTimestamp, deletionTimestamp }, status }: EtcdBackup): readonly unknown[] {
  return [name, labels, creationTimestamp, deletionTimestamp !== undefined, status?.phase, status?.startTime]
}

function thoughtOf(wishes: Wishes, { schedule: plan, retention }: Plans): Thought {
  const [view, removal] = [scheduleViewOf(wishes), retentionViewOf(wishes)]
  if (view === undefined || removal === undefined) return { kind: 'nothing' }
  const planned = plan(view)
  if (planned.run.kind === 'create') return planned.run
  const expired = retention({ ...removal, now: view.now }) && retention(removal)
  if (expired !== undefined) return { kind: 'remove', name: expired.metadata.name }
  const status = scheduleStatusOf(view, planned)
  const isWritten = JSON.stringify(status) === JSON.stringify(view.schedule.status)
  return isWritten ? { kind: 'nothing' } : { kind: 'write', status }
}
