import { describe, expect, test } from 'vitest'
import { defragmentBySchedule } from '../../../../../src/plan/cluster/change/defragment-by-schedule.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { aCluster, type Scene, type SpecWish } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const mebi = 2 ** 20
/** It is Saturday, ten o'clock in UTC; the EtcdCluster is an hour old. */
const wished = (defragment: NonNullable<NonNullable<SpecWish['maintenance']>['defragment']>) =>
  aCluster({ size: 3, storage: { size: '4Gi' }, maintenance: { defragment } })
    .running()
    .withDatabases(300 * mebi, 100 * mebi)
const atTen = wished({ schedule: '0 10 * * *' })

describe('a defragmentation by schedule', () => {
  decides(defragmentBySchedule, {
    'begins at its time': [atTen, 'Defragment demo-1'],
    'begins some time later, where it could not before': [atTen.later(59 * 60_000), 'Defragment demo-1'],
    'is skipped after an hour': [atTen.later(60 * 60_000)],
    'does not begin before its time': [wished({ schedule: '1 10 * * *' })],
    'begins at the time of its zone': [wished({ schedule: '0 11 * * *', timeZone: 'Europe/Berlin' }), 'Defragment demo-1'],
    'is not made up for from before the cluster was created': [
      wished({ schedule: '30 9 * * *' }).with({
        cluster: {
          ...atTen.cluster,
          spec: wished({ schedule: '30 9 * * *' }).cluster.spec,
          metadata: { ...atTen.cluster.metadata, creationTimestamp: '2026-11-21T09:45:00Z' },
        },
      }),
    ],
    'is not asked for': [
      aCluster({ size: 3 })
        .running()
        .withDatabases(300 * mebi, 100 * mebi),
    ],
    'wants half of the file to be free': [atTen.withDatabases(300 * mebi, 160 * mebi)],
    'wants 100Mi to be free': [atTen.withDatabases(150 * mebi, 60 * mebi)],
    'wants what its spec says': [
      wished({ schedule: '0 10 * * *', freeSpaceAbove: { percent: 10, bytes: '20Mi' } }).withDatabases(150 * mebi, 120 * mebi),
      'Defragment demo-1',
    ],
    'goes on with the next member, the leader last': [
      ['demo-1', 'demo-2'].reduce<Scene>((scene, name) => scene.withAnswer(name, { dbBytes: 100 * mebi }), atTen),
      'Defragment demo-0',
    ],
    'is over when no member has enough free space': [atTen.withDatabases(100 * mebi, 100 * mebi)],
    'waits while a member is not ready': [atTen.withPod('demo-2', { ready: false })],
    'is not begun on a member that failed in this run': [
      atTen.afterLongStep('Defragment', 'demo-1', { failure: 'no space left on device' }),
      'Defragment demo-2',
    ],
  })

  test('comes after all that the spec asks for, and nothing is left to do then', () => {
    expect(planCluster(atTen)).toMatchObject({ kind: 'step', step: { do: 'Defragment' }, stage: 'change', reason: 'Defragmenting' })
    expect(planCluster(atTen.resized(5))).toMatchObject({ kind: 'step', step: { do: 'WriteConfig' } })
    expect(planCluster(atTen.withDatabases(100 * mebi, 100 * mebi)).kind).toBe('steady')
  })

  test('in a time zone that nobody knows is told', () => {
    expect(planCluster(wished({ schedule: '0 10 * * *', timeZone: 'Mars/Base' }))).toMatchObject({
      kind: 'block',
      reason: 'InvalidSpec',
      message: expect.stringContaining('spec.maintenance.defragment.timeZone "Mars/Base" is not a known time zone'),
    })
  })
})

describe('a member whose volume may have no room for the copy', () => {
  const messages = (view: Scene) => statusOf(view, planCluster(view)).memberStatus?.map(({ message }) => message)
  const small = aCluster({ size: 3, storage: { size: '700Mi' }, maintenance: { defragment: { schedule: '0 10 * * *' } } })
    .running()
    .withDatabases(300 * mebi, 100 * mebi)
  decides(planCluster, { 'is left out, and nothing waits for it': [small, 'steady'] })

  test('says so in its row, before and after the time as well', () => {
    const said = expect.stringMatching(/^it is not defragmented .* no room/)
    expect(messages(small)).toEqual([said, said, said])
    expect(messages(small.later(2 * 60 * 60_000))).toEqual([said, said, said])
  })

  test('is no matter where its database has little free space, or nobody asks for it', () => {
    expect(messages(small.withDatabases(300 * mebi, 290 * mebi))).toEqual(['', '', ''])
    expect(messages(small.withSpec({ maintenance: { noSpace: 'Report' } }))).toEqual(['', '', ''])
    expect(messages(atTen)).toEqual(['', '', ''])
  })
})
