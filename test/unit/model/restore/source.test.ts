import { describe, expect, test } from 'vitest'
import type { EtcdBackup, EtcdBackupStatus } from '../../../../src/api/backups.ts'
import { known, unknown } from '../../../../src/model/known.ts'
import { claimOf, parseSource, resolveSource, type SourceFacts, sourceInWords } from '../../../../src/model/restore/source.ts'
import { withCrdDefaults } from '../../../builders/crd-defaults.ts'

const completed: EtcdBackupStatus = { phase: 'Completed', location: 'demo/b1.db', sha256: 'aa', revision: '35' }
const bare = { kind: 'volume', claimName: 'usb', path: 'old/x.db' } as const
const b1 = { kind: 'backup', name: 'b1' } as const
const absent = known({ state: 'absent' } as const)

function aBackup(status?: EtcdBackupStatus): EtcdBackup {
  const metadata = { name: 'b1', namespace: 'ns', uid: 'uid-b1', resourceVersion: '1', generation: 1, creationTimestamp: '' }
  const spec = { cluster: 'demo', storage: { volume: { claimName: 'backups', path: 'demo' } } }
  return withCrdDefaults('etcdbackups', { metadata, spec, ...(status ? { status } : {}) })
}

function deleted(backup: EtcdBackup): EtcdBackup {
  return { ...backup, metadata: { ...backup.metadata, deletionTimestamp: '2026-11-21T10:00:00Z' } }
}

function there(backup?: EtcdBackup): SourceFacts {
  return { backup, claim: known({ state: 'present', oneNode: true, node: undefined }) }
}

describe('the file of a source', () => {
  test('is where a completed backup says, and must be the one that it wrote', () => {
    const file = { claimName: 'backups', path: 'demo/b1.db', expected: { sha256: 'aa', revision: '35' } }
    expect(resolveSource(b1, there(aBackup(completed)))).toEqual({ kind: 'file', file })
  })

  test('is there while its completed backup waits to be deleted', () => {
    expect(resolveSource(b1, there(deleted(aBackup(completed))))).toMatchObject({ kind: 'file' })
  })

  test('is any file of a volume, without a word on what it holds', () => {
    expect(resolveSource(bare, there())).toEqual({ kind: 'file', file: { claimName: 'usb', path: 'old/x.db' } })
  })

  test('is waited for while its backup runs', () => {
    for (const backup of [aBackup(), aBackup({ phase: 'Pending' }), aBackup({ phase: 'Running' })])
      expect(resolveSource(b1, there(backup))).toMatchObject({ kind: 'wait', reason: 'WaitingForBackup' })
  })
})

describe('a source is refused', () => {
  test.each<[string, SourceFacts, string]>([
    ['when there is no such backup', there(), 'BackupNotFound'],
    ['when its backup has failed', there(aBackup({ phase: 'Failed' })), 'BackupNotUsable'],
    ['when its backup is deleted before it has begun', there(deleted(aBackup())), 'BackupNotUsable'],
    ['when its backup is deleted before it has ended', there(deleted(aBackup({ phase: 'Running' }))), 'BackupNotUsable'],
    ['when its backup lost its location', there(aBackup({ phase: 'Completed', sha256: 'aa', revision: '35' })), 'BackupNotUsable'],
    ['when its volume is gone', { backup: aBackup(completed), claim: absent }, 'ClaimNotFound'],
    ['when its volume has no file system', { backup: aBackup(completed), claim: known({ state: 'block' }) }, 'ClaimNotUsable'],
    ['when its volume is going', { backup: aBackup(completed), claim: known({ state: 'deleting' }) }, 'ClaimNotFound'],
  ])('%s', (_, facts, reason) => {
    expect(resolveSource(b1, facts)).toMatchObject({ kind: 'refused', reason })
  })

  test('when it names neither a backup nor a volume', () => {
    expect(parseSource({})).toBeUndefined()
    expect(resolveSource(undefined, there())).toMatchObject({ kind: 'refused', reason: 'InvalidSpec' })
  })

  test('when a volume without backup is gone', () => {
    expect(resolveSource(bare, { backup: undefined, claim: absent })).toMatchObject({ kind: 'refused', reason: 'ClaimNotFound' })
  })

  test('with the reason of the backup that failed', () => {
    const why = { type: 'Complete', status: 'False', reason: 'VolumeFull', message: '', lastTransitionTime: '' } as const
    const failed = aBackup({ phase: 'Failed', conditions: [why] })
    expect(resolveSource(b1, there(failed))).toMatchObject({ message: expect.stringContaining('VolumeFull') })
  })
})

test('the claim is known as soon as its backup is', () => {
  expect(claimOf(bare, undefined)).toBe('usb')
  expect(claimOf(b1, aBackup())).toBe('backups')
  expect(claimOf(b1, undefined)).toBeUndefined()
})

test('a claim that nobody has looked at refuses nothing', () => {
  expect(resolveSource(bare, { backup: undefined, claim: unknown('not looked up') })).toMatchObject({ kind: 'file' })
})

test('a source can be said in words', () => {
  expect(sourceInWords(b1)).toBe('backup b1')
  expect(sourceInWords(bare)).toBe('usb:old/x.db')
  expect(sourceInWords(undefined)).toBe('nothing')
})
