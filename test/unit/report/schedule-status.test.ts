import { describe, expect, test } from 'vitest'
import type { EtcdBackupSchedule } from '../../../src/api/backups.ts'
import type { ScheduleView } from '../../../src/model/schedule/view.ts'
import { planSchedule } from '../../../src/plan/schedule/plan.ts'
import { scheduleStatusOf } from '../../../src/report/schedule-status.ts'
import { aBackupOf, anEtcdBackupSchedule, aScheduleView, at } from '../../builders/a-schedule.ts'

function statusAt(now: number, schedule: EtcdBackupSchedule, changes: Partial<ScheduleView> = {}) {
  const view = aScheduleView(now, { schedule, ...changes })
  return scheduleStatusOf(view, planSchedule(view))
}

const schedule = anEtcdBackupSchedule()
const before = { ...schedule, status: statusAt(at('09:05'), schedule) }

test('times in the status that are none, although the API server takes them for some, are written anew', () => {
  const none = '2026-11-21T09:00:00,5Z'
  const { promised, ...rest } = before.status
  const told = { ...schedule, status: { ...rest, nextScheduleTime: none, ...(promised && { promised: { ...promised, since: none } }) } }
  expect(statusAt(at('09:20'), told)).toMatchObject({
    nextScheduleTime: '2026-11-21T09:30:00Z',
    promised: { since: '2026-11-21T09:20:00Z' },
  })
})

describe('the status of a schedule', () => {
  test('promises the next run from the first pass on', () => {
    expect(before.status).toMatchObject({
      nextScheduleTime: '2026-11-21T09:15:00Z',
      handledUntil: '2026-11-21T09:05:00Z',
      active: [],
      missed: 0,
    })
    expect(before.status.conditions).toMatchObject([
      { type: 'Ready', status: 'True', reason: 'NotDueYet', observedGeneration: 1 },
      { type: 'Stalled', status: 'False', reason: 'Steady', observedGeneration: 1 },
      { type: 'BackedUp', status: 'Unknown', reason: 'NotDueYet', observedGeneration: 1 },
    ])
  })

  test('names the backup that is under way', () => {
    const backups = [aBackupOf(schedule, at('09:15'), { phase: 'Running' })]
    expect(statusAt(at('09:15:10'), before, { backups })).toMatchObject({
      lastScheduleTime: '2026-11-21T09:15:00Z',
      nextScheduleTime: '2026-11-21T09:30:00Z',
      active: ['often-20261121091500'],
    })
  })

  test('keeps the time of the last success when its backup is gone', () => {
    const backups = [aBackupOf(schedule, at('09:15'))]
    const done = { ...before, status: statusAt(at('09:16'), before, { backups }) }
    expect(done.status.lastSuccessTime).toBe('2026-11-21T09:15:05Z')
    expect(statusAt(at('09:17'), done).lastSuccessTime).toBe('2026-11-21T09:15:05Z')
  })

  test('is the stored one while nothing but the time has passed', () => {
    expect(statusAt(at('09:14'), before)).toBe(before.status)
  })

  test('is the stored one while a backup only grows older', () => {
    const rare = anEtcdBackupSchedule({ schedule: '0 3 * * *' })
    const backups = [aBackupOf(rare, at('03:00', '2026-11-23'), { created: at('03:00', '2026-11-23') })]
    const late = { ...rare, status: statusAt(at('05:00', '2026-11-24'), rare, { backups }) }
    expect(late.status.conditions?.[0]).toMatchObject({ reason: 'BackupOverdue' })
    expect(statusAt(at('09:00', '2026-11-24'), late, { backups })).toBe(late.status)
  })
})
