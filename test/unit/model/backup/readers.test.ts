import { describe, expect, test } from 'vitest'
import type { RestoreSource } from '../../../../src/api/backups.ts'
import { isSourceOf, readersOf } from '../../../../src/model/backup/readers.ts'
import { aBackup } from '../../../builders/a-backup.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'
import { aRestore } from '../../../builders/a-restore.ts'

const { backup } = aBackup().inPhase('Completed')
const itself: RestoreSource = { backup: 'b1' }
const file = (path: string, claimName = 'backups'): RestoreSource => ({ volume: { claimName, path } })

describe('a backup is read', () => {
  test('by a restore that names it, or its file', () => {
    for (const source of [itself, file('demo/b1.db')])
      expect(readersOf(backup, [aRestore({ source }).restore], [])).toEqual(['EtcdRestore r1'])
  })

  test('by a cluster that is being formed from it', () => {
    const forming = anEtcdCluster({ bootstrap: { restore: itself } })
    expect(readersOf(backup, [], [forming])).toEqual(['EtcdCluster demo'])
  })

  test('by whoever names its file, whatever became of it: the file may be there', () => {
    for (const phase of ['Pending', 'Running', 'Failed'] as const)
      expect(readersOf(aBackup().inPhase(phase).backup, [aRestore({ source: file('demo/b1.db') }).restore], [])).toEqual(['EtcdRestore r1'])
  })

  test('by all of them, in a lasting order', () => {
    const forming = anEtcdCluster({ bootstrap: { restore: file('demo/b1.db') } })
    expect(readersOf(backup, [aRestore().restore], [forming])).toEqual(['EtcdCluster demo', 'EtcdRestore r1'])
  })
})

describe('a backup isn’t read', () => {
  test('by a restore that has ended', () => {
    for (const phase of ['Completed', 'Failed'] as const) expect(isSourceOf(backup, [aRestore().inPhase(phase).restore], [])).toBe(false)
  })

  test('by who waits for it: a deletion that waited for them in turn would never end', () => {
    const forming = anEtcdCluster({ bootstrap: { restore: itself } })
    for (const phase of ['Pending', 'Running', 'Failed'] as const)
      expect(readersOf(aBackup().inPhase(phase).backup, [aRestore({ source: itself }).restore], [forming])).toEqual([])
  })

  test('by a restore of another file, or of one on another volume', () => {
    for (const source of [{ backup: 'b2' }, file('demo/b2.db'), file('demo/b1.db', 'others')])
      expect(isSourceOf(backup, [aRestore({ source }).restore], [])).toBe(false)
  })

  test('by a cluster that has its data, or that began empty', () => {
    const formed = anEtcdCluster({ bootstrap: { restore: itself } }, { clusterID: 'd2d2' })
    expect(isSourceOf(backup, [], [formed, anEtcdCluster()])).toBe(false)
  })
})
