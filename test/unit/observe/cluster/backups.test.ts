import { expect, test } from 'vitest'
import type { EtcdBackup, EtcdBackupSchedule } from '../../../../src/api/backups.ts'
import { backupFacts, newestBackup } from '../../../../src/observe/cluster/backups.ts'
import { anEtcdCluster, clusterId } from '../../../builders/a-cluster.ts'
import { aBackupOf, anEtcdBackupSchedule, at } from '../../../builders/a-schedule.ts'

const schedule = anEtcdBackupSchedule({ suspend: true })
const cluster = anEtcdCluster({}, { clusterID: clusterId })

function factsOf(backups: readonly EtcdBackup[], schedules: readonly EtcdBackupSchedule[] = []) {
  const cache = <T>(objects: readonly T[]) => ({ get: () => undefined, list: () => objects, all: () => objects, ofCluster: () => objects })
  return backupFacts({ backups: cache(backups), schedules: cache(schedules) }, cluster)
}

test('the newest verified backup of this very etcd cluster counts', () => {
  const backups = [
    aBackupOf(schedule, at('09:00')),
    aBackupOf(schedule, at('09:30')),
    aBackupOf(schedule, at('09:15')),
    aBackupOf(schedule, at('09:45'), { phase: 'Failed' }),
    aBackupOf(schedule, at('09:50'), { verified: 'Failed' }),
    aBackupOf(schedule, at('09:55'), { clusterID: 'earlier' }),
  ]
  expect(factsOf(backups).newest).toEqual({ name: 'often-20261121093000', time: '2026-11-21T09:30:05Z', revision: '7' })
})

test('one that was made by hand counts by when it was begun', () => {
  const byHand = aBackupOf(schedule, at('09:40'), { name: 'before-upgrade', labels: {} })
  expect(factsOf([aBackupOf(schedule, at('09:30')), byHand]).newest?.name).toBe('before-upgrade')
})

test('the backups that are being taken are told', () => {
  const backups = (['Pending', 'Running', 'Completed', 'Failed'] as const).map((phase) =>
    aBackupOf(schedule, at('09:00'), { phase, name: phase }),
  )
  expect(factsOf(backups).running).toEqual(['Running'])
})

test('schedules are told with what they say of themselves', () => {
  expect(factsOf([], [schedule]).schedules).toEqual([
    { name: 'often', suspended: true, storage: schedule.spec.storage, backedUp: undefined },
  ])
})

test('every backup that names the cluster is told with its phase', () => {
  const [done, begun] = [aBackupOf(schedule, at('09:00')), aBackupOf(schedule, at('09:30'))]
  const { status: _, ...fresh } = begun
  const { phases } = factsOf([done, fresh], [])
  expect([...phases]).toEqual([
    ['often-20261121090000', 'Completed'],
    ['often-20261121093000', 'Pending'],
  ])
})

test('backups are gone through once for each change of them', () => {
  let backups: readonly EtcdBackup[] = [aBackupOf(schedule, at('09:00'))]
  let reads = 0
  const counted = (all: readonly EtcdBackup[]) =>
    new Proxy(all, {
      get(target, name, receiver) {
        if (name === 'filter') reads++
        return Reflect.get(target, name, receiver)
      },
    })
  let handedOut = counted(backups)
  const cache = { get: () => undefined, list: () => handedOut, all: () => handedOut, ofCluster: () => handedOut }
  const newest = (id: string) => newestBackup({ backups: cache }, 'ns', 'demo', id)?.metadata.name
  expect([newest(clusterId), newest(clusterId), newest(clusterId)]).toEqual(Array(3).fill('often-20261121090000'))
  expect(reads).toBe(1)
  backups = [...backups, aBackupOf(schedule, at('09:30'))]
  handedOut = counted(backups)
  expect(newest(clusterId)).toBe('often-20261121093000')
  expect(newest('another cluster of that name')).toBeUndefined()
})
