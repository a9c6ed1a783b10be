import { storedBackupFinalizer } from '../../../src/api/labels.ts'
import { startedAt } from '../../../src/model/backup/view.ts'
import { nextRun } from '../../../src/model/schedule/cron.ts'
import { isTerminal } from '../../../src/model/terminal.ts'
import type { Transition } from '../search.ts'
import { clearedAt, does } from './kubernetes.ts'
import { operatorsClock, runTimesOf, type World } from './world.ts'

/** After a day without runs the schedule's year is over. */
const dayMs = 24 * 60 * 60_000
/** As plan/backup/remove-file.ts waits before it tries again, and spec.startingDeadline and spec.timeout of the objects here. */
const [againMs, startingMs, timeoutMs] = [120_000, 600_000, 1_800_000]

/** Minutes pass when nothing else happens by itself. */
export function* time(world: World): Generator<Transition<World>> {
  const now = operatorsClock(world.wishes)
  const moments = [...runs(world, now), ...deadlines(world)].filter((moment) => moment > now)
  if (moments.length > 0) yield does(`it is ${say(Math.min(...moments))} for the operator`, passTo(world, Math.min(...moments)), 'time')
}

/** The next run is due, although not all is done that could be. */
export function nextRunDue(world: World): World | undefined {
  const [next] = runs(world, operatorsClock(world.wishes))
  return next === undefined ? undefined : passTo(world, next)
}

function passTo(world: World, moment: number): World {
  return { ...world, wishes: { ...world.wishes, now: moment - world.wishes.aheadMs } }
}

function say(moment: number): string {
  return new Date(moment).toISOString().slice(11, 19)
}

function runs({ wishes: { schedule } }: World, now: number): readonly number[] {
  const next = schedule && nextRun(schedule.spec, now)
  return next !== undefined && next - now < dayMs ? [next] : []
}

function* deadlines({ wishes, jobs }: World): Generator<number> {
  for (const backup of wishes.backups) {
    const isLeaving = backup.metadata.finalizers?.includes(storedBackupFinalizer) && backup.metadata.deletionTimestamp !== undefined
    if (!isTerminal(backup) && !isLeaving) yield startedAt({ backup, now: operatorsClock(wishes) }) + timeoutMs
  }
  for (const job of jobs) {
    yield wishes.aheadMs + (job.state === 'running' ? job.deadline : clearedAt(job))
    if (job.task === 'delete' && job.endedAt !== undefined) yield job.endedAt + againMs
  }
  if (wishes.schedule !== undefined) for (const run of runTimesOf(wishes.schedule)) yield run + startingMs + 1000
}
