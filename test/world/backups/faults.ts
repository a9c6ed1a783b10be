import { isVerified } from '../../../src/model/backup/backups.ts'
import type { Transition } from '../search.ts'
import { fail, type StepName } from './agent.ts'
import { does, ended, killed, nameOf, withoutJob } from './kubernetes.ts'
import { nextRunDue } from './time.ts'
import { change, crashed } from './volume.ts'
import { aBackup, deleteBackup, isLiving, type Pod, type World, withBackup, withPod } from './world.ts'

export type FaultKind =
  | 'agent killed'
  | 'pod deleted'
  | 'machine lost'
  | 'volume full'
  | 'volume fails'
  | 'snapshot damaged'
  | 'snapshot interrupted'
  | 'claim deleted'
  | 'an hour without the operator'
  | 'slow'
  | 'backup deleted'
  | 'backup made again'
  | 'schedule deleted'
  | 'restore begins'
  | 'clock ahead'
  | 'clock behind'
  | 'clock right again'

/** What may go wrong, and what people may do; each costs one of the faults that are left. */
export function* faults(world: World, kinds: readonly FaultKind[]): Generator<Transition<World>> {
  if (world.faultsLeft === 0) return
  for (const kind of kinds)
    for (const [text, to] of happen(world, kind)) yield does(text, { ...to, faultsLeft: world.faultsLeft - 1 }, 'fault')
}

function* happen(world: World, kind: FaultKind): Generator<readonly [string, World]> {
  const living = world.pods.filter(isLiving)
  const { wishes } = world
  switch (kind) {
    case 'agent killed':
      for (const pod of living) yield [`${pod.uid} is killed`, killed(world, pod)]
      return
    case 'pod deleted':
      for (const pod of world.pods) yield [`${pod.uid} is deleted, with its message`, without(world, pod)]
      return
    case 'machine lost':
      yield* machineLost(world)
      return
    case 'volume full':
      for (const pod of living) if (isWriting(pod)) yield* failing(world, pod, 'VolumeFull')
      return
    case 'volume fails':
      for (const pod of living) yield* failing(world, pod, 'VolumeFailed')
      return
    case 'snapshot interrupted':
      for (const pod of living) if (isAt(pod, 'receives the snapshot')) yield* failing(world, pod, 'SnapshotInterrupted')
      return
    case 'snapshot damaged':
      for (const pod of living)
        if (isAt(pod, 'receives the snapshot')) yield ['another snapshot arrives than was sent', damaged(world, pod)]
      return
    case 'claim deleted':
      if (world.volume?.deleting === false) yield ['somebody deletes the claim', { ...world, volume: { ...world.volume, deleting: true } }]
      return
    case 'an hour without the operator':
      yield* expire(world)
      return
    case 'slow': {
      // No call takes that long.
      const next = world.pending === undefined ? nextRunDue(world) : undefined
      if (next !== undefined) yield ['all this is slow: the next run is due', next]
      return
    }
    case 'backup deleted':
      for (const backup of wishes.backups)
        if (backup.metadata.deletionTimestamp === undefined)
          yield [`somebody deletes ${nameOf(backup)}`, deleteBackup(world, backup.metadata.uid)]
      return
    case 'backup made again':
      for (const deletionPolicy of ['Delete', 'Retain'] as const)
        if (wishes.backups.length === 0)
          yield [`somebody makes b1 again (${deletionPolicy})`, withBackup(world, aBackup('b1', deletionPolicy))]
      return
    case 'schedule deleted':
      if (wishes.schedule !== undefined) yield ['somebody deletes the schedule', { ...world, wishes: { ...wishes, schedule: undefined } }]
      return
    case 'restore begins':
      for (const backup of wishes.backups)
        if (isVerified(backup) && backup.metadata.deletionTimestamp === undefined && wishes.reading === undefined)
          yield [`a restore begins to read ${nameOf(backup)}`, { ...world, wishes: { ...wishes, reading: backup } }]
      return
    case 'clock ahead':
      if (wishes.aheadMs === 0) yield ["the operator's clock goes 20 minutes ahead", withClock(world, 20)]
      return
    case 'clock behind':
      if (wishes.aheadMs === 0) yield ["the operator's clock falls 20 minutes behind", withClock(world, -20)]
      return
    case 'clock right again':
      if (wishes.aheadMs !== 0) yield ["the operator's clock is right again", withClock(world, 0)]
      return
  }
}

/** Its pods end without a word, and what was not synced may be lost. */
function* machineLost(world: World): Generator<readonly [string, World]> {
  if (world.volume === undefined || !world.pods.some(isLiving)) return
  const ended = { ...world, pods: world.pods.map((pod) => (isLiving(pod) ? { ...pod, process: undefined, exitCode: 137 } : pod)) }
  for (const volume of crashed(world.volume))
    yield [`the machine is lost; left on the volume: ${Object.keys(volume.names).join(', ') || 'nothing'}`, { ...ended, volume }]
}

/** What has ended is cleared away before anybody has looked. */
function* expire(world: World): Generator<readonly [string, World]> {
  const over = world.jobs.filter((job) => job.state !== 'running')
  const hourLater = { ...world, wishes: { ...world.wishes, now: world.wishes.now + 61 * 60_000 } }
  if (over.length > 0) yield ['an hour goes by without the operator', over.reduce(withoutJob, hourLater)]
}

function* failing(
  world: World,
  pod: Pod,
  reason: 'VolumeFull' | 'VolumeFailed' | 'SnapshotInterrupted',
): Generator<readonly [string, World]> {
  if (pod.process === undefined || world.volume === undefined) return
  const failure = fail(pod.process, world.volume, reason)
  if (failure.kind === 'ends') yield [`${pod.uid} ${pod.process.at}: ${reason}`, ended({ ...world, volume: failure.volume }, pod, failure)]
}

function damaged(world: World, pod: Pod): World {
  const volume = world.volume && change(world.volume, pod.process?.ours ?? -1, { content: 'damaged' })
  return { ...withPod(world, { ...pod, process: pod.process && { ...pod.process, at: 'syncs the .part' } }), volume }
}

function without(world: World, pod: Pod): World {
  return { ...world, pods: world.pods.filter((other) => other !== pod) }
}

function withClock(world: World, minutes: number): World {
  return { ...world, wishes: { ...world.wishes, aheadMs: minutes * 60_000 } }
}

function isAt({ process }: Pod, at: StepName): boolean {
  return process?.at === at
}

function isWriting(pod: Pod): boolean {
  return (['creates the .part', 'receives the snapshot', 'creates the draft', 'writes the draft'] as const).some((at) => isAt(pod, at))
}
