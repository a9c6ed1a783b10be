import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/adapters/failure.ts'
import { issueCa } from '../../../src/adapters/x509.ts'
import type { EtcdBackup } from '../../../src/api/backups.ts'
import type { PassResult } from '../../../src/runtime/controller-loop.ts'
import { aBackup, aFormedCluster, backedUp } from '../../builders/a-backup.ts'
import { aRestore } from '../../builders/a-restore.ts'
import type { Stored } from '../act/fake-kube.ts'
import { BackupWorld, hasFinalizer } from './backup-world.ts'
import { dyingAt } from './object-world.ts'

const isCompleted = (backup: EtcdBackup | undefined) => backup?.status?.phase === 'Completed'
const isGone = (backup: EtcdBackup | undefined) => backup === undefined
const jobs = (world: BackupWorld) => world.writes.filter((write) => write === 'create jobs').length

describe('a backup', () => {
  test('is written down, gets its Job, and is completed by what its pod reports', async () => {
    const world = new BackupWorld(aBackup().fresh())
    await world.pass()
    expect(world.backup?.status).toMatchObject({ phase: 'Pending', location: 'demo/b1.db', startTime: expect.any(String) })
    expect(world.writes).toEqual(['patch etcdbackups'])

    await world.pass()
    expect(world.names('jobs')).toEqual(['b1-backup'])

    await world.pass()
    world.worldMoves()
    await world.pass()
    expect(world.backup?.status).toMatchObject({ phase: 'Completed', revision: '35', verified: { result: 'Passed' } })
  })

  test('of a cluster that speaks TLS says which Secret its Job lacks, and begins when that is there', async () => {
    const world = new BackupWorld(aBackup().fresh())
    const cluster = aFormedCluster()
    const encrypted = { ...cluster, status: { ...cluster.status, tls: { mode: 'Required' } } } as typeof cluster
    world.put('etcdclusters', encrypted as unknown as Stored)
    await world.until('told', (backup) => backup?.status?.conditions?.some(({ reason }) => reason === 'BadSecret') === true)
    const stalled = world.backup?.status?.conditions?.find(({ type }) => type === 'Stalled')
    expect(stalled).toMatchObject({ status: 'True', reason: 'BadSecret', message: expect.stringContaining('demo-client-ca') })
    expect([world.names('jobs'), world.names('secrets')]).toEqual([[], []])

    const life = { notBefore: Date.parse('2026-11-20T10:00:00Z'), notAfter: Date.parse('2027-11-20T10:00:00Z') }
    const ca = await issueCa({ commonName: 'c 1', ...life })
    const data = { 'current.crt': btoa(ca.cert), 'current.key': btoa(ca.key) }
    const { name, uid } = encrypted.metadata
    const ownerReferences = [{ apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', name, uid }]
    world.put('secrets', { metadata: { name: 'demo-client-ca', uid: 'uid-ca', resourceVersion: '1', ownerReferences }, data })
    await world.until('at work', () => world.names('jobs').length > 0)
    expect(world.names('secrets')).toEqual(['demo-client-ca', expect.stringMatching(/^b1-backup-/)])
  })

  test('that has ended costs no request', async () => {
    const world = new BackupWorld(aBackup().fresh())
    await world.until('completed', isCompleted)
    world.requests = 0
    await world.pass()
    expect(world.requests).toBe(0)
  })

  test('whose Job ended while the operator was away is completed, long after its time is over', async () => {
    const world = new BackupWorld(aBackup().fresh())
    await world.until('at work', () => world.names('jobs').length > 0)
    world.worldMoves()
    world.timePasses(24 * 60)
    await world.until('ended', (backup) => backup?.status?.phase !== 'Pending')
    expect(world.backup?.status).toMatchObject({ phase: 'Completed', revision: '35', verified: { result: 'Passed' } })
    expect(jobs(world)).toBe(1)
  })

  test.each([
    ['Completed', backedUp],
    ['Failed', { result: 'Failed', reason: 'VolumeFull', message: 'no room' }],
  ] as const)('that is %s keeps its Job for ten minutes', async (phase, says) => {
    const world = new BackupWorld(aBackup().fresh())
    world.agentSays = says
    await world.until('ended', (backup) => backup?.status?.phase === phase)
    expect(await world.pass()).toEqual({ next: 'after', ms: 600_000 })
    world.timePasses(9)
    expect(await world.pass()).toEqual({ next: 'after', ms: 60_000 })
    expect(world.names('jobs')).toEqual(['b1-backup'])

    world.timePasses(1)
    expect(await world.pass()).toEqual({ next: 'when-changed' })
    expect(world.names('jobs')).toEqual([])
    world.requests = 0
    expect(await world.pass()).toEqual({ next: 'when-changed' })
    expect(world.requests).toBe(0)
  })

  test('is completed although another container keeps its pod running, which goes a minute later', async () => {
    const world = new BackupWorld(aBackup().fresh())
    world.isMeshed = true
    world.agentSays = { ...backedUp, completionTime: '1970-01-01T00:00:00Z' }
    await world.until('completed', isCompleted)
    expect(world.names('jobs')).toEqual(['b1-backup'])
    world.timePasses(2)
    await world.pass()
    expect(world.names('jobs')).toEqual([])
  })

  test('whose object is replaced gets its finalizer back, and its file goes with it', async () => {
    const world = new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh())
    await world.until('completed', isCompleted)
    const { metadata } = world.backup ?? {}
    world.put('etcdbackups', { ...world.backup, metadata: { ...metadata, finalizers: [] } })
    await world.pass()
    expect(hasFinalizer(world.backup)).toBe(true)
    expect(isCompleted(world.backup)).toBe(true)
  })

  test('never removes the Job of another backup of its name', async () => {
    const world = new BackupWorld(aBackup().fresh())
    await world.until('completed', isCompleted)
    const early = world.snapshot()
    world.remove('jobs/b1-backup')
    world.put('jobs', { metadata: { name: 'b1-backup', uid: 'another', resourceVersion: '1' }, spec: {} })
    world.timePasses(10)
    await world.pass(early)
    expect(world.names('jobs')).toEqual(['b1-backup'])
  })

  test('fails with the agent’s own reason, and stays so', async () => {
    const world = new BackupWorld(aBackup().fresh())
    world.agentSays = { result: 'Failed', reason: 'VolumeFull', message: 'no room' }
    await world.until('failed', (backup) => backup?.status?.phase === 'Failed')
    expect(world.backup?.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'VolumeFull', message: 'no room' })
    const { length } = world.writes
    await world.pass()
    expect(world.writes).toHaveLength(length)
  })

  test('is judged by the API server, not by a cache that lags behind', async () => {
    const world = new BackupWorld(aBackup().fresh())
    await world.pass()
    const early = world.snapshot()
    await world.pass()
    await world.pass(early)
    expect(jobs(world)).toBe(1)
    expect(world.backup?.status?.phase).toBe('Pending')

    await world.until('completed', isCompleted)
    const { length } = world.writes
    await world.pass(early)
    expect(world.writes).toHaveLength(length)
  })

  test('that is gone is looked for ever more rarely while a cache still has it', async () => {
    const world = new BackupWorld(aBackup())
    const pass = world.passes(world.snapshot())
    world.remove('etcdbackups/b1')
    const pauses: PassResult[] = []
    for (let round = 0; round < 10; round++) pauses.push(await pass())
    expect(pauses.slice(0, 3)).toMatchObject([{ ms: 100 }, { ms: 200 }, { ms: 400 }])
    expect(pauses.at(-1)).toEqual({ next: 'after', ms: 10_000 })
  })

  test('is taken once by two operators', async () => {
    const world = new BackupWorld(aBackup().fresh())
    for (let round = 0; round < 10; round++) {
      await Promise.allSettled([world.pass(), world.pass(new Map(world.snapshot()))])
      world.worldMoves()
    }
    expect(isCompleted(world.backup)).toBe(true)
    expect(jobs(world)).toBe(1)
  })
})

describe.each(['before', 'after'] as const)('an operator that dies %s its write is heard of', (when) => {
  test.each([1, 2, 3, 4, 5, 6])('number %i', async (n) => {
    const world = dyingAt(new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh()), n, when)
    await world.until('completed', isCompleted)
    expect(hasFinalizer(world.backup)).toBe(true)
    expect(jobs(world)).toBe(1)
    world.deleteBackup()
    await world.until('gone', isGone)
    expect(jobs(world)).toBe(2)
  })

  test.each([1, 2, 3])('number %i of a deletion', async (n) => {
    const world = new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh())
    await world.until('completed', isCompleted)
    world.deleteBackup()
    await dyingAt(world, n, when).until('gone', isGone)
    expect(jobs(world)).toBe(2)
  })
})

describe('a deletion', () => {
  test('lets go only after the file was removed', async () => {
    const world = new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh())
    await world.until('completed', isCompleted)
    world.deleteBackup()
    await world.pass()
    expect(world.names('jobs')).toContain('b1-delete')
    await world.pass()
    expect(hasFinalizer(world.backup)).toBe(true)
    world.worldMoves()
    await world.pass()
    expect(world.backup).toBeUndefined()
  })

  test('in the middle of the work stops that first', async () => {
    const world = new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh())
    await world.until('at work', () => world.names('jobs').length > 0)
    world.deleteBackup()
    await world.pass()
    expect(world.names('jobs')).toEqual([])
    await world.until('gone', isGone)
    expect(world.writes.slice(-3)).toEqual(['delete jobs', 'create jobs', 'patch etcdbackups'])
  })

  test('in the middle of the work doesn’t wait for a restore that waits for the backup', async () => {
    const world = new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh())
    world.put('etcdrestores', aRestore({ source: { backup: 'b1' } }).restore)
    await world.until('at work', () => world.names('jobs').length > 0)
    world.deleteBackup()
    await world.until('gone', isGone)
  })

  test('waits for a restore that reads the file', async () => {
    const world = new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh())
    await world.until('completed', isCompleted)
    world.put('etcdrestores', aRestore({ source: { backup: 'b1' } }).restore)
    world.deleteBackup()
    await world.until('waiting', (backup) => backup?.status?.conditions?.some(({ reason }) => reason === 'BackupInUse') ?? false)
    world.put('etcdrestores', aRestore({ source: { backup: 'b1' } }).inPhase('Completed').restore)
    await world.until('gone', isGone)
  })

  test('of the volume as well ends a removal that had begun, whose pod can never start', async () => {
    const world = new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh())
    await world.until('completed', isCompleted)
    world.deleteBackup()
    for (let pass = 0; !world.names('jobs').includes('b1-delete') && pass < 5; pass++) await world.pass()
    world.deleteClaim()
    for (let pass = 0; world.backup !== undefined && pass < 5; pass++) await world.pass()
    expect([world.backup, world.names('jobs').filter((name) => name.endsWith('-delete'))]).toEqual([undefined, []])
  })

  test('of the namespace waits for nothing', async () => {
    const world = new BackupWorld(aBackup({ deletionPolicy: 'Delete' }).fresh())
    await world.until('completed', isCompleted)
    world.deleteBackup()
    const why = 'jobs.batch "b1-delete" is forbidden: unable to create new content in namespace ns because it is being terminated'
    world.refuses = (verb) => (verb === 'create' ? new Failure('rejected', why) : undefined)
    await world.pass()
    expect(world.backup).toBeUndefined()
  })

  test('of a backup whose file is kept needs nobody', async () => {
    const world = new BackupWorld(aBackup().fresh())
    await world.until('completed', isCompleted)
    world.deleteBackup()
    expect(world.backup).toBeUndefined()
  })
})

test('what the API server refuses is said, and tried again', async () => {
  const world = new BackupWorld(aBackup().fresh())
  const why = 'jobs.batch "b1-backup" is forbidden: exceeded quota: few, requested: count/jobs.batch=1'
  world.refuses = (verb) => (verb === 'create' ? new Failure('rejected', why) : undefined)
  await world.until('stalled', (backup) => backup?.status?.conditions?.[1]?.status === 'True')
  expect(world.backup?.status?.conditions?.[1]).toMatchObject({
    type: 'Stalled',
    reason: 'QuotaExceeded',
    message: expect.stringContaining(why),
  })
  world.refuses = () => undefined
  await world.until('completed', isCompleted)
})
