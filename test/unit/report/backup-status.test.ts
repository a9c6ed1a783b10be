import { describe, expect, test } from 'vitest'
import { block, wait } from '../../../src/plan/backup/step.ts'
import { backupStatusOf, durationMs } from '../../../src/report/backup-status.ts'
import { aBackup, backedUp } from '../../builders/a-backup.ts'

const starting = wait('BackupStarting', 'taken up', 0)

describe('the first status', () => {
  const status = backupStatusOf(aBackup().fresh(), starting)

  test('says when it was taken up, and where the file will be', () => {
    expect(status).toMatchObject({ observedGeneration: 1, phase: 'Pending', location: 'demo/b1.db', startTime: '2026-11-21T10:00:00Z' })
  })

  test('has all conditions', () => {
    expect(status.conditions).toEqual([
      expect.objectContaining({ type: 'Complete', status: 'Unknown', reason: 'BackupStarting', observedGeneration: 1 }),
      expect.objectContaining({ type: 'Stalled', status: 'False', reason: 'BackupStarting' }),
      expect.objectContaining({ type: 'Reconciling', status: 'True', reason: 'BackupStarting', message: 'taken up' }),
    ])
  })

  test('names the file in the folder that was asked for', () => {
    expect(backupStatusOf(aBackup({ path: 'team a/x' }), starting).location).toBe('team a/x/b1.db')
  })
})

test('a start is never forgotten', () => {
  const seen = aBackup()
  expect(backupStatusOf(seen, starting).startTime).toBe(seen.backup.status?.startTime)
})

test('a wait for a person is shown in Stalled', () => {
  const status = backupStatusOf(aBackup(), block('ClaimNotFound', 'there is no claim'))
  expect(status.conditions?.[1]).toMatchObject({ type: 'Stalled', status: 'True', reason: 'ClaimNotFound', message: 'there is no claim' })
})

test('a running Job is shown in the phase', () => {
  expect(backupStatusOf(aBackup(), wait('BackingUp', '', 0, { running: true })).phase).toBe('Running')
})

describe('a completed backup', () => {
  const seen = aBackup()
  const status = backupStatusOf(seen, { kind: 'complete', result: backedUp })

  test('says everything that the agent found', () => {
    expect(status).toMatchObject({
      phase: 'Completed',
      clusterID: 'c1c1',
      member: 'demo-1',
      etcdVersion: '3.6.16',
      revision: '35',
      size: '40Ki',
      totalKeys: 29,
      sha256: 'a'.repeat(64),
      completionTime: '2026-11-21T10:00:04Z',
      verified: { time: '2026-11-21T10:00:04Z', result: 'Passed' },
    })
  })

  test('is Complete and needs nobody', () => {
    expect(status.conditions).toEqual([
      expect.objectContaining({ type: 'Complete', status: 'True', reason: 'BackupCompleted' }),
      expect.objectContaining({ type: 'Stalled', status: 'False', reason: 'BackupCompleted' }),
    ])
  })

  test('took from its start to the agent’s last word', () => {
    expect(durationMs(seen, backedUp)).toBe(64_000)
  })

  test('takes its own time when the agent’s can’t be read', () => {
    const odd = backupStatusOf(seen, { kind: 'complete', result: { ...backedUp, completionTime: 'soon' } })
    expect(odd.completionTime).toBe('2026-11-21T10:00:00Z')
  })
})

describe('a failed backup', () => {
  test('says why, and that only a person can take another', () => {
    const status = backupStatusOf(aBackup(), { kind: 'fail', reason: 'VolumeFull', message: 'no room for demo/b1.db' })
    expect(status).toMatchObject({ phase: 'Failed', completionTime: '2026-11-21T10:00:00Z' })
    expect(status.verified).toBeUndefined()
    for (const [type, is] of [
      ['Complete', 'False'],
      ['Stalled', 'True'],
    ])
      expect(status.conditions).toContainEqual(expect.objectContaining({ type, status: is, reason: 'VolumeFull' }))
  })

  test('says so when the stored bytes were found wrong', () => {
    const status = backupStatusOf(aBackup(), { kind: 'fail', reason: 'SnapshotDamaged', message: 'page 7' })
    expect(status.verified?.result).toBe('Failed')
  })
})

test('what became of it stays in the status while its file is removed', () => {
  const completed = aBackup().withStatus(backupStatusOf(aBackup(), { kind: 'complete', result: backedUp }))
  const status = backupStatusOf(completed, block('VolumeReadOnly', 'no', { on: 'removal' }))
  expect(status).toMatchObject({ phase: 'Completed', revision: '35' })
  expect(status.conditions).toEqual([
    expect.objectContaining({ type: 'Complete', status: 'True', reason: 'BackupCompleted' }),
    expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'VolumeReadOnly' }),
  ])
})
