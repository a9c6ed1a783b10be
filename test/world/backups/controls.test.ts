import { expect, test } from 'vitest'
import { backupJobName } from '../../../src/model/names.ts'
import { isTerminal } from '../../../src/model/terminal.ts'
import { planBackup } from '../../../src/plan/backup/plan.ts'
import { planSchedule } from '../../../src/plan/schedule/plan.ts'
import { backedUp } from '../../builders/a-backup.ts'
import { move } from './agent.ts'
import { asKubernetesDoes } from './calls.ts'
import { type Exploration, explore } from './explore.ts'
import { type Agent, atOnce, stepwise } from './kubernetes.ts'
import type { Plans } from './operator.ts'
import { pathsOf } from './volume.ts'
import { aScheduledWorld, aWorldWithBackup, withForeignFile } from './world.ts'

/** What is wrong on purpose: the exploration must find each of them out, or its silence means nothing. */

test('an agent that doesn’t read back what it stored is found out', () => {
  const agent: Agent = {
    ...stepwise,
    move: (process, volume) => move(process.at === 'reads it back' ? { ...process, at: 'removes an old draft' } : process, volume),
  }
  expect(exploring({ agent, faults: ['snapshot damaged'] })).toThrow(
    /b1 is Completed, and its file or its manifest is not whole and durable/,
  )
})

test.each([
  ['the .part', 'syncs the .part', 'reads it back'],
  ['the names', 'syncs the folder again', 'reports'],
] as const)('an agent that doesn’t sync %s is found out', (_, step, next) => {
  const agent: Agent = { ...stepwise, move: (process, volume) => move(process.at === step ? { ...process, at: next } : process, volume) }
  expect(exploring({ agent })).toThrow(/b1 is Completed, and its file or its manifest is not whole and durable/)
})

test('a plan that completes a backup because its Job runs is found out', () => {
  const backup: Plans['backup'] = (view) =>
    view.work.job.state === 'ours' && view.work.job.value.ready && !isTerminal(view.backup)
      ? { kind: 'complete', result: backedUp }
      : planBackup(view)
  expect(exploring({ plans: { backup } })).toThrow(/b1 is Completed, and its file or its manifest is not whole and durable/)
})

test('a phase that is written without comparing versions is found out', () => {
  const guarantees = { ...asKubernetesDoes, comparesVersions: false }
  expect(exploring({ guarantees, lateCall: true })).toThrow(/b1 was (Completed|Failed) and became/)
})

test('an agent that deletes by path alone is found out', () => {
  const agent: Agent = {
    ...stepwise,
    move: (process, volume) =>
      process.at === 'looks what is its own'
        ? { kind: 'goes-on', volume, process: { ...process, at: 'removes', toRemove: Object.values(pathsOf(process.backup)) } }
        : move(process, volume),
  }
  const from = [withForeignFile(aWorldWithBackup('Delete'), 'b1')]
  expect(exploring({ from, agent, faults: ['backup deleted'] })).toThrow(/b1.db, which somebody else wrote, was taken away/)
})

test('a Job that is made again while one runs is found out', () => {
  const backup: Plans['backup'] = (view) => {
    const { job } = view.work
    if (job.state !== 'ours' || !job.value.ready) return planBackup(view)
    return { kind: 'step', reason: 'BackingUp', message: 'again', step: { do: 'DeleteJob', name: backupJobName('b1'), uid: job.uid } }
  }
  const guarantees = { ...asKubernetesDoes, deletesInForeground: false }
  expect(exploring({ plans: { backup }, guarantees })).toThrow(/two agents write the files of b1, b1 at once/)
})

test('a plan that lets a backup go because it sees no Job is found out', () => {
  const backup: Plans['backup'] = (view) => {
    const isUnknown = view.work.job.state === 'absent' && view.removal.job.state === 'absent' && view.backup.status?.phase === 'Pending'
    const isLeaving = view.backup.metadata.deletionTimestamp !== undefined
    if (!isUnknown || !isLeaving || view.writers.length > 0) return planBackup(view)
    return { kind: 'step', reason: 'DeletingBackup', message: 'nothing was stored', step: { do: 'RemoveFinalizer' } }
  }
  expect(exploring({ plans: { backup }, faults: ['backup deleted'] })).toThrow(/b1 was let go, and its file is still there/)
})

test('a plan that removes a file while it is read is found out', () => {
  const backup: Plans['backup'] = (view) => planBackup({ ...view, readers: [] })
  const from = [aWorldWithBackup('Delete', { faultsLeft: 2 })]
  expect(exploring({ from, plans: { backup }, faults: ['restore begins', 'backup deleted'] })).toThrow(
    /the file of b1 is gone while a restore reads it/,
  )
})

test('a plan that never gives up is found out', () => {
  const backup: Plans['backup'] = (view) => {
    const decision = planBackup(view)
    return decision.kind === 'fail' ? { kind: 'steady' } : decision
  }
  expect(exploring({ plans: { backup }, faults: ['volume full'] })).toThrow(/b1 has not ended/)
})

test('a plan that tries again and again is found out', () => {
  const backup: Plans['backup'] = (view) => {
    const decision = planBackup(view)
    if (decision.kind !== 'complete' || view.work.job.state !== 'ours') return decision
    return {
      kind: 'step',
      reason: 'BackingUp',
      message: 'again',
      step: { do: 'DeleteJob', name: backupJobName('b1'), uid: view.work.job.uid },
    }
  }
  expect(exploring({ plans: { backup } })).toThrow(/goes round for ever/)
})

test('a retention that only counts is found out', () => {
  const retention: Plans['retention'] = ({ backups }) => backups.filter(isTerminal).toReversed()[1]
  expect(scheduling({ plans: { retention }, faults: ['claim deleted'] })).toThrow(/the newest verified backup, was removed/)
})

test('names that are counted are found out', () => {
  const schedule: Plans['schedule'] = (view) => {
    const plan = planSchedule(view)
    return plan.run.kind === 'create' ? { ...plan, run: { ...plan.run, name: `often-${view.backups.length + 1}` } } : plan
  }
  expect(scheduling({ plans: { schedule } })).toThrow(/the run of often-1 was made twice/)
})

test('runs that overlap are found out', () => {
  const schedule: Plans['schedule'] = (view) => planSchedule({ ...view, backups: view.backups.filter(isTerminal) })
  expect(scheduling({ plans: { schedule }, faults: ['slow'] })).toThrow(/of one schedule are under way at once/)
})

test('a schedule that doesn’t count what it missed is found out', () => {
  const schedule: Plans['schedule'] = (view) => ({ ...planSchedule(view), missed: [] })
  expect(scheduling({ plans: { schedule }, faults: ['an hour without the operator'] })).toThrow(
    /of 2 runs 1 were made, and 0 are counted as missed/,
  )
})

function exploring(exploration: Partial<Exploration>): () => void {
  return () => explore({ from: [aWorldWithBackup('Delete')], ...exploration })
}

function scheduling(exploration: Partial<Exploration>): () => void {
  return () => explore({ from: [aScheduledWorld(2)], agent: atOnce, ...exploration })
}
