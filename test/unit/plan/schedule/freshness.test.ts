import { describe, expect, test } from 'vitest'
import type { EtcdBackup, EtcdBackupScheduleStatus } from '../../../../src/api/backups.ts'
import { freshnessOf } from '../../../../src/plan/schedule/freshness.ts'
import { planSchedule } from '../../../../src/plan/schedule/plan.ts'
import { scheduleStatusOf } from '../../../../src/report/schedule-status.ts'
import { aBackupOf, anEtcdBackupSchedule, aScheduleView, at } from '../../../builders/a-schedule.ts'

const hourly = anEtcdBackupSchedule({ schedule: '0 * * * *' })
const fresh = (now: number, ...backups: readonly EtcdBackup[]) => freshnessOf(aScheduleView(now, { schedule: hourly, backups }))

describe('the promise of a schedule', () => {
  test('is not due before its first run', () => {
    expect(fresh(at('09:59')).kind).toBe('not-due')
  })

  test('is not due while its first run may be under way', () => {
    expect(fresh(at('10:40')).kind).toBe('not-due')
    expect(fresh(at('10:41'))).toMatchObject({ kind: 'overdue', newest: undefined, promised: at('10:00') })
  })

  test('is broken when its first run has failed', () => {
    expect(fresh(at('10:01'), aBackupOf(hourly, at('10:00'), { phase: 'Failed' }))).toMatchObject({ kind: 'overdue' })
  })

  test('is kept by the backup of the run before, until the last one has had its time', () => {
    const before = aBackupOf(hourly, at('12:00'))
    expect(fresh(at('13:39'), before)).toMatchObject({ kind: 'fresh', newest: before })
    expect(fresh(at('13:41'), before)).toMatchObject({ kind: 'overdue', newest: before, promised: at('13:00') })
  })

  test.each([
    ['its times were changed', { schedule: '0 0 * * SAT' }],
    ['its time zone was changed', { timeZone: 'Asia/Kolkata' }],
    ['it was given to this cluster', { cluster: 'other' }],
  ])('counts from the next run on when %s', (_, before) => {
    const promised = { cluster: 'demo', schedule: '0 * * * *', timeZone: 'Etc/UTC', ...before, since: '2026-11-21T09:00:00Z' }
    expectNoneBefore('15:00', { handledUntil: '2026-11-21T13:40:00Z', nextScheduleTime: '2026-11-28T00:00:00Z', promised })
  })

  test('counts from the next run on when it goes on after a rest', () => {
    expectNoneBefore('15:00', { handledUntil: '2026-11-21T10:00:00Z' })
  })

  /** A change that was seen at 14:01. */
  function expectNoneBefore(run: string, status: EtcdBackupScheduleStatus): void {
    const old = aBackupOf(hourly, at('09:00'))
    const view = aScheduleView(at('14:01'), { schedule: { ...hourly, status }, backups: [old] })
    expect(freshnessOf(view).kind).toBe('not-due')
    const schedule = { ...hourly, status: scheduleStatusOf(view, planSchedule(view)) }
    expect(freshnessOf(aScheduleView(at('14:59'), { schedule, backups: [old] })).kind).toBe('not-due')
    expect(freshnessOf(aScheduleView(at('15:41'), { schedule, backups: [old] }))).toMatchObject({ kind: 'overdue', promised: at(run) })
  }

  test('is kept by a backup that was made by hand', () => {
    expect(fresh(at('13:45'), aBackupOf(hourly, at('13:20'), { name: 'by-hand', labels: {} })).kind).toBe('fresh')
  })

  test.each([
    ['has failed', { phase: 'Failed' as const }],
    ['is under way', { phase: 'Running' as const }],
    ['was not verified', { verified: 'Failed' as const }],
    ['is of an earlier cluster of this name', { clusterID: 'earlier' }],
  ])('is not kept by one that %s', (_, wish) => {
    expect(fresh(at('13:45'), aBackupOf(hourly, at('13:00'), wish))).toMatchObject({ kind: 'overdue', newest: undefined })
  })
})
