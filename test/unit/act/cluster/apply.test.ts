import { describe, expect, test } from 'vitest'
import { applyAll } from '../../../../src/act/cluster/apply.ts'
import { WriteHistory } from '../../../../src/act/cluster/write-history.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { KubeObject } from '../../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { configOf } from '../../../../src/model/cluster/members.ts'
import { desiredObjects } from '../../../../src/objects/cluster/desired.ts'
import { statefulSet } from '../../../../src/objects/cluster/stateful-set.ts'
import { configMap } from '../../../../src/objects/etcd-config/member-config.ts'
import { type Manifest, ownerReference } from '../../../../src/objects/manifest.ts'
import type { ClusterObjects } from '../../../../src/observe/cluster/objects.ts'
import type { Observation } from '../../../../src/observe/cluster/observe.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'
import { fakeKube, type Stored } from '../fake-kube.ts'

const three = upToDate(aCluster().running())

/** The configs are what would be written today, and the kubelet was asked to refresh each. */
function upToDate(view: Scene): Scene {
  const current = view.withCurrentConfigs()
  return current.with({ pods: current.pods.map((pod) => ({ ...pod, config: configOf(current, pod.name)?.hash })) })
}

const plurals: Readonly<Record<string, string>> = {
  Service: 'services',
  ConfigMap: 'configmaps',
  StatefulSet: 'statefulsets',
  PodDisruptionBudget: 'poddisruptionbudgets',
  NetworkPolicy: 'networkpolicies',
}
const keyOf = ({ kind, metadata }: Manifest) => `${plurals[kind]}/${metadata.name}`

/** Everything that this view asks for, as it would be stored, with a pod and a volume for each member. */
function stored(view: Scene): Readonly<Record<string, Stored>> {
  const files = [...(view.config.state === 'ours' ? view.config.value.members : [])].map(([name, { text }]) => [`${name}.yaml`, text])
  const whole = (manifest: Manifest): Manifest => {
    if (manifest.kind === 'StatefulSet') return statefulSet(view, 3)
    return manifest.kind === 'ConfigMap' ? configMap(view.cluster, Object.fromEntries(files)) : manifest
  }
  const objects = desiredObjects(view).map((desired): [string, Stored] => {
    const manifest = whole(desired)
    return [keyOf(manifest), { ...manifest, metadata: { ...manifest.metadata, uid: `uid of ${keyOf(manifest)}`, resourceVersion: '1' } }]
  })
  const marked = [
    ...view.pods.map(({ name, uid }) => ['pods', name, uid]),
    ...view.volumes.map(({ name, uid }) => ['persistentvolumeclaims', name, uid]),
  ]
  const others = marked.map(([plural, name = '', uid = '']): [string, Stored] => [
    `${plural}/${name}`,
    { metadata: { name, uid, resourceVersion: '1' } },
  ])
  return Object.fromEntries([...objects, ...others])
}

/** `kube`: the API server as the writes reach it. */
function world(view: Scene, objects = stored(view), kube: (server: Kube) => Kube = (server) => server) {
  const fake = fakeKube(objects)
  const seen = (key: string) => objects[key] as unknown as KubeObject | undefined
  const observation = {
    view,
    objects: {
      statefulSet: seen('statefulsets/demo'),
      configMap: seen('configmaps/demo-members'),
      clientService: seen('services/demo'),
      peerService: seen('services/demo-peers'),
      budget: seen('poddisruptionbudgets/demo'),
      networkPolicy: seen('networkpolicies/demo'),
      volumes: view.volumes.flatMap(({ name }) => seen(`persistentvolumeclaims/${name}`) ?? []),
    } as unknown as ClusterObjects, // The objects that are compared with.
  } satisfies Observation
  const history = new WriteHistory()
  return {
    ...fake,
    observation,
    apply: (nowMs = 0) => applyAll(kube(fake.kube), observation, history, nowMs, new AbortController().signal),
  }
}

describe('what may always be applied', () => {
  test('is left alone when nothing differs', async () => {
    const { apply, objects } = world(three)
    expect(await apply()).toMatchObject({ written: 0, refusals: [], failure: undefined })
    expect(Object.fromEntries(objects)).toEqual(stored(three))
  })

  test('is made where it is missing', async () => {
    const { apply, objects } = world(aCluster().frozen(), {})
    expect(await apply()).toMatchObject({ written: 4, refusals: [], failure: undefined })
    expect([...objects.keys()].toSorted()).toEqual([
      'networkpolicies/demo',
      'poddisruptionbudgets/demo',
      'services/demo',
      'services/demo-peers',
    ])
  })

  test('is mended where somebody changed it', async () => {
    const wrong = { ...stored(three)['services/demo'], spec: { selector: { app: 'other' } } } as Stored
    const { apply, objects, demanded } = world(three, { ...stored(three), 'services/demo': wrong })
    expect(await apply()).toMatchObject({ written: 1, refusals: [], failure: undefined })
    expect(objects.get('services/demo')).toMatchObject({ spec: { selector: { 'etcd-operator.dev/serving': 'true' } } })
    expect(demanded).toEqual([{ uid: 'uid of services/demo', resourceVersion: undefined }])
  })

  test('spares an object of somebody else that took the name meanwhile', async () => {
    const foreign: Stored = { metadata: { name: 'demo', uid: 'foreign', resourceVersion: '1' } }
    const { 'services/demo': _, ...rest } = stored(three)
    const { apply, objects, kube } = world(three, rest)
    await kube.create({ apiVersion: 'v1', kind: 'Service', plural: 'services' }, foreign, new AbortController().signal)
    const theirs = objects.get('services/demo')
    expect(await apply()).toMatchObject({ failure: { kind: 'conflict' } })
    expect(objects.get('services/demo')).toEqual(theirs)
  })
})

describe('a NetworkPolicy that is not wanted any more', () => {
  const without = three.withSpec({ networkPolicy: { enabled: false, clients: [], metrics: [] } })
  const before = stored(three)

  test('is deleted, as it was seen', async () => {
    const { apply, objects, demanded } = world(without, before)
    expect(await apply()).toMatchObject({ written: 1, refusals: [], failure: undefined })
    expect(objects.has('networkpolicies/demo')).toBe(false)
    expect(demanded).toEqual([{ uid: 'uid of networkpolicies/demo', resourceVersion: '1' }])
  })

  test.each([
    ['is somebody else’s', { ownerReferences: [] }],
    ['belongs to another EtcdCluster of this name', { ownerReferences: [{ ...ownerReference(three.cluster), uid: 'earlier' }] }],
    ['is on its way already', { deletionTimestamp: '2026-11-21T10:00:00Z' }],
  ])('is left alone where it %s', async (_, metadata) => {
    const policy = before['networkpolicies/demo'] as Stored
    const { apply, objects } = world(without, {
      ...before,
      'networkpolicies/demo': { ...policy, metadata: { ...policy.metadata, ...metadata } },
    })
    expect(await apply()).toMatchObject({ written: 0, refusals: [], failure: undefined })
    expect(objects.has('networkpolicies/demo')).toBe(true)
  })
})

describe('marks', () => {
  test('are set on the pods and volumes that were seen', async () => {
    const view = three.withPod('demo-1', { serving: false }).withVolume('demo-2', { memberId: undefined })
    const { apply, objects, demanded } = world(view)
    expect(await apply()).toMatchObject({ written: 2, refusals: [], failure: undefined })
    expect(objects.get('pods/demo-1')?.metadata.labels).toEqual({ 'etcd-operator.dev/serving': 'true' })
    expect(objects.get('persistentvolumeclaims/data-demo-2')?.metadata.annotations).toMatchObject({ 'etcd-operator.dev/member-id': 'a2' })
    expect(demanded.map(({ uid }) => uid)).toEqual(['pod-demo-1', 'volume-demo-2'])
  })

  test('do not hold up each other: every write ends before a failure is told', async () => {
    const view = three.withPod('demo-1', { serving: false }).withVolume('demo-2', { memberId: undefined })
    const { 'pods/demo-1': _, ...rest } = stored(view)
    const { apply, objects } = world(view, rest)
    expect(await apply()).toMatchObject({ written: 1, failure: { kind: 'not-found' } })
    expect(objects.get('persistentvolumeclaims/data-demo-2')?.metadata.annotations).toMatchObject({ 'etcd-operator.dev/member-id': 'a2' })
  })

  test('of a member that moves on minute by minute are never taken for a write that somebody reverts', async () => {
    const history = new WriteHistory()
    const minute = 60_000
    for (let count = 1; count <= 20; count += 1) {
      const earlier = { revision: 0, applied: 0, at: now + (count - 1) * minute }
      const view = three.withVolume('demo-1', { progress: earlier }).later(count * minute)
      const { observation, kube } = world(view)
      const applied = await applyAll(kube, observation, history, count * minute, new AbortController().signal)
      expect(applied).toMatchObject({ written: 1, refusals: [] })
    }
  })

  test('that somebody takes away at once are', async () => {
    const history = new WriteHistory()
    const { observation, kube } = world(three.withVolume('demo-1', { progress: undefined }))
    const refusals = []
    for (let count = 1; count <= 20; count += 1) {
      refusals.push(...(await applyAll(kube, observation, history, count * 1000, new AbortController().signal)).refusals)
    }
    expect(refusals).toContainEqual(expect.objectContaining({ decision: expect.objectContaining({ reason: 'WriteReverted' }) }))
  })
})

describe('a write that is refused', () => {
  const view = three.withPod('demo-1', { serving: false })
  const wrong = { ...stored(view)['services/demo'], spec: { type: 'LoadBalancer' } } as Stored
  const refusing = (error: Failure) => (server: Kube) => ({ ...server, apply: () => Promise.reject(error) })

  test('is told with its object, and holds up no other', async () => {
    const kube = refusing(new Failure('rejected', 'spec.loadBalancerSourceRanges: Forbidden'))
    const { apply, objects } = world(view, { ...stored(view), 'services/demo': wrong }, kube)
    expect(await apply()).toMatchObject({
      written: 1,
      refusals: [
        {
          object: 'Service demo',
          isMissing: false,
          decision: {
            reason: 'RequestRejected',
            message: 'Service demo: the API server refuses: spec.loadBalancerSourceRanges: Forbidden',
          },
        },
      ],
      failure: undefined,
    })
    expect(objects.get('pods/demo-1')?.metadata.labels).toEqual({ 'etcd-operator.dev/serving': 'true' })
  })

  test('is told on and not sent again for a while', async () => {
    let sent = 0
    const kube = (server: Kube): Kube => ({
      ...server,
      apply: () => {
        sent += 1
        return Promise.reject(new Failure('forbidden', 'services is forbidden'))
      },
    })
    const { apply } = world(three, { ...stored(three), 'services/demo': wrong }, kube)
    const first = await apply()
    expect(first.refusals).toMatchObject([{ decision: { reason: 'MissingPermission' } }])
    expect((await apply(9_999)).refusals).toEqual(first.refusals)
    expect(sent).toBe(1)
    await apply(10_000)
    expect(sent).toBe(2)
  })

  test('is told when an admission webhook is down for longer than a moment', async () => {
    const { apply } = world(
      three,
      { ...stored(three), 'services/demo': wrong },
      refusing(new Failure('unavailable', 'failed calling webhook')),
    )
    expect(await apply(0)).toMatchObject({ refusals: [], failure: { kind: 'unavailable' } })
    expect(await apply(1000)).toMatchObject({ refusals: [], failure: { kind: 'unavailable' } })
    expect(await apply(2000)).toMatchObject({
      refusals: [{ decision: { reason: 'NotAnswered', message: 'Service demo: tried again soon: failed calling webhook' } }],
      failure: undefined,
    })
  })
})

describe('a write that an admission policy takes back at once', () => {
  test('is told at the second time, with the field, and then made ever more rarely', async () => {
    const wrong = {
      ...stored(three)['services/demo'],
      metadata: { ...stored(three)['services/demo']?.metadata, labels: { team: 'a' } },
    } as Stored
    let sent = 0
    const kube = (server: Kube): Kube => ({
      ...server,
      // It was taken, and nothing of it stays: not even the resourceVersion changes.
      apply: async () => {
        sent += 1
        return wrong as never
      },
    })
    const { apply } = world(three, { ...stored(three), 'services/demo': wrong }, kube)
    expect((await apply(0)).refusals).toEqual([])
    expect((await apply(5_000)).refusals).toMatchObject([
      {
        object: 'Service demo',
        decision: { kind: 'block', reason: 'WriteReverted', message: expect.stringContaining('metadata.labels.etcd-operator.dev/cluster') },
      },
    ])
    const hour = 720
    for (let pass = 2; pass < hour; pass++) await apply(pass * 5_000)
    expect(sent).toBeLessThan(15)
    expect((await apply(hour * 5_000)).refusals).toMatchObject([{ decision: { reason: 'WriteReverted' } }])
  })
})
