import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EtcdBackup, EtcdBackupSchedule } from '../../../../src/api/backups.ts'
import { isVerified } from '../../../../src/model/backup/backups.ts'
import { nextExpired, type RetentionView } from '../../../../src/plan/schedule/retention.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'
import { aBackupOf, anEtcdBackupSchedule, anEtcdRestore, at } from '../../../builders/a-schedule.ts'

const keepTwo = anEtcdBackupSchedule({ retention: { keepLast: 2 } })
const keepAnHour = anEtcdBackupSchedule({ retention: { maxAge: '1h' } })
const of = (schedule: EtcdBackupSchedule, ...times: readonly string[]) => times.map((time) => aBackupOf(schedule, at(time)))

function removed(schedule: EtcdBackupSchedule, backups: readonly EtcdBackup[], changes: Partial<RetentionView> = {}): readonly string[] {
  const view = { now: at('11:00'), schedule, backups, restores: [], clusters: [], ...changes }
  const expired = nextExpired(view)
  if (expired === undefined) return []
  return [
    expired.metadata.name.slice(-6, -2),
    ...removed(
      schedule,
      backups.filter((backup) => backup !== expired),
      changes,
    ),
  ]
}

describe('retention', () => {
  test('that is not asked for removes nothing', () => {
    const none = anEtcdBackupSchedule()
    expect(removed(none, of(none, '09:15', '09:30', '09:45'))).toEqual([])
    const empty = anEtcdBackupSchedule({ retention: {} })
    expect(removed(empty, of(empty, '09:15', '09:30', '09:45'))).toEqual([])
  })

  test('keeps the last ones and removes the oldest first', () => {
    expect(removed(keepTwo, of(keepTwo, '10:00', '09:15', '09:45', '09:30'))).toEqual(['0915', '0930'])
  })

  test('removes what is too old, but never the newest', () => {
    expect(removed(keepAnHour, of(keepAnHour, '09:15', '10:00', '10:15'))).toEqual(['0915'])
    expect(removed(keepAnHour, of(keepAnHour, '09:15', '09:30'), { now: at('09:00', '2027-11-21') })).toEqual(['0915'])
  })

  test('with both limits removes what either of them excludes', () => {
    const both = anEtcdBackupSchedule({ retention: { keepLast: 2, maxAge: '1h' } })
    expect(removed(both, of(both, '09:30', '10:15', '10:30', '10:45'))).toEqual(['0930', '1015'])
    expect(removed(both, of(both, '09:30', '10:15'))).toEqual(['0930'])
  })

  test('leaves backups of others alone', () => {
    const others = [
      aBackupOf(keepTwo, at('09:15'), { name: 'by-hand-1', labels: {} }),
      aBackupOf(keepTwo, at('09:20'), { name: 'rare-20261121092000', labels: { 'etcd-operator.dev/schedule': 'rare' } }),
      aBackupOf(keepTwo, at('09:25'), { name: 'copy-of-often' }),
      aBackupOf(keepTwo, at('09:50'), { name: 'often-20261121095000-copy' }),
    ]
    expect(removed(keepTwo, [...others, ...of(keepTwo, '09:30', '09:45')])).toEqual([])
  })

  test('leaves alone what is under way, what was not verified and what is going already', () => {
    const backups = [
      aBackupOf(keepTwo, at('09:00'), { phase: 'Running' }),
      aBackupOf(keepTwo, at('09:05'), { verified: 'Failed' }),
      aBackupOf(keepTwo, at('09:10'), { deleting: true }),
    ]
    expect(removed(keepTwo, [...backups, ...of(keepTwo, '09:30', '09:45')])).toEqual([])
  })

  test('counts only what was verified: failures push nothing out', () => {
    const failed = ['10:00', '10:15'].map((time) => aBackupOf(keepTwo, at(time), { phase: 'Failed' }))
    expect(removed(keepTwo, [...of(keepTwo, '09:15', '09:30'), ...failed])).toEqual([])
  })

  test('lets failures go that are older than all others, and all but the last of them', () => {
    const failed = ['09:00', '09:50', '10:00', '10:15'].map((time) => aBackupOf(keepTwo, at(time), { phase: 'Failed' }))
    expect(removed(keepTwo, [...of(keepTwo, '09:30', '09:45'), ...failed])).toEqual(['0900', '0950'])
    expect(removed(keepTwo, failed)).toEqual(['0900', '0950'])
  })

  test.each([
    ['a restore that runs', { restores: [anEtcdRestore({ backup: 'often-20261121091500' }, 'Verifying')] }],
    ['a restore that nobody has looked at', { restores: [anEtcdRestore({ backup: 'often-20261121091500' })] }],
    ['a restore from its file', { restores: [anEtcdRestore({ volume: { claimName: 'backups', path: 'demo/often-20261121091500.db' } })] }],
    ['a cluster that is being formed', { clusters: [anEtcdCluster({ bootstrap: { restore: { backup: 'often-20261121091500' } } })] }],
  ])('waits for %s', (_, changes: Partial<RetentionView>) => {
    expect(removed(keepTwo, of(keepTwo, '09:15', '09:30', '09:45', '10:00'), changes)).toEqual(['0930'])
  })

  test.each([
    ['a restore that has ended', { restores: [anEtcdRestore({ backup: 'often-20261121091500' }, 'Completed')] }],
    ['a restore that has failed', { restores: [anEtcdRestore({ backup: 'often-20261121091500' }, 'Failed')] }],
    [
      'a cluster that was formed from it',
      { clusters: [anEtcdCluster({ bootstrap: { restore: { backup: 'often-20261121091500' } } }, { clusterID: 'c2' })] },
    ],
  ])('does not wait for %s', (_, changes: Partial<RetentionView>) => {
    expect(removed(keepTwo, of(keepTwo, '09:15', '09:30', '09:45'), changes)).toEqual(['0915'])
  })

  test('keeps the newest backup of a cluster that was lost and made anew under its name', () => {
    const lost = ['09:00', '09:15'].map((time) => aBackupOf(keepTwo, at(time), { clusterID: 'lost' }))
    expect(removed(keepTwo, [...lost, ...of(keepTwo, '09:30', '09:45', '10:00')])).toEqual(['0900', '0930'])
  })

  test('goes by when they were made, not by the clock that named them', () => {
    const ahead = aBackupOf(keepTwo, at('09:20', '2027-11-21'), { created: at('09:20') })
    expect(removed(keepTwo, [ahead, ...of(keepTwo, '09:30', '09:45')])).toEqual(['0920'])
  })
})

test('whatever there is and whatever the limits, the newest verified backup stays', () => {
  const runMinute = ({ minute, aheadMinutes }: { minute: number; aheadMinutes: number }) => minute + aheadMinutes
  const anyBackup = fc.record({
    minute: fc.integer({ min: 0, max: 600 }),
    aheadMinutes: fc.constantFrom(0, 0, 10, -10, 525_600),
    phase: fc.constantFrom('Completed' as const, 'Completed' as const, 'Failed' as const, 'Running' as const),
    clusterID: fc.constantFrom('c1c1', 'lost'),
    verified: fc.constantFrom('Passed' as const, 'Passed' as const, 'Failed' as const),
  })
  const anyRetention = fc.record(
    { keepLast: fc.integer({ min: 1, max: 4 }), maxAge: fc.constantFrom('1m', '1h', '168h') },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(
      anyRetention,
      fc.uniqueArray(anyBackup, { maxLength: 12, comparator: (a, b) => a.minute === b.minute || runMinute(a) === runMinute(b) }),
      fc.constantFrom(0, 60, 525_600),
      (retention, wishes, laterMinutes) => {
        const schedule = anEtcdBackupSchedule({ retention })
        const start = at('00:00')
        const backups = wishes.map(({ minute, aheadMinutes, ...wish }) =>
          aBackupOf(schedule, start + runMinute({ minute, aheadMinutes }) * 60_000, {
            ...wish,
            created: start + minute * 60_000,
          }),
        )
        const now = start + (600 + laterMinutes) * 60_000
        let left: readonly EtcdBackup[] = backups
        for (;;) {
          const expired = nextExpired({ now, schedule, backups: left, restores: [], clusters: [] })
          if (expired === undefined) break
          left = left.filter((backup) => backup !== expired)
        }
        const newest = backups
          .filter(isVerified)
          .toSorted((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp))
          .at(-1)
        if (newest !== undefined) expect(left).toContain(newest)
        expect(left.filter(isVerified).length).toBeGreaterThanOrEqual(Math.min(1, backups.filter(isVerified).length))
      },
    ),
    { numRuns: 500 },
  )
})
