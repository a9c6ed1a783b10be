import { describe, expect, test } from 'vitest'
import type { EtcdBackupScheduleStatus } from '../../../../src/api/backups.ts'
import { rfc3339 } from '../../../../src/model/rfc3339.ts'
import { planSchedule } from '../../../../src/plan/schedule/plan.ts'
import { scheduleStatusOf } from '../../../../src/report/schedule-status.ts'
import { aBackupOf, anEtcdBackupSchedule, aScheduleView, at } from '../../../builders/a-schedule.ts'

/** As it was written after the run of `handled`. */
function written(handled: string, next: string): EtcdBackupScheduleStatus {
  return told(at(handled), at(next))
}

function told(handledUntil: number, next: number | undefined, since = at('09:00')): EtcdBackupScheduleStatus {
  const promised = { cluster: 'demo', schedule: '*/15 * * * *', timeZone: 'Etc/UTC', since: rfc3339(since) }
  return { handledUntil: rfc3339(handledUntil), nextScheduleTime: rfc3339(next ?? 0), promised, missed: 0 }
}

const schedule = anEtcdBackupSchedule({}, written('10:00', '10:15'))
const plan = (now: number, changes: Parameters<typeof aScheduleView>[1] = { schedule }) => planSchedule(aScheduleView(now, changes))

describe('a run', () => {
  test('is not due before its time', () => {
    expect(plan(at('10:14:59'))).toMatchObject({ run: { kind: 'none' }, missed: [], nextRun: at('10:15') })
  })

  test('is due at its time, with a name made from it', () => {
    expect(plan(at('10:15'))).toMatchObject({
      run: { kind: 'create', time: at('10:15'), name: 'often-20261121101500' },
      missed: [],
      nextRun: at('10:15'),
    })
  })

  test('is not dealt with before its backup exists, whenever that is written down', () => {
    const { handledUntil, nextRun } = plan(at('10:15:30'))
    expect(handledUntil).toBeLessThan(at('10:15'))
    const later = anEtcdBackupSchedule({}, told(handledUntil, nextRun))
    expect(plan(at('10:16'), { schedule: later })).toMatchObject({ run: { kind: 'create', time: at('10:15') }, missed: [] })
  })

  test('has a name in UTC, whatever the time zone of the schedule', () => {
    const berlin = anEtcdBackupSchedule({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' })
    const now = Date.parse('2026-11-22T01:30:00Z')
    expect(plan(now, { schedule: berlin }).run).toMatchObject({ kind: 'create', name: 'often-20261122013000' })
  })

  test('is done when its backup exists, whatever was written down: a crash between the two', () => {
    const backups = [aBackupOf(schedule, at('10:15'), { phase: 'Pending' })]
    expect(plan(at('10:15:01'), { schedule, backups })).toMatchObject({
      run: { kind: 'made', time: at('10:15') },
      missed: [],
      handledUntil: at('10:15:01'),
      nextRun: at('10:30'),
    })
  })

  test.each([
    ['just within', '10:25', 'create', []],
    ['just beyond', '10:25:01', 'none', [at('10:15')]],
  ])('that could not begin is made up for %s its deadline', (_, now, kind, missed) => {
    expect(plan(at(now))).toMatchObject({ run: { kind }, missed })
  })

  test('is missed only once', () => {
    const late = plan(at('10:26'))
    const later = anEtcdBackupSchedule({}, told(late.handledUntil, late.nextRun))
    expect(plan(at('10:27'), { schedule: later }).missed).toEqual([])
  })
})

describe('after an absence', () => {
  test('of hours only the last run is made up for; the others are missed', () => {
    const { run, missed } = plan(at('13:05'))
    expect(run).toMatchObject({ kind: 'create', time: at('13:00') })
    expect(missed).toHaveLength(11)
    expect(missed[0]).toBe(at('10:15'))
  })

  test('of a year as many are told as can be counted quickly', () => {
    expect(plan(at('10:00', '2027-11-21')).missed).toHaveLength(1000)
  })

  test('from its creation on, runs that were due then are missed', () => {
    expect(plan(at('10:26'), {}).missed).toEqual([at('09:15'), at('09:30'), at('09:45'), at('10:00'), at('10:15')])
  })

  test('runs whose backups exist are not missed', () => {
    const backups = [aBackupOf(schedule, at('10:15'))]
    expect(plan(at('10:31'), { schedule, backups })).toMatchObject({ run: { kind: 'create', time: at('10:30') }, missed: [] })
  })
})

describe('a run that can’t begin', () => {
  const running = [aBackupOf(schedule, at('10:00'), { phase: 'Running' })]

  test('waits while another one is under way, and stays the next one', () => {
    expect(plan(at('10:16'), { schedule, backups: running })).toMatchObject({
      run: { kind: 'held', time: at('10:15'), untilMs: at('10:25') },
      missed: [],
      nextRun: at('10:15'),
    })
  })

  test('begins when that has ended, failed or not', () => {
    const backups = [aBackupOf(schedule, at('10:00'), { phase: 'Failed' })]
    expect(plan(at('10:17'), { schedule, backups }).run).toMatchObject({ kind: 'create', time: at('10:15') })
  })

  test('is missed when that takes longer than its deadline', () => {
    expect(plan(at('10:25:01'), { schedule, backups: running })).toMatchObject({ run: { kind: 'none' }, missed: [at('10:15')] })
  })

  test.each([
    ['others', { name: 'by-hand', labels: {} }],
    ['others that were copied with their labels', { name: 'copy-of-often' }],
  ])('does not wait for backups of %s', (_, wish) => {
    const backups = [aBackupOf(schedule, at('10:00'), { phase: 'Running', ...wish })]
    expect(plan(at('10:15'), { schedule, backups }).run.kind).toBe('create')
  })

  test.each([
    ['that is being deleted for a quarter of an hour needs nobody', '10:00', { deleting: true }, undefined],
    ['that is being deleted for longer needs a person, and says who knows more', '09:45', { deleting: true }, 'DeletingBackup'],
    ['that takes as long needs nobody', '09:45', {}, undefined],
    ['that had ended before it was deleted needs nobody', '09:45', { deleting: true, phase: 'Completed' as const }, undefined],
  ])('because of a backup %s', (_, run, wish, reason) => {
    const { problem } = plan(at('10:15'), { schedule, backups: [aBackupOf(schedule, at(run), { phase: 'Running', ...wish })] })
    expect(problem?.reason).toBe(reason)
    if (reason !== undefined) expect(problem?.message).toContain('kubectl describe ecb often-20261121094500 says why')
  })

  test('gives way to the next one', () => {
    const long = anEtcdBackupSchedule({ startingDeadline: '1h' }, written('10:00', '10:15'))
    const held = plan(at('10:31'), { schedule: long, backups: running })
    expect(held).toMatchObject({ run: { kind: 'held', time: at('10:30') }, missed: [at('10:15')], nextRun: at('10:30') })
    const later = { ...long, status: told(held.handledUntil, at('10:30')) }
    expect(plan(at('10:40'), { schedule: later, backups: running })).toMatchObject({
      run: { kind: 'held', time: at('10:30') },
      missed: [],
    })
    expect(plan(at('10:41'), { schedule: later }).run).toMatchObject({ kind: 'create', time: at('10:30') })
  })

  test('waits for the cluster, and says so', () => {
    const held = plan(at('10:16'), { schedule, cluster: undefined })
    expect(held).toMatchObject({ run: { kind: 'held' }, problem: { reason: 'ClusterNotFound' } })
    expect(plan(at('10:26'), { schedule, cluster: undefined })).toMatchObject({
      missed: [at('10:15')],
      problem: { reason: 'ClusterNotFound' },
    })
  })

  test('because its name is taken says whose it isn’t, until its deadline', () => {
    const backups = [aBackupOf(schedule, at('10:15'), { labels: {} })]
    expect(plan(at('10:15'), { schedule, backups })).toMatchObject({ run: { kind: 'held' }, problem: { reason: 'NameTaken' } })
    expect(plan(at('10:26'), { schedule, backups })).toMatchObject({ run: { kind: 'none' }, problem: undefined })
  })
})

describe('a wall clock that is set', () => {
  test('ten minutes ahead makes the run early, and not again at its time', () => {
    const ahead = plan(at('10:15'))
    expect(ahead.run.kind).toBe('create')
    const later = anEtcdBackupSchedule({}, written('10:15', '10:30'))
    const backups = [aBackupOf(schedule, at('10:15'))]
    // Back again at 10:06.
    const back = plan(at('10:06'), { schedule: later, backups })
    expect(back).toMatchObject({ run: { kind: 'none' }, missed: [], handledUntil: at('10:06'), nextRun: at('10:15') })
    const corrected = anEtcdBackupSchedule({}, written('10:06', '10:15'))
    expect(plan(at('10:15'), { schedule: corrected, backups })).toMatchObject({ run: { kind: 'made' }, missed: [], nextRun: at('10:30') })
    expect(plan(at('10:30'), { schedule: anEtcdBackupSchedule({}, written('10:15', '10:30')), backups }).run.kind).toBe('create')
  })

  test('a year ahead and back does not silence the schedule', () => {
    const ahead = anEtcdBackupSchedule({}, told(at('10:05', '2027-11-21'), at('10:15', '2027-11-21'), at('10:01', '2027-11-21')))
    const back = plan(at('10:05'), { schedule: ahead })
    expect(back).toMatchObject({ run: { kind: 'none' }, missed: [], handledUntil: at('10:05'), nextRun: at('10:15') })
    const corrected = anEtcdBackupSchedule({}, told(back.handledUntil, back.nextRun))
    expect(plan(at('10:15'), { schedule: corrected }).run.kind).toBe('create')
  })

  test('before the creation of the schedule changes nothing', () => {
    expect(plan(at('08:00'), {})).toMatchObject({ run: { kind: 'none' }, missed: [], nextRun: at('08:15') })
  })
})

describe('a schedule that rests', () => {
  test.each([
    ['while it is suspended', { suspend: true }, undefined],
    ['while its table can’t be read', { schedule: '61 * * * *' }, { reason: 'InvalidSpec' }],
    ['while its time zone is not known', { timeZone: 'Mars/Olympus' }, { reason: 'InvalidSpec' }],
  ])('promises nothing %s', (_, spec, problem) => {
    const resting = anEtcdBackupSchedule(spec, written('10:00', '10:15'))
    const planned = plan(at('10:20'), { schedule: resting })
    expect(planned).toMatchObject({ run: { kind: 'none' }, missed: [], nextRun: undefined, handledUntil: at('10:20') })
    if (problem === undefined) expect(planned.problem).toBeUndefined()
    else expect(planned.problem).toMatchObject(problem)
  })

  test('makes up for nothing when it goes on', () => {
    const resumed = anEtcdBackupSchedule({}, { handledUntil: rfc3339(at('08:00')) })
    expect(plan(at('10:16'), { schedule: resumed })).toMatchObject({ run: { kind: 'none' }, missed: [], nextRun: at('10:30') })
  })
})

describe('a table that was changed', () => {
  test('is not due for times that it did not promise', () => {
    const changed = anEtcdBackupSchedule({ schedule: '5 * * * *' }, written('10:00', '10:15'))
    expect(plan(at('10:06'), { schedule: changed })).toMatchObject({ run: { kind: 'none' }, missed: [], nextRun: at('11:05') })
  })

  test('while nobody was there has missed no more than what was told before', () => {
    const changed = anEtcdBackupSchedule({ schedule: '* * * * *' }, written('10:00', '10:15'))
    expect(plan(at('23:00'), { schedule: changed })).toMatchObject({ run: { kind: 'none' }, missed: [at('10:15')], nextRun: at('23:01') })
  })

  test.each([
    ['its table', { schedule: '20 * * * *' }],
    ['its time zone', { timeZone: 'Asia/Kolkata' }],
    ['its cluster', { cluster: 'other' }],
    ['its retention', { retention: { keepLast: 3 } }],
  ])('makes the run that was told before a change of %s', (_, spec) => {
    const changed = anEtcdBackupSchedule(spec, written('10:00', '10:15'))
    expect(plan(at('10:16'), { schedule: changed })).toMatchObject({ run: { kind: 'create', time: at('10:15') }, missed: [] })
  })

  test('makes the run that was told when what holds it is over, and its own from then on', () => {
    const changed = anEtcdBackupSchedule({ schedule: '*/2 * * * *' }, written('10:00', '10:15'))
    const view = aScheduleView(at('10:17'), { schedule: changed, backups: [aBackupOf(schedule, at('10:00'), { phase: 'Running' })] })
    const held = planSchedule(view)
    expect(held).toMatchObject({ run: { kind: 'held', time: at('10:15') }, missed: [], nextRun: at('10:15') })
    const later = { ...changed, status: scheduleStatusOf(view, held) }
    expect(plan(at('10:17:30'), { schedule: later })).toMatchObject({ run: { kind: 'create', time: at('10:15') }, missed: [] })
    expect(plan(at('10:18'), { schedule: later })).toMatchObject({ run: { kind: 'create', time: at('10:18') }, missed: [at('10:15')] })
  })
})

test('a cluster that is not there is more likely mistyped: those that exist are named', () => {
  const { problem } = plan(at('10:00'), { schedule, cluster: undefined, otherClusters: ['demi'] })
  expect(problem).toMatchObject({ reason: 'ClusterNotFound', message: expect.stringContaining('there is demi; runs are missed until') })
})
