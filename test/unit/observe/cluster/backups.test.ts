import { expect, test } from 'vitest'
import type { EtcdBackup, EtcdBackupSchedule } from '../../../../src/api/backups.ts'
import { backupFacts } from '../../../../src/observe/cluster/backups.ts'
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

test('schedules are told with what they say of themselves', () => {
  expect(factsOf([], [schedule]).schedules).toEqual([{ name: 'often', suspended: true, backedUp: undefined }])
})
