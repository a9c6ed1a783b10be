import { expect, test } from 'vitest'
import type { AgentRun } from '../../../../src/model/agent/run.ts'
import { clearJobInMs } from '../../../../src/plan/backup/clear-job.ts'
import { aBackup, aRun } from '../../../builders/a-backup.ts'

const { now } = aBackup()
const minutesAgo = (minutes: number) => aRun({ state: 'succeeded', endedAt: now - minutes * 60_000 }).job

test.each<[string, AgentRun['job'], number | undefined]>([
  ['has just ended stays for ten minutes', minutesAgo(0), 600_000],
  ['ended a while ago stays for what is left of them', minutesAgo(7), 180_000],
  ['has failed does so too', aRun({ state: 'failed', endedAt: now }).job, 600_000],
  ['ended long ago goes now', minutesAgo(60), 0],
  ['runs, although its backup was given up, is left to Kubernetes', aRun().job, undefined],
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
  expect(clearJobInMs(job, now)).toBe(leftMs)
})
