import { expect, test } from 'vitest'
import type { AgentRun } from '../../../src/model/agent/run.ts'
import { clearJobInMs } from '../../../src/plan/clear-job.ts'
import { aBackup, aRun } from '../../builders/a-backup.ts'

const { now } = aBackup()
const minutesAgo = (minutes: number) => aRun({ state: 'succeeded', endedAt: now - minutes * 60_000 }).job

test.each<[string, AgentRun['job'], number | undefined]>([
  ['has just ended stays for ten minutes', minutesAgo(0), 600_000],
  ['ended a while ago stays for what is left of them', minutesAgo(7), 180_000],
  ['has failed does so too', aRun({ state: 'failed', endedAt: now }).job, 600_000],
  ['ended long ago goes now', minutesAgo(60), 0],
  ['still runs gets a moment to end', aRun().job, 40_000],
  [
    'is going is left alone',
    aBackup()
      .working({ ...aRun(), job: minutesAgo(60) })
      .jobGoing().work.job,
    undefined,
  ],
  ['is an earlier backup’s is left alone', { state: 'earlier', uid: 'x' }, undefined],
  ['is somebody else’s is left alone', { state: 'foreign', uid: 'x' }, undefined],
])('a Job that %s', (_, job, leftMs) => {
  expect(clearJobInMs(job, now - 20_000, now)).toBe(leftMs)
})

test('a Job that a container of somebody else keeps running for longer goes now', () => {
  expect(clearJobInMs(aRun().job, now - 61_000, now)).toBe(0)
})
