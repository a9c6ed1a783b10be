import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/adapters/failure.ts'
import { isVerified } from '../../../src/model/backup/backups.ts'
import { anEtcdBackupSchedule, anEtcdRestore, at } from '../../builders/a-schedule.ts'
import { type Fault, ScheduleWorld } from './schedule-world.ts'

const minute = 60_000
const hour = 60 * minute
const year = 365 * 24 * hour

function aWorld(now: number, spec: Parameters<typeof anEtcdBackupSchedule>[0] = {}): ScheduleWorld {
  return new ScheduleWorld(now, anEtcdBackupSchedule(spec))
}

describe('a schedule', () => {
  test('has one backup for each scheduled time, and says so', async () => {
    const world = aWorld(at('09:00'))
    await world.operator().work(61 * minute)
    expect(world.runs).toEqual(['0915', '0930', '0945', '1000'])
    expect(world.schedule.status).toMatchObject({
      lastScheduleTime: '2026-11-21T10:00:00Z',
      lastSuccessTime: '2026-11-21T10:00:20Z',
      nextScheduleTime: '2026-11-21T10:15:00Z',
      active: [],
      missed: 0,
    })
    expect(world.events.map(({ reason }) => reason)).toEqual(Array(4).fill('BackupScheduled'))
    expect(world.schedule.status?.conditions).toMatchObject([
      { type: 'Ready', status: 'True', reason: 'AsPromised' },
      { type: 'Stalled', status: 'False', reason: 'Steady' },
      { type: 'BackedUp', status: 'True', reason: 'AsPromised' },
    ])
  })

  test('makes backups with its storage, which are kept unless a retention is asked for', async () => {
    const kept = aWorld(at('09:14:59'))
    await kept.operator().work(2 * minute)
    expect(kept.backups).toMatchObject([
      {
        metadata: { name: 'often-20261121091500', labels: { 'etcd-operator.dev/schedule': 'often', 'etcd-operator.dev/cluster': 'demo' } },
        spec: { cluster: 'demo', storage: { volume: { claimName: 'backups' } }, deletionPolicy: 'Retain' },
      },
    ])
    expect(kept.backups[0]?.metadata).not.toHaveProperty('ownerReferences')
    const limited = aWorld(at('09:14:59'), { retention: { keepLast: 2 } })
    await limited.operator().work(2 * minute)
    expect(limited.backups).toMatchObject([{ spec: { deletionPolicy: 'Delete' } }])
  })

  test('is written to twice for each run, and not at all in between', async () => {
    const world = aWorld(at('09:00'))
    await world.operator().work(46 * minute)
    // Once in the beginning; when a run has begun; when it has ended.
    expect(world.statusWrites).toBe(1 + 3 * 2)
  })
})

describe('an operator that was away', () => {
  test('makes the last run only, and counts the others', async () => {
    const world = aWorld(at('09:00'))
    await world.operator().work(20 * minute)
    world.pass(3 * hour)
    const operator = world.operator()
    await operator.work(minute)
    expect(world.runs).toEqual(['0915', '1215'])
    expect(world.schedule.status?.missed).toBe(11)
    expect(world.events.at(-1)).toMatchObject({ reason: 'MissedRun' })
    expect(world.events.at(-1)?.note).toContain('11 runs from 2026-11-21T09:30:00Z to 2026-11-21T12:00:00Z were missed')
    expect(await operator.metrics.registry.metrics()).toContain(
      'etcd_operator_schedule_missed_total{namespace="ns",etcd_cluster="demo",schedule="often"} 11',
    )
  })

  test('says that backups are overdue until there is one', async () => {
    const world = aWorld(at('09:00'))
    await world.operator().work(20 * minute)
    world.pass(3 * hour)
    const operator = world.operator()
    await operator.pass()
    expect(world.schedule.status?.conditions?.[2]).toMatchObject({ status: 'False', reason: 'BackupOverdue' })
    expect(world.schedule.status?.conditions?.[0]?.message).toContain('often-20261121091500, is 3 h old')
    await operator.work(minute)
    expect(world.schedule.status?.conditions?.[2]).toMatchObject({ status: 'True', reason: 'AsPromised' })
  })
})

test('a schedule whose times are changed promises the new ones from then on', async () => {
  const world = aWorld(at('09:00'), { schedule: '5 9 * * *' })
  const operator = world.operator()
  await operator.work(hour)
  world.edit({ schedule: '0 9 * * *' })
  await operator.work(minute)
  expect(world.schedule.status).toMatchObject({ missed: 0, nextScheduleTime: '2026-11-22T09:00:00Z' })
  expect(world.schedule.status?.promised).toMatchObject({ schedule: '0 9 * * *', since: '2026-11-21T10:00:00Z' })
  expect(world.schedule.status?.conditions?.[2]).toMatchObject({ status: 'Unknown', reason: 'NotDueYet' })
  world.edit({ suspend: true })
  await operator.work(minute)
  expect(world.schedule.status).not.toHaveProperty('promised')
})

describe('an operator that dies', () => {
  const faults: readonly (readonly [string, readonly (readonly [number, Fault])[]])[] = [
    ['before the backup is created', [[2, 'before']]],
    ['when the backup is created and nobody knows', [[2, 'after']]],
    ['before the run is written down', [[3, 'before']]],
    ['when the run is written down and nobody knows', [[3, 'after']]],
  ]
  test.each(faults)('%s makes the run once, and counts nothing', async (_, broken) => {
    const world = aWorld(at('09:14:59'))
    for (const [write, fault] of broken) world.faults.set(write, fault)
    await world.operator().work(1500)
    await world.operator().work(2 * minute)
    expect(world.runs).toEqual(['0915'])
    expect(world.schedule.status).toMatchObject({ missed: 0, lastScheduleTime: '2026-11-21T09:15:00Z', active: [] })
  })

  test('after a run was missed counts it once', async () => {
    const world = aWorld(at('09:26'))
    world.faults.set(1, 'before')
    world.faults.set(2, 'after')
    await world.operator().work(1500)
    await world.operator().work(1500)
    expect(world.schedule.status?.missed).toBe(1)
  })
})

describe('two operators at once', () => {
  test('make each run once', async () => {
    const world = aWorld(at('09:14:59'))
    const [one, other] = [world.operator(), world.operator()]
    await one.pass()
    other.goStale()
    world.pass(1000)
    await Promise.all([one.pass(), other.pass(), one.pass(), other.pass()])
    await other.work(minute)
    expect(world.runs).toEqual(['0915'])
    expect(world.schedule.status?.missed).toBe(0)
    expect(world.events.filter(({ reason }) => reason === 'BackupScheduled')).toHaveLength(1)
  })

  test('find the name that somebody else took, although their caches don’t show it', async () => {
    const world = aWorld(at('09:15'))
    const operator = world.operator()
    operator.goStale()
    world.put('etcdbackups', {
      metadata: { name: 'often-20261121091500', namespace: 'ns', uid: 'u', resourceVersion: '', creationTimestamp: '2026-11-21T09:00:00Z' },
      spec: { cluster: 'demo', storage: {} },
    })
    await operator.pass()
    expect(world.schedule.status?.conditions?.[1]).toMatchObject({ type: 'Stalled', status: 'True', reason: 'NameTaken' })
    operator.catchUp()
    await operator.work(16 * minute)
    expect(world.schedule.status?.conditions?.[1]).toMatchObject({ type: 'Stalled', status: 'False' })
    expect(world.schedule.status?.missed).toBe(1)
    expect(world.runs).toEqual(['0915', '0930'])
  })
})

describe('a create that is answered with a conflict, although nothing has the name,', () => {
  async function conflicting(ms: number): Promise<ScheduleWorld> {
    const world = aWorld(at('09:00'))
    const operator = world.operator()
    await operator.work(14 * minute)
    const { put } = world
    const until = at('09:15') + ms
    world.put = (plural, object) => {
      if (plural === 'etcdbackups' && world.now < until) throw new Failure('conflict', 'operation cannot be fulfilled on resourcequotas')
      return put.call(world, plural, object)
    }
    await operator.work(15 * minute)
    return world
  }

  test('is repeated: the run is made', async () => {
    const world = await conflicting(minute)
    expect(world.runs).toEqual(['0915'])
    expect(world.schedule.status).toMatchObject({ missed: 0, lastScheduleTime: '2026-11-21T09:15:00Z' })
    expect(world.events.map(({ reason }) => reason)).toEqual(['BackupScheduled'])
  })

  test('until the deadline leaves a run that is missed, and told', async () => {
    const world = await conflicting(20 * minute)
    expect(world.runs).toEqual([])
    expect(world.schedule.status).toMatchObject({ missed: 1, nextScheduleTime: '2026-11-21T09:30:00Z' })
    expect(world.events.map(({ reason }) => reason)).toEqual(['MissedRun'])
  })
})

describe('what stops a schedule', () => {
  test('is said when the API server refuses its backups, and tried again', async () => {
    const world = aWorld(at('09:00'))
    const operator = world.operator()
    await operator.work(14 * minute)
    const create = new Failure('rejected', 'exceeded quota: backups')
    const { put } = world
    world.put = (plural, object) => {
      if (plural === 'etcdbackups') throw create
      return put.call(world, plural, object)
    }
    await operator.work(2 * minute)
    expect(world.schedule.status?.conditions?.[1]).toMatchObject({ status: 'True', reason: 'QuotaExceeded' })
    expect(world.schedule.status).toMatchObject({ nextScheduleTime: '2026-11-21T09:15:00Z', missed: 0 })
    world.put = put
    await operator.work(minute)
    expect(world.runs).toEqual(['0915'])
    expect(world.schedule.status?.conditions?.[1]).toMatchObject({ status: 'False' })
  })

  test('is a cluster that isn’t there; its runs are missed', async () => {
    const world = aWorld(at('09:00'))
    world.remove('etcdclusters', 'demo')
    await world.operator().work(30 * minute)
    expect(world.runs).toEqual([])
    expect(world.schedule.status).toMatchObject({ missed: 1 })
    expect(world.schedule.status?.conditions).toMatchObject([
      { status: 'False', reason: 'ClusterNotFound' },
      { status: 'True', reason: 'ClusterNotFound' },
      { status: 'False', reason: 'ClusterNotFound' },
    ])
  })

  test('is a table that can’t be read; a corrected one goes on from then', async () => {
    const world = aWorld(at('09:00'), { timeZone: 'Mars/Olympus' })
    const operator = world.operator()
    await operator.work(hour)
    expect(world.schedule.status?.conditions?.[1]).toMatchObject({ status: 'True', reason: 'InvalidSpec' })
    expect(world.schedule.status?.conditions?.[1]?.message).toContain('spec.timeZone')
    expect(world.events).toMatchObject([{ reason: 'InvalidSpec', note: expect.stringContaining('spec.timeZone') }])
    world.edit({ timeZone: 'Etc/UTC' })
    await operator.work(20 * minute)
    expect(world.runs).toEqual(['1015'])
    expect(world.schedule.status?.missed).toBe(0)
  })

  test('is its suspension: runs that pass are neither made up for nor counted', async () => {
    const world = aWorld(at('09:00'))
    const operator = world.operator()
    await operator.work(20 * minute)
    world.edit({ suspend: true })
    await operator.work(41 * minute)
    expect(world.runs).toEqual(['0915'])
    expect(world.schedule.status?.nextScheduleTime).toBeUndefined()
    expect(world.schedule.status?.conditions?.[2]).toMatchObject({ status: 'False', reason: 'Suspended' })
    world.edit({ suspend: false })
    await operator.work(15 * minute)
    expect(world.runs).toEqual(['0915', '1015'])
    expect(world.schedule.status?.missed).toBe(0)
  })
})

test('a backup that takes longer than the distance of the runs never has company', async () => {
  const world = aWorld(at('09:00'), { schedule: '* * * * *', startingDeadline: '30s' })
  world.backupMs = 150_000
  await world.operator().work(20.6 * minute)
  expect(world.maxActive).toBe(1)
  expect(world.backups.length + (world.schedule.status?.missed ?? 0)).toBe(20)
  expect(world.backups.length).toBeGreaterThan(5)
})

describe('the operator’s wall clock', () => {
  test.each([
    ['ten minutes ahead', 10 * minute],
    ['ten minutes behind', -10 * minute],
    ['a year ahead', year],
  ])('is %s for half an hour and comes back: backups go on, none is lost', async (_, aheadMs) => {
    const world = aWorld(at('09:00'), { retention: { keepLast: 100, maxAge: '24h' } })
    const operator = world.operator()
    await operator.work(2 * hour)
    const before = world.runs
    world.aheadMs = aheadMs
    await operator.work(30 * minute)
    world.aheadMs = 0
    await operator.work(65 * minute)
    for (const run of before) expect(world.runs).toContain(run)
    expect(world.runs).toEqual(expect.arrayContaining(['1145', '1200', '1215', '1230']))
    expect(world.maxActive).toBe(1)
    expect(world.schedule.status?.conditions?.[2]).toMatchObject({ status: 'True' })
  })

  test('a year ahead leaves no backup behind that seems to be from the future', async () => {
    const world = aWorld(at('09:00'))
    const operator = world.operator()
    world.aheadMs = year
    await operator.work(30 * minute)
    world.aheadMs = 0
    await operator.work(30 * minute)
    world.backupMs = Number.POSITIVE_INFINITY
    await operator.work(2 * hour)
    expect(world.schedule.status?.conditions?.[2]).toMatchObject({ status: 'False', reason: 'BackupOverdue' })
    expect(world.schedule.status?.lastSuccessTime).toBe('2026-11-21T09:45:20Z')
  })

  test('a year ahead makes no backup too old: ages go by the API server’s clock', async () => {
    const world = aWorld(at('09:00'), { retention: { maxAge: '24h' } })
    const operator = world.operator()
    await operator.work(61 * minute)
    world.aheadMs = year
    await operator.work(10 * minute)
    expect(world.runs).toEqual(expect.arrayContaining(['0915', '0930', '0945', '1000']))
  })
})

describe('retention', () => {
  test('removes one backup after the other, and tells of each', async () => {
    const world = aWorld(at('09:00'), { retention: { keepLast: 2 } })
    await world.operator().work(2 * hour + minute)
    expect(world.runs).toEqual(['1045', '1100'])
    expect(world.events.filter(({ reason }) => reason === 'RetentionExceeded')).toHaveLength(6)
    expect(world.events.at(-1)?.note).toBe('deleted EtcdBackup often-20261121103000 (keepLast 2)')
  })

  test('waits for a restore', async () => {
    const world = aWorld(at('09:00'), { retention: { keepLast: 1 } })
    const operator = world.operator()
    await operator.work(16 * minute)
    world.put('etcdrestores', anEtcdRestore({ backup: 'often-20261121091500' }) as unknown as Parameters<typeof world.put>[1])
    await operator.work(45 * minute)
    expect(world.runs).toEqual(['0915', '1000'])
    world.remove('etcdrestores', 'r')
    await operator.work(2 * minute)
    expect(world.runs).toEqual(['1000'])
  })

  test('decides from what the API server has: a backup that is the last one left stays', async () => {
    const world = aWorld(at('09:00'), { retention: { keepLast: 2 } })
    await world.operator().work(35 * minute)
    world.edit({ retention: { keepLast: 1 } })
    const stale = world.operator()
    stale.goStale()
    world.remove('etcdbackups', 'often-20261121093000')
    await stale.work(5 * minute)
    expect(world.runs).toEqual(['0915'])
  })

  test('of a schedule that was set back removes nothing, and says so, while runs go on', async () => {
    const world = aWorld(at('09:00'), { retention: { keepLast: 1 } })
    const before = world.schedule
    const operator = world.operator()
    world.edit({ retention: { keepLast: 8 } })
    await operator.work(35 * minute)
    world.put('etcdbackupschedules', { ...before, status: world.schedule.status } as unknown as Parameters<typeof world.put>[1])
    await operator.work(31 * minute)
    expect(world.runs).toEqual(['0915', '0930', '0945', '1000'])
    expect(world.schedule.status?.conditions?.[1]).toMatchObject({ status: 'True', reason: 'TimeTravel' })

    world.edit({})
    await operator.work(minute)
    expect(world.runs).toEqual(['1000'])
  })

  test('that the API server forbids is said', async () => {
    const world = aWorld(at('09:00'), { retention: { keepLast: 1 } })
    const operator = world.operator()
    world.remove = () => {
      throw new Failure('forbidden', 'cannot delete resource "etcdbackups"')
    }
    await operator.work(40 * minute)
    expect(world.runs).toEqual(['0915', '0930'])
    expect(world.schedule.status?.conditions?.[1]).toMatchObject({ status: 'True', reason: 'MissingPermission' })
  })
})

test('whatever happens, runs don’t overlap, each is made or missed, and the newest verified backup stays', async () => {
  const happening = fc.oneof(
    fc.record({ kind: fc.constant('work' as const), ms: fc.integer({ min: 1000, max: 50 * minute }) }),
    fc.record({ kind: fc.constant('away' as const), ms: fc.integer({ min: 1000, max: 3 * hour }) }),
    fc.record({
      kind: fc.constant('fault' as const),
      after: fc.integer({ min: 1, max: 4 }),
      fault: fc.constantFrom<Fault>('before', 'after'),
    }),
    fc.record({ kind: fc.constant('slow' as const), ms: fc.constantFrom(20_000, 5 * minute, 20 * minute) }),
    fc.record({ kind: fc.constant('crash' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 12 }),
      fc.constantFrom({}, { retention: { keepLast: 2 } }),
      async (happenings, spec) => {
        const world = aWorld(at('09:00'), spec)
        let operator = world.operator()
        let newest: string | undefined
        for (const one of [...happenings, { kind: 'work' as const, ms: 40 * minute }]) {
          if (one.kind === 'work') await operator.work(one.ms)
          if (one.kind === 'away') world.pass(one.ms)
          if (one.kind === 'slow') world.backupMs = one.ms
          if (one.kind === 'crash') operator = world.operator()
          if (one.kind === 'fault') world.faults.set(world.writes + one.after, one.fault)
          if (newest !== undefined) expect(world.backups.some(({ metadata }) => metadata.name >= (newest ?? ''))).toBe(true)
          newest = world.backups.filter(isVerified).at(-1)?.metadata.name ?? newest
          expect(world.maxActive).toBeLessThanOrEqual(1)
        }
        const due = Math.floor((world.now - at('09:00')) / (15 * minute))
        const made = world.backups.length + world.removed
        const { missed = 0, nextScheduleTime = '' } = world.schedule.status ?? {}
        const held = Date.parse(nextScheduleTime) <= world.now ? 1 : 0
        expect(made + missed + held).toBe(due)
      },
    ),
    { numRuns: 20 },
  )
})
