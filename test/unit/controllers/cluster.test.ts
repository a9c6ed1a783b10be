import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/adapters/failure.ts'
import { annotation, volumesFinalizer } from '../../../src/api/labels.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import { ClusterWorld } from './cluster-world.ts'

const step = { next: 'now' }

describe('a slow API server', () => {
  test('that answers each call after 300 ms does not hold up steps', async () => {
    const world = new ClusterWorld()
    world.readMs = 300
    expect(await world.passes()()).toEqual(step)
    expect(world.cluster?.status?.bootstrap?.size).toBe(3)
  })

  test('that is too slow for a live look is told after some turns: in the status, an Event and a metric', async () => {
    const world = new ClusterWorld(anEtcdCluster({}, { bootstrap: { size: 3, token: 't', incarnation: 'i' } }))
    world.readMs = 2_000
    const pass = world.passes()
    for (let turn = 0; turn < 7; turn++) expect(await pass()).toMatchObject({ next: 'after' })
    expect(world.writes).not.toContain('create configmaps')
    expect(world.cluster?.status?.nextStep).toMatchObject({ action: 'WriteConfig', reason: 'NotAnswered' })
    expect(world.condition('Progressing')?.message).toContain('the API server is slow')
    expect(world.events).toMatchObject([{ type: 'Warning', reason: 'NotAnswered', action: 'WriteConfig' }])
    expect(await world.metrics.registry.metrics()).toMatch(
      /etcd_operator_step_failures_total\{namespace="ns",etcd_cluster="demo",action="WriteConfig"\} [1-9]/,
    )

    world.readMs = 0
    expect(await pass()).toEqual(step)
    expect(world.writes).toContain('create configmaps')
    await pass()
    expect(world.cluster?.status?.nextStep?.reason).toBe('Bootstrapping')
  })

  test('that lasts is for a person', async () => {
    const world = new ClusterWorld(anEtcdCluster({}, { bootstrap: { size: 3, token: 't', incarnation: 'i' } }))
    world.readMs = 2_000
    const pass = world.passes()
    for (let turn = 0; turn < 60; turn++) await pass()
    expect(world.cluster?.status?.nextStep).toMatchObject({ action: 'WriteConfig', reason: 'NotAnswered' })
    expect(world.condition('Stalled')).toMatchObject({ status: 'True', reason: 'NotAnswered' })
  })

  test('is asked ever more rarely while no step can be taken', async () => {
    const world = new ClusterWorld()
    world.readMs = 2_000
    const pass = world.passes()
    const pauses: number[] = []
    for (let turn = 0; turn < 14; turn++) {
      const result = await pass()
      if (result.next === 'after') pauses.push(result.ms)
    }
    expect(pauses.slice(0, 5)).toEqual([50, 50, 50, 50, 50])
    expect(pauses.at(-1)).toBe(10_000)
  })
})

describe('a dry run', () => {
  const asked = () => {
    const world = new ClusterWorld(anEtcdCluster({ storage: { deletionPolicy: 'Delete' } }))
    world.edit(({ metadata }) => ({ metadata: { ...metadata, annotations: { [annotation.dryRun]: 'true' } } }))
    return world
  }

  test('writes nothing but the status, which lists what would be done', async () => {
    const world = asked()
    const pass = world.passes()
    for (let turn = 0; turn < 5; turn++) expect(await pass()).toMatchObject({ next: 'after' })
    // The status, once.
    expect(world.writes).toEqual(['patch etcdclusters'])
    expect(world.cluster?.metadata.finalizers).toBeUndefined()
    expect(world.events).toEqual([])
    expect(world.cluster?.status?.plan?.map(({ action }) => action)).toEqual([
      'FreezeBootstrap',
      'WriteConfig',
      'CreateStatefulSet',
      'PinCluster',
      'WriteConfig',
    ])
    expect(world.cluster?.status?.nextStep).toMatchObject({ action: 'Block', reason: 'DryRun' })
    expect(world.condition('Stalled')).toMatchObject({ status: 'True', reason: 'DryRun' })
  })

  test('that ends is followed by the first step, and leaves no plan', async () => {
    const world = asked()
    const pass = world.passes()
    await pass()
    world.edit(({ metadata }) => ({ metadata: { ...metadata, annotations: {} } }))
    expect(await pass()).toEqual(step)
    expect(world.cluster?.status?.bootstrap?.size).toBe(3)
    await pass()
    expect(world.cluster?.status?.plan).toBeUndefined()
    expect(world.cluster?.metadata.finalizers).toEqual([volumesFinalizer])
  })

  test('does not hold up a deletion', async () => {
    const world = asked()
    world.edit(({ metadata }) => ({
      metadata: { ...metadata, finalizers: [volumesFinalizer], deletionTimestamp: '2026-11-21T10:00:00Z' },
    }))
    const pass = world.passes()
    for (let turn = 0; turn < 5; turn++) await pass()
    expect(world.cluster?.metadata.finalizers ?? []).toEqual([])
  })
})

describe('races that are lost', () => {
  test('ten times in a row are logged and counted: something writes faster than passes come', async () => {
    const world = new ClusterWorld()
    world.refuses = (verb, plural) => (verb === 'patch' && plural === 'etcdclusters' ? new Failure('conflict', 'modified') : undefined)
    const pass = world.passes()
    for (let turn = 0; turn < 9; turn++) await pass()
    expect(world.log.lines.filter(({ level }) => level === 'warn')).toEqual([])
    await pass()
    expect(world.log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { controller: 'cluster', key: 'ns/demo', races: 10 } },
    ])
    expect(await world.metrics.registry.metrics()).toContain('etcd_operator_lost_races_total{controller="cluster"} 10\n')
  })

  test('now and then are nothing to tell', async () => {
    const world = new ClusterWorld()
    const pass = world.passes()
    let writes = 0
    world.refuses = () => (writes++ % 2 === 0 ? new Failure('conflict', 'modified') : undefined)
    for (let turn = 0; turn < 30; turn++) await pass()
    expect(world.log.lines.filter(({ level }) => level === 'warn')).toEqual([])
  })
})

describe('an EtcdCluster of an earlier generation', () => {
  test('than its status says it observed was restored together with the status: it is looked after', async () => {
    const world = new ClusterWorld(anEtcdCluster({}, { observedGeneration: 7 }))
    expect(await world.passes()()).toEqual(step)
    expect(world.log.lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ generation: 1 }) }))
  })

  test('than the very same object had before is a stale view: nothing is done', async () => {
    const world = new ClusterWorld()
    const { metadata } = anEtcdCluster()
    world.edit(() => ({ metadata: { ...metadata, generation: 5 } }))
    const pass = world.passes()
    expect(await pass()).toEqual(step)
    world.edit((cluster) => ({ metadata: { ...cluster.metadata, generation: 4 } }))
    const writes = world.writes.length
    expect(await pass()).toEqual({ next: 'after', ms: 1000 })
    expect(world.writes).toHaveLength(writes)
  })

  test('than the very same object has in the API server is a cache that is late: nobody is told', async () => {
    const world = new ClusterWorld()
    const cached = new Map(world.snapshot())
    const pass = world.passes(cached)
    await pass()
    const newest = world.cluster
    cached.set('etcdclusters/demo', { ...newest, metadata: { ...newest?.metadata, generation: 0 } } as never)
    for (let second = 0; second < 30; second++) {
      world.later(1000)
      expect(await pass()).toEqual({ next: 'after', ms: 1000 })
    }
    expect(world.cluster?.status?.nextStep?.reason).not.toBe('TimeTravel')
  })

  describe('that the API server itself shows, because it was set back,', () => {
    async function setBack(newest = 9) {
      const world = new ClusterWorld()
      world.edit(({ metadata }) => ({ metadata: { ...metadata, generation: newest } }))
      const pass = world.passes()
      for (let turn = 0; turn < 4; turn++) await pass()
      world.edit((cluster) => ({
        metadata: { ...cluster.metadata, generation: 4 },
        spec: { ...cluster.spec, storage: { ...cluster.spec.storage, deletionPolicy: 'Delete' } },
      }))
      const writes = world.writes.length
      for (let turn = 0; turn < 12; turn++) {
        world.later(1000)
        await pass()
      }
      return { world, pass, written: () => world.writes.slice(writes).filter((write) => write !== 'patch etcdclusters') }
    }

    test('is told with the way out, and nothing but the status is written', async () => {
      const { world, written } = await setBack()
      expect(written()).toEqual([])
      expect(world.cluster?.metadata.finalizers ?? []).toEqual([])
      expect(world.condition('Stalled')).toMatchObject({ status: 'True', reason: 'TimeTravel' })
      expect(world.condition('Stalled')?.message).toMatch(/generation 4 of this EtcdCluster, and generation 9 was seen before.*change it/)
      expect(world.cluster?.status?.nextStep).toMatchObject({ action: 'Block', reason: 'TimeTravel' })
      expect(world.events.map(({ reason }) => reason)).toContain('TimeTravel')
    })

    test('counts again as soon as somebody changes its spec', async () => {
      const { world, pass } = await setBack()
      world.edit(({ metadata }) => ({ metadata: { ...metadata, generation: 5 } }))
      for (let turn = 0; turn < 4; turn++) await pass()
      expect(world.cluster?.metadata.finalizers).toEqual(['etcd-operator.dev/volumes'])
      expect(world.cluster?.status?.nextStep?.reason).not.toBe('TimeTravel')
    })

    test.each([5, 9])(
      'from %i keeps its volumes although it is deleted, which raises its generation, until its spec is changed',
      async (newest) => {
        const { world, pass, written } = await setBack(newest)
        const deleted = { deletionTimestamp: '2026-11-21T10:00:00Z', finalizers: ['etcd-operator.dev/volumes'] }
        world.edit(({ metadata }) => ({ metadata: { ...metadata, ...deleted, generation: 5 } }))
        for (let turn = 0; turn < 4; turn++) await pass()
        expect(written()).toEqual([])
        expect(world.cluster?.metadata.finalizers).toEqual(deleted.finalizers)
        expect(world.condition('Stalled')?.message).toMatch(/being deleted, and its volumes stay until its spec is changed/)

        world.edit(({ metadata }) => ({ metadata: { ...metadata, generation: 6 } }))
        for (let turn = 0; turn < 4; turn++) await pass()
        expect(world.cluster?.status?.nextStep?.reason).not.toBe('TimeTravel')
      },
    )

    test('is not taken for right because it is shown for long', async () => {
      const { world, pass, written } = await setBack()
      for (let turn = 0; turn < 100; turn++) {
        world.later(10_000)
        await pass()
      }
      expect(written()).toEqual([])
    })
  })

  test('than another object of its name had before is a new one', async () => {
    const world = new ClusterWorld(anEtcdCluster())
    world.edit((cluster) => ({ metadata: { ...cluster.metadata, generation: 5 } }))
    const pass = world.passes()
    await pass()
    world.edit((cluster) => ({ metadata: { ...cluster.metadata, uid: 'another', generation: 1 }, status: undefined }))
    expect(await pass()).toEqual(step)
  })
})

describe('an always-safe write that is refused', () => {
  const forming = () => new ClusterWorld(anEtcdCluster({}, { bootstrap: { size: 3, token: 't', incarnation: 'i' } }))

  test('holds up no step, and is told once', async () => {
    const world = forming()
    world.refuses = (verb, plural) =>
      verb === 'create' && plural === 'poddisruptionbudgets' ? new Failure('rejected', 'denied by policy') : undefined
    const pass = world.passes()
    for (let turn = 0; turn < 6; turn++) await pass()
    expect(world.writes).toEqual(expect.arrayContaining(['create services', 'create configmaps', 'create statefulsets']))
    expect(world.events.filter(({ reason }) => reason === 'RequestRejected')).toMatchObject([
      { type: 'Warning', message: 'PodDisruptionBudget demo: the API server refuses: denied by policy' },
    ])
    expect(world.condition('Stalled')).toMatchObject({ status: 'True', reason: 'RequestRejected' })
    expect(world.condition('Progressing')).toMatchObject({ status: 'True', reason: 'StartingMembers' })
  })

  test('holds up the step that would be in vain without it', async () => {
    const world = forming()
    world.refuses = (verb, plural) =>
      verb === 'create' && plural === 'services' ? new Failure('rejected', 'exceeded quota: small') : undefined
    const pass = world.passes()
    for (let turn = 0; turn < 6; turn++) await pass()
    expect(world.writes).toContain('create configmaps')
    expect(world.writes).not.toContain('create statefulsets')
    expect(world.cluster?.status?.nextStep).toMatchObject({ action: 'Block', reason: 'QuotaExceeded' })
    world.refuses = () => undefined
    world.edit(({ metadata }) => ({ metadata: { ...metadata, generation: metadata.generation + 1 } }))
    for (let turn = 0; turn < 6; turn++) await pass()
    expect(world.writes).toContain('create statefulsets')
    expect(world.condition('Stalled')).toMatchObject({ status: 'False' })
  })
})

test('a finalizer that the API server does not answer for holds up no step, and is told', async () => {
  const world = new ClusterWorld(
    anEtcdCluster({ storage: { deletionPolicy: 'Delete' } }, { bootstrap: { size: 3, token: 't', incarnation: 'i' } }),
  )
  let isFinalizer = false // Of a pass it is the first write to the EtcdCluster.
  world.refuses = (verb, plural) => {
    if (!isFinalizer || verb !== 'patch' || plural !== 'etcdclusters') return undefined
    isFinalizer = false
    return new Failure('unavailable', 'failed calling webhook')
  }
  const pass = world.passes()
  for (let turn = 0; turn < 3; turn++) {
    isFinalizer = true
    await pass()
  }
  expect(world.writes).toEqual(expect.arrayContaining(['create configmaps', 'create statefulsets']))
  expect(world.events.filter(({ reason }) => reason === 'NotAnswered')).toMatchObject([
    { message: 'EtcdCluster demo: tried again soon: failed calling webhook' },
  ])
})

test('a finalizer that an admission policy strips is told, and written ever more rarely', async () => {
  const world = new ClusterWorld(anEtcdCluster({ storage: { size: '1Gi', deletionPolicy: 'Delete' } }))
  const pass = world.passes()
  for (let turn = 0; turn < 30; turn++) {
    await pass()
    world.edit(({ metadata }) => ({ metadata: { ...metadata, finalizers: [] } }))
  }
  expect(world.events.filter(({ reason }) => reason === 'WriteReverted')).toMatchObject([
    { message: expect.stringContaining('EtcdCluster demo: its finalizer') },
  ])
})

test('a step that somebody undoes again and again is told, and taken ever more rarely', async () => {
  const world = new ClusterWorld(anEtcdCluster({}, { bootstrap: { size: 3, token: 't', incarnation: 'i' } }))
  const pass = world.passes()
  for (let turn = 0; turn < 30; turn++) {
    await pass()
    world.remove('configmaps/demo-members')
  }
  expect(world.writes.filter((write) => write === 'create configmaps')).toHaveLength(10)
  expect(world.cluster?.status?.nextStep).toMatchObject({ action: 'Block', reason: 'WriteReverted' })
  expect(world.events.filter(({ reason }) => reason === 'WriteReverted')).toHaveLength(1)
})
