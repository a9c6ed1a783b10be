import { describe, expect, test } from 'vitest'
import type { ScheduleFacts } from '../../../../src/model/cluster/backups.ts'
import { backedUp } from '../../../../src/report/cluster/backed-up.ts'

const storage = { volume: { claimName: 'backups' } }
const schedule = (name: string, backedUp: ScheduleFacts['backedUp'], suspended = false): ScheduleFacts => ({
  name,
  suspended,
  storage,
  backedUp,
})
const kept = schedule('kept', { status: 'True', reason: 'AsPromised', message: 'newest' })
const overdue = schedule('overdue', { status: 'False', reason: 'BackupOverdue', message: '3 h old' })
const early = schedule('early', { status: 'Unknown', reason: 'NotDueYet', message: 'later' })
const resting = schedule('resting', { status: 'False', reason: 'Suspended', message: '' }, true)

describe('a cluster is backed up', () => {
  test.each<[string, readonly ScheduleFacts[], string, string]>([
    ['not without a schedule', [], 'False', 'NoSchedule'],
    ['when its schedule keeps its promise', [kept], 'True', 'AsPromised'],
    ['not when one of its schedules breaks it', [kept, overdue, early], 'False', 'BackupOverdue'],
    ['when one keeps it and another one has not begun', [early, kept], 'True', 'AsPromised'],
    ['perhaps, before the first run', [early], 'Unknown', 'NotDueYet'],
    ['perhaps, before the first pass', [{ ...early, backedUp: undefined }], 'Unknown', 'NotDueYet'],
    ['not when all its schedules are suspended', [resting], 'False', 'ScheduleSuspended'],
    ['when another schedule is suspended', [resting, kept], 'True', 'AsPromised'],
    ['perhaps, when a schedule goes on just now', [{ ...resting, suspended: false }], 'Unknown', 'NotDueYet'],
    [
      'not when its schedule can’t be read',
      [{ ...overdue, backedUp: { status: 'False', reason: 'InvalidSpec', message: '' } }],
      'False',
      'InvalidSpec',
    ],
  ])('%s', (_, schedules, status, reason) => {
    expect(backedUp({ newest: undefined, running: [], phases: new Map(), schedules })).toMatchObject({ status, reason })
  })

  test('in the words of the schedule that tells', () => {
    expect(backedUp({ newest: undefined, running: [], phases: new Map(), schedules: [kept, overdue] }).message).toBe('overdue: 3 h old')
  })
})
