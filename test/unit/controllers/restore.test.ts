import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/adapters/failure.ts'
import { annotation, label } from '../../../src/api/labels.ts'
import { parseVerified } from '../../../src/model/restore/verified-snapshot.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import { aRestore, bareFile, clusterCondition, restoreUid, snapshot } from '../../builders/a-restore.ts'
import { dyingAt } from './object-world.ts'
import { anotherRestore, RestoreWorld } from './restore-world.ts'

describe('a restore', () => {
  test('verifies, makes the EtcdCluster, follows it, and is complete', async () => {
    const world = new RestoreWorld(aRestore())
    await world.pass()
    await world.pass()
    expect(world.status()).toMatchObject({ phase: 'Verifying', source: 'backup b1' })
    expect(world.names('jobs')).toEqual(['r1-source'])
    expect(world.cluster()).toBeUndefined()

    world.worldMoves()
    await world.pass()
    await world.pass()
    expect(world.status()).toMatchObject({ phase: 'Restoring', revision: '35' })

    world.worldMoves()
    await world.pass()
    expect(world.status()).toMatchObject({ phase: 'Growing', clusterID: 'd2d2' })

    world.worldMoves()
    await world.pass()
    expect(world.status()).toMatchObject({
      phase: 'Completed',
      clusterID: 'd2d2',
      revision: '35',
      completionTime: expect.any(String),
      conditions: [
        { type: 'Complete', status: 'True', reason: 'RestoreCompleted' },
        { type: 'Stalled', status: 'False' },
      ],
    })
  })

  test('is complete although another container keeps the pod of its Job running, which goes a minute later', async () => {
    const world = new RestoreWorld(aRestore())
    world.isMeshed = true
    expect(await world.untilEnded()).toMatchObject({ phase: 'Completed' })
    await world.pass()
    expect(world.names('jobs')).toEqual(['r1-source'])
    world.timePasses(1)
    await world.pass()
    expect(world.names('jobs')).toEqual([])
  })

  test('hands over what it found, and does not own what it makes', async () => {
    const world = new RestoreWorld(aRestore())
    await world.untilEnded()
    const { metadata, spec } = world.cluster() ?? anEtcdCluster()
    expect(metadata).toMatchObject({
      name: 'demo2',
      labels: { [label.restore]: 'r1' },
      annotations: { [annotation.restoreUid]: restoreUid },
    })
    expect(metadata).not.toHaveProperty('ownerReferences')
    expect(parseVerified(metadata.annotations?.[annotation.verified])).toEqual({
      source: 'backup b1',
      claimName: 'backups',
      path: 'demo/b1.db',
      snapshot,
    })
    expect(spec.bootstrap).toEqual({ restore: { backup: 'b1' } })
  })

  test('writes nothing while nothing changes, and never again once it has ended', async () => {
    const world = new RestoreWorld(aRestore())
    await world.pass()
    await world.pass()
    const begun = [...world.writes]
    await world.pass()
    expect(world.writes).toEqual(begun)
    await world.untilEnded()
    const ended = [...world.writes]
    world.remove('etcdclusters/demo2')
    world.remove('etcdbackups/b1')
    await world.pass()
    expect(world.writes).toEqual(ended)
    expect(world.status()?.phase).toBe('Completed')
  })

  test('asks the API server for pods and warnings alone while its Job runs, and for nothing while its EtcdCluster restores itself', async () => {
    const world = new RestoreWorld(aRestore())
    await world.pass()
    world.jobRuns()
    await world.pass()
    const begun = world.requests
    await world.pass()
    expect(world.requests - begun).toBe(2)
    world.worldMoves()
    await world.pass()
    await world.pass()
    const made = world.requests
    await world.pass()
    expect(world.requests).toBe(made)
  })

  test('that is gone is looked for ever more rarely while a cache still has it', async () => {
    const world = new RestoreWorld(aRestore())
    const pass = world.passes('r1', world.snapshot())
    world.remove('etcdrestores/r1')
    expect([await pass(), await pass(), await pass()]).toEqual([100, 200, 400].map((ms) => ({ next: 'after', ms })))
    expect(world.writes).toEqual([])
  })

  test('goes on with an API server that takes 300 ms for each call', async () => {
    const world = new RestoreWorld(aRestore())
    world.readMs = 300
    await world.pass()
    expect(world.writes).toContain('create jobs')
  })

  // Safety: what was seen too long ago may be otherwise by now.
  test('does nothing on a look that took too long', async () => {
    const world = new RestoreWorld(aRestore())
    world.readMs = 3000
    await world.pass()
    expect(world.writes).toEqual(['patch etcdrestores'])
    expect(world.status('r1')?.conditions).toContainEqual(expect.objectContaining({ type: 'Complete', reason: 'NotAnswered' }))
    world.readMs = 0
    await world.pass()
    expect(world.writes).toContain('create jobs')
  })

  test('reads the file again when the Job and its pod were lost', async () => {
    const world = new RestoreWorld(aRestore())
    await world.pass()
    world.worldMoves()
    world.remove('pods/r1-source-x')
    expect(await world.untilEnded()).toMatchObject({ phase: 'Completed' })
    expect(world.writes.filter((write) => write === 'create jobs')).toHaveLength(2)
  })
})

describe('an operator that dies', () => {
  const places = Array.from({ length: 7 }, (_, index) => index + 1)
  test.each(places.flatMap((n) => [[n, 'before'] as const, [n, 'after'] as const]))(
    'at write %i, %s it, goes on where it was',
    async (n, when) => {
      const world = dyingAt(new RestoreWorld(aRestore()), n, when)
      expect(await world.untilEnded()).toMatchObject({ phase: 'Completed', clusterID: 'd2d2' })
      expect(world.names('etcdclusters')).toEqual(['demo2'])
      expect(world.writes.filter((write) => write === 'create etcdclusters')).toHaveLength(1)
      expect(world.writes.filter((write) => /^(patch|delete) etcdclusters$/.test(write))).toEqual([])
    },
  )
})

describe('nothing is made', () => {
  test('from a file that is damaged', async () => {
    const world = new RestoreWorld(aRestore())
    world.agentSays = { result: 'Failed', reason: 'SnapshotDamaged', message: 'page 7: checksum' }
    expect(await world.untilEnded()).toMatchObject({
      phase: 'Failed',
      conditions: [
        { type: 'Complete', status: 'False', reason: 'SnapshotDamaged', message: 'page 7: checksum' },
        { type: 'Stalled', status: 'True', reason: 'SnapshotDamaged' },
      ],
    })
    expect(world.writes).not.toContain('create etcdclusters')
  })

  test('for a wish that the API server refuses, and it is not even read for', async () => {
    const world = new RestoreWorld(aRestore({ clusterSpec: { size: 2 } }))
    world.refuses = (_, plural, dryRun) => (plural === 'etcdclusters' && dryRun ? invalid('spec.size: Unsupported value: 2') : undefined)
    expect(await world.untilEnded()).toMatchObject({
      phase: 'Failed',
      conditions: [{ reason: 'InvalidSpec', message: expect.stringContaining('spec.size: Unsupported value: 2') }, {}],
    })
    expect(world.writes).not.toContain('create jobs')
  })

  test('from a manifest whose spec the API server does not take any more', async () => {
    const world = new RestoreWorld(aRestore())
    world.refuses = (_, plural) => (plural === 'etcdclusters' ? invalid('spec.version: Invalid value') : undefined)
    expect(await world.untilEnded()).toMatchObject({ phase: 'Failed', conditions: [{ reason: 'InvalidSpec' }, {}] })
  })

  test('while a quota refuses it, which a person may raise', async () => {
    const world = new RestoreWorld(aRestore())
    let full = true
    world.refuses = (_, plural) => (plural === 'etcdclusters' && full ? new Failure('rejected', 'exceeded quota: small') : undefined)
    await world.pass()
    world.worldMoves()
    await world.pass()
    expect(world.status()).toMatchObject({
      phase: 'Verifying',
      conditions: [{}, { type: 'Stalled', status: 'True', reason: 'QuotaExceeded' }],
    })
    full = false
    expect(await world.untilEnded()).toMatchObject({ phase: 'Completed' })
  })

  test('in a namespace that is going, and no action is needed', async () => {
    const world = new RestoreWorld(aRestore())
    world.refuses = (verb) => (verb === 'create' ? new Failure('rejected', 'forbidden because it is being terminated') : undefined)
    await world.pass()
    expect(world.status()).toMatchObject({ conditions: [{ reason: 'Deleting' }, { type: 'Stalled', status: 'False' }, {}] })
  })

  test('from a claim that is not there', async () => {
    const world = new RestoreWorld(aRestore({ source: bareFile }))
    world.remove('persistentvolumeclaims/backups')
    expect(await world.untilEnded()).toMatchObject({ phase: 'Failed', conditions: [{ reason: 'ClaimNotFound' }, {}] })
    expect(world.writes).toEqual(['patch etcdrestores'])
  })
})

describe('a name that exists', () => {
  const somebodys = { ...anEtcdCluster(), metadata: { ...anEtcdCluster().metadata, name: 'demo2', uid: 'uid-theirs' } }

  test('fails the restore and stays as it is', async () => {
    const world = new RestoreWorld(aRestore())
    world.put('etcdclusters', somebodys)
    expect(await world.untilEnded()).toMatchObject({ phase: 'Failed', conditions: [{ reason: 'ClusterExists' }, {}] })
    expect(world.cluster()).toEqual(somebodys)
  })

  test('that only the API server knows of yet, counts', async () => {
    const world = new RestoreWorld(aRestore())
    const behind = world.snapshot()
    world.put('etcdclusters', somebodys)
    await world.pass('r1', behind)
    expect(world.status()).toMatchObject({ phase: 'Failed', conditions: [{ reason: 'ClusterExists' }, {}] })
  })

  test('that is gone, though a watch has not told yet, does not count', async () => {
    const world = new RestoreWorld(aRestore())
    world.put('etcdclusters', somebodys)
    const behind = world.snapshot()
    world.remove('etcdclusters/demo2')
    await world.pass('r1', behind)
    expect(world.names('jobs')).toEqual(['r1-source'])
  })

  test('goes to one of two restores that want it', async () => {
    const world = new RestoreWorld(anotherRestore('r1', 'demo2'), anotherRestore('r2', 'demo2'))
    await world.pass('r1')
    await world.pass('r2')
    world.worldMoves()
    await Promise.allSettled([world.pass('r1'), world.pass('r2')])
    const ends = [await world.untilEnded('r1'), await world.untilEnded('r2')]
    expect(ends.map(({ phase }) => phase).toSorted()).toEqual(['Completed', 'Failed'])
    expect(ends.find(({ phase }) => phase === 'Failed')).toMatchObject({ conditions: [{ reason: 'ClusterExists' }, {}] })
    expect(world.names('etcdclusters')).toEqual(['demo2'])
  })

  test('of their own each, two restores of one backup both get', async () => {
    const world = new RestoreWorld(anotherRestore('r1', 'demo2'), anotherRestore('r2', 'demo3'))
    const ends = [await world.untilEnded('r1'), await world.untilEnded('r2')]
    expect(ends.map(({ phase }) => phase)).toEqual(['Completed', 'Completed'])
    expect(world.names('etcdclusters')).toEqual(['demo2', 'demo3'])
  })
})

describe('an EtcdCluster that was made', () => {
  test('is not made again when somebody deletes it', async () => {
    const world = new RestoreWorld(aRestore())
    await world.pass()
    world.worldMoves()
    await world.pass()
    await world.pass()
    world.remove('etcdclusters/demo2')
    expect(await world.untilEnded()).toMatchObject({ phase: 'Failed', conditions: [{ reason: 'ClusterDeleted' }, {}] })
    expect(world.names('etcdclusters')).toEqual([])
  })

  test('is not made again by an operator that slept through its life', async () => {
    const world = new RestoreWorld(aRestore())
    await world.pass()
    world.worldMoves()
    const behind = world.snapshot()
    await world.untilEnded()
    world.remove('etcdclusters/demo2')
    await world.pass('r1', behind)
    expect(world.names('etcdclusters')).toEqual([])
  })

  test('fails the restore with its own words when its data differs', async () => {
    const world = new RestoreWorld(aRestore())
    await world.pass()
    world.worldMoves()
    await world.pass()
    world.clusterSays({ conditions: [clusterCondition('Stalled', 'RestoredDataDiffers', '27 keys were expected, 26 are there')] })
    await world.pass()
    expect(world.status()).toMatchObject({
      phase: 'Failed',
      conditions: [{ reason: 'RestoredDataDiffers', message: '27 keys were expected, 26 are there' }, {}],
    })
  })
})

function invalid(message: string): Failure {
  return new Failure('rejected', message, { cause: { kind: 'Status', reason: 'Invalid', message } })
}
