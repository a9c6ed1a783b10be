import { exitCodeOf } from '../../../src/agent/run.ts'
import type { EtcdBackup } from '../../../src/api/backups.ts'
import type { Transition } from '../search.ts'
import { type Moved, move, type Process, startBackup, startRemoval } from './agent.ts'
import { brokenByAgent } from './invariants.ts'
import type { Volume } from './volume.ts'
import { isLiving, type Job, type Pod, podsOf, type World, withJob, withPod } from './world.ts'

export interface Agent {
  /** Its next step. */
  readonly move: (process: Process, volume: Volume) => Moved
  /** A pod does all its work at the moment when it is made: what may come in between is explored with one backup alone. */
  readonly atOnce: boolean
}

export const stepwise: Agent = { move, atOnce: false }
export const atOnce: Agent = { move, atOnce: true }

/** How long a Job stays after its end, whoever clears it away: Kubernetes (objects/jobs/backup-job.ts), or the operator (plan/backup/clear-job.ts). */
const keptMs = { backup: 3_600_000, delete: 30_000 } as const

/** When Kubernetes clears a Job away. */
export function clearedAt({ task, endedAt }: Job): number {
  return endedAt === undefined ? Number.POSITIVE_INFINITY : endedAt + keptMs[task]
}

/** What happens without the operator, and without a fault. */
export function* kubernetes(world: World, agent: Agent): Generator<Transition<World>> {
  for (const pod of world.pods) if (isLiving(pod)) yield moved(world, pod, agent)
  for (const job of world.jobs) yield* jobController(world, job, agent)
  yield* orphans(world)
  if (world.wishes.reading !== undefined) yield does('the restore ends', { ...world, wishes: { ...world.wishes, reading: undefined } })
  if (world.volume?.deleting && !world.pods.some(isLiving)) yield does('the volume is gone', { ...world, volume: undefined })
}

function moved(world: World, pod: Pod, { move: step, atOnce: isOneStroke }: Agent): Transition<World> {
  let [process, volume] = [pod.process, world.volume]
  const violations: string[] = []
  const steps: string[] = []
  while (process !== undefined && volume !== undefined) {
    const next = step(process, volume)
    steps.push(process.at)
    violations.push(...brokenByAgent(process, volume, next.volume))
    volume = next.volume
    if (next.kind === 'ends')
      return {
        kind: 'progress',
        text: `${sayPod(pod)} ${steps.join(', ')}: ${sayResult(next)}`,
        to: ended({ ...world, volume }, pod, next),
        violations,
      }
    process = next.process
    if (!isOneStroke) break
  }
  const to = { ...withPod(world, { ...pod, process }), volume }
  return { kind: 'progress', text: `${sayPod(pod)} ${steps.join(', ')}`, to, violations }
}

/** The agent's last word. */
export function ended(world: World, pod: Pod, { result }: Extract<Moved, { kind: 'ends' }>): World {
  return withPod(world, { ...pod, process: undefined, result, exitCode: exitCodeOf(result) })
}

/** Without a last word. */
export function killed(world: World, pod: Pod): World {
  return withPod(world, { ...pod, process: undefined, exitCode: 137 })
}

function* jobController(world: World, job: Job, agent: Agent): Generator<Transition<World>> {
  const pods = podsOf(world, job)
  const living = pods.find(isLiving)
  if (job.deleting) {
    yield living === undefined
      ? does(`${sayJob(job)} is gone`, withoutJob(world, job))
      : does(`${sayPod(living)} is ended with its Job`, killed(world, living))
    return
  }
  if (job.task === 'backup' && !world.wishes.backups.some(({ metadata }) => metadata.uid === job.owner.uid)) {
    yield does(`${sayJob(job)} goes with its owner`, withJob(world, { ...job, deleting: true }))
    return
  }
  if (job.state !== 'running') {
    if (world.wishes.now >= clearedAt(job)) yield does(`${sayJob(job)} is cleared away`, withoutJob(world, job))
    return
  }
  if (world.wishes.now >= job.deadline) {
    yield living === undefined
      ? does(`${sayJob(job)} is out of time`, endJob(world, job, 'DeadlineExceeded'))
      : does(`${sayPod(living)} is out of time`, killed(world, living))
  } else if (living === undefined) {
    yield* after(world, job, pods, agent)
  }
}

/** The next pod is made when the last one has ended. */
function* after(world: World, job: Job, pods: readonly Pod[], agent: Agent): Generator<Transition<World>> {
  const last = pods.find((pod) => !pod.counted)
  if (last === undefined) {
    // A pod whose claim is going or gone is never scheduled.
    if (world.volume?.deleting === false) yield makePod(world, job, agent)
    return
  }
  const counted = withPod(world, { ...last, counted: true })
  if (last.exitCode === 0) yield does(`${sayJob(job)} has succeeded`, endJob(counted, job))
  else if (last.exitCode === 3) yield does(`${sayJob(job)} has failed`, endJob(counted, job, 'PodFailurePolicy'))
  else if (job.triesLeft > 0) yield does(`${sayJob(job)} tries again`, withJob(counted, { ...job, triesLeft: job.triesLeft - 1 }))
  else yield does(`${sayJob(job)} gives up`, endJob(counted, job, 'BackoffLimitExceeded'))
}

function endJob(world: World, job: Job, failure?: Job['failure']): World {
  const state = failure === undefined ? 'succeeded' : 'failed'
  return withJob(world, { ...job, state, failure, endedAt: world.wishes.now })
}

function makePod(world: World, job: Job, agent: Agent): Transition<World> {
  const pod = newPod(world, job)
  const made = { ...world, pods: [...world.pods, pod], serial: world.serial + 1 }
  return agent.atOnce ? moved(made, pod, agent) : does(`${sayJob(job)} makes ${pod.uid}`, made)
}

function newPod(world: World, { uid, task, owner }: Job): Pod {
  const process = task === 'backup' ? startBackup(owner.uid, owner.name) : startRemoval(owner.uid, owner.name)
  return { uid: `p${world.serial}`, job: uid, task, owner, process, result: undefined, exitCode: undefined, counted: false }
}

export function withoutJob(world: World, job: Job): World {
  return { ...world, jobs: world.jobs.filter((other) => other !== job), pods: world.pods.filter((pod) => pod.job !== job.uid) }
}

/** The garbage collector takes them. */
function* orphans(world: World): Generator<Transition<World>> {
  for (const pod of world.pods)
    if (!world.jobs.some(({ uid }) => uid === pod.job))
      yield does(`${sayPod(pod)} goes, its Job is gone`, { ...world, pods: world.pods.filter((other) => other !== pod) })
}

export function does(text: string, to: World, kind: Transition<World>['kind'] = 'progress'): Transition<World> {
  return { kind, text, to, violations: [] }
}

function sayJob({ name, uid }: Job): string {
  return `Job ${name} (${uid})`
}

function sayPod({ owner, task, uid }: Pod): string {
  return `${owner.name}-${task} (${uid})`
}

function sayResult({ result }: Extract<Moved, { kind: 'ends' }>): string {
  return result.result === 'Failed' ? result.reason : result.result
}

export function nameOf({ metadata }: EtcdBackup): string {
  return `${metadata.name} (${metadata.uid})`
}
