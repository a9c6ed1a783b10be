import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSnapshot } from '../../../../src/agent/snapshot/read-snapshot.ts'
import { verify } from '../../../../src/agent/tasks/verify.ts'
import { renderManifest } from '../../../../src/agent/volume/manifest.ts'
import type { AgentReason } from '../../../../src/api/reasons.ts'
import { unpackSpec } from '../../../../src/model/agent/packed-spec.ts'
import type { SnapshotFacts, VerifyTask } from '../../../../src/model/agent/task.ts'
import { aManifest } from '../a-manifest.ts'
import { aVolume } from '../a-volume.ts'
import { aSnapshot } from '../snapshot/a-snapshot.ts'
import type { LeafEntry } from '../snapshot/bbolt-pages.ts'

const file = aSnapshot()
const task: VerifyTask = { do: 'verify', location: 'demo/b1.db' }

describe('a stored file', () => {
  test('is verified without a manifest', () => {
    const root = aVolume({ 'demo/b1.db': file })
    expect(verify(task, root)).toEqual({ result: 'Verified', snapshot: factsIn(root) })
    expect(readdirSync(join(root, 'demo'))).toEqual(['b1.db'])
  })

  test('is verified with what its manifest says of the cluster', () => {
    const root = aVolume({ 'demo/b1.db': file })
    const spec = { size: 3, version: '3.6.16' }
    const described = aVolume({ 'demo/b1.db': file, 'demo/b1.db.json': renderManifest(aManifest(factsIn(root), spec)) })
    const result = verify(task, described)
    expect(result).toMatchObject({ manifest: { cluster: 'demo', clusterId: '7c1e0b', etcdVersion: '3.6.16' } })
    expect(unpackSpec('manifest' in result ? (result.manifest?.spec ?? '') : '')).toEqual(spec)
  })

  test('goes without the spec when that is too large to be handed over', () => {
    const root = aVolume({ 'demo/b1.db': file })
    const spec = { annotations: randomBytes(5000).toString('base64') }
    const result = verify(task, aVolume({ 'demo/b1.db': file, 'demo/b1.db.json': renderManifest(aManifest(factsIn(root), spec)) }))
    expect(result).toMatchObject({ result: 'Verified', manifest: { cluster: 'demo' } })
    expect(JSON.stringify(result)).not.toContain('spec')
  })

  test('may be what the EtcdBackup says', () => {
    const root = aVolume({ 'demo/b1.db': file })
    expect(verify({ ...task, expected: factsIn(root) }, root)).toMatchObject({ result: 'Verified' })
  })
})

/** As etcd writes them: AlarmMember with a member's ID and the alarm, 1 NOSPACE or 2 CORRUPT. */
const alarm = (kind: 1 | 2): LeafEntry => [Buffer.from([0x08, 0x9d, 0xc5, 0xe2, 0x90, 0xa5, 0xc0, 0x97, 0xcf, 0x8e, 0x01, 0x10, kind]), '']
const authentication = (value: 0 | 1): LeafEntry => ['authEnabled', Buffer.from([value])]

describe('a stored file of a cluster', () => {
  test('with authentication is verified, and says so: the new cluster has to let the operator in by its certificate', () => {
    const root = aVolume({ 'demo/b1.db': aSnapshot({ auth: [authentication(1), ['authRevision', 'xxxxxxxx']] }) })
    expect(verify(task, root)).toMatchObject({ result: 'Verified', authEnabled: true })
  })

  test('that has switched its authentication off again is verified', () => {
    expect(verify(task, aVolume({ 'demo/b1.db': aSnapshot({ auth: [authentication(0)] }) }))).not.toHaveProperty('authEnabled')
  })

  test('whose members had noticed that their data differ is refused', () => {
    refuses('SnapshotDamaged', "etcd's CORRUPT alarm was raised", {}, aVolume({ 'demo/b1.db': aSnapshot({ alarms: [alarm(2)] }) }))
  })

  test('that had reached its quota is verified: the new cluster takes the alarm back', () => {
    expect(verify(task, aVolume({ 'demo/b1.db': aSnapshot({ alarms: [alarm(1)] }) }))).toMatchObject({ result: 'Verified' })
  })
})

describe('a stored file is refused', () => {
  test('when it is not the one that the EtcdBackup describes', () => {
    const root = aVolume({ 'demo/b1.db': file })
    const facts = factsIn(root)
    refuses('BackupChanged', 'the EtcdBackup describes demo/b1.db with the SHA-256 00,', { expected: { ...facts, sha256: '00' } }, root)
    refuses('BackupChanged', 'with revision 8, the file has 7', { expected: { ...facts, revision: '8' } }, root)
  })

  test('when it is not the one that its manifest describes', () => {
    const root = aVolume({ 'demo/b1.db': file, 'demo/b1.db.json': renderManifest(aManifest()) })
    refuses('BackupChanged', 'the manifest describes demo/b1.db with the SHA-256 aaaa', {}, root)
  })

  test('when its manifest can’t be read', () => {
    refuses('ManifestUnreadable', 'demo/b1.db.json: the manifest', {}, aVolume({ 'demo/b1.db': file, 'demo/b1.db.json': '{' }))
  })

  test('when another etcd wrote it than the one that is to open it', () => {
    const root = aVolume({ 'demo/b1.db': file })
    refuses('NewerVersion', 'demo/b1.db: the file was written by etcd 3.6, which 3.5.35', { targetVersion: '3.5.35' }, root)
    refuses('VersionTooOld', 'demo/b1.db: the file was written by etcd 3.6, more than', { targetVersion: '3.8.0' }, root)
    for (const targetVersion of ['3.6.16', '3.7.3']) expect(verify({ ...task, targetVersion }, root)).toMatchObject({ result: 'Verified' })
  })

  test('when it is damaged, whatever else is said of it', () => {
    const root = aVolume({ 'demo/b1.db': file.subarray(0, 20_000), 'demo/b1.db.json': '{' })
    refuses('SnapshotTruncated', 'demo/b1.db: the file has 20000 bytes', { expected: { sha256: 'x', revision: '1' } }, root)
  })

  test('when it is not there, no file, or out of the volume', () => {
    const root = aVolume({ 'demo/b2.db': file })
    refuses('FileNotFound', 'demo/b1.db is not on the volume', {}, root)
    mkdirSync(join(root, 'demo/b1.db'))
    refuses('NotAFile', 'demo/b1.db is a folder', {}, root)
    symlinkSync('/etc', join(root, 'way'))
    refuses('NotAFile', 'way is a symbolic link', { location: 'way/passwd' }, root)
    refuses('NotAFile', 'not a path inside the volume', { location: '../b1.db' }, root)
  })
})

function factsIn(root: string): SnapshotFacts {
  return readSnapshot(join(root, 'demo/b1.db'))
}

function refuses(reason: AgentReason, message: string, change: Partial<VerifyTask>, root: string): void {
  expect(() => verify({ ...task, ...change }, root)).toThrow(expect.objectContaining({ reason, message: expect.stringContaining(message) }))
}
