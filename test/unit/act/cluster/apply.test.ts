import { describe, expect, test } from 'vitest'
import { applyAll } from '../../../../src/act/cluster/apply.ts'
import type { KubeObject } from '../../../../src/adapters/kube/object.ts'
import { desiredObjects } from '../../../../src/objects/cluster/desired.ts'
import type { Manifest } from '../../../../src/objects/manifest.ts'
import type { ClusterObjects } from '../../../../src/observe/cluster/objects.ts'
import type { Observation } from '../../../../src/observe/cluster/observe.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'
import { fakeKube, type Stored } from '../fake-kube.ts'

const three = aCluster().running()
const plurals: Readonly<Record<string, string>> = {
  Service: 'services',
  ConfigMap: 'configmaps',
  StatefulSet: 'statefulsets',
  PodDisruptionBudget: 'poddisruptionbudgets',
}
const keyOf = ({ kind, metadata }: Manifest) => `${plurals[kind]}/${metadata.name}`

/** Everything that this view asks for, as it would be stored, with a pod and a volume for each member. */
function stored(view: Scene): Readonly<Record<string, Stored>> {
  const objects = desiredObjects(view).map((manifest): [string, Stored] => [
    keyOf(manifest),
    { ...manifest, metadata: { ...manifest.metadata, uid: `uid of ${keyOf(manifest)}`, resourceVersion: '1' } },
  ])
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

function world(view: Scene, objects = stored(view)) {
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
      volumes: view.volumes.flatMap(({ name }) => seen(`persistentvolumeclaims/${name}`) ?? []),
    } as unknown as ClusterObjects, // The objects that are compared with.
  } satisfies Observation
  return { ...fake, apply: () => applyAll(fake.kube, observation, new AbortController().signal) }
}

describe('what may always be applied', () => {
  test('is left alone when nothing differs', async () => {
    const { apply, objects } = world(three)
    expect(await apply()).toBe(0)
    expect(Object.fromEntries(objects)).toEqual(stored(three))
  })

  test('is made where it is missing', async () => {
    const { apply, objects } = world(aCluster().frozen(), {})
    expect(await apply()).toBe(3)
    expect([...objects.keys()].toSorted()).toEqual(['poddisruptionbudgets/demo', 'services/demo', 'services/demo-peers'])
  })

  test('is mended where somebody changed it', async () => {
    const wrong = { ...stored(three)['services/demo'], spec: { selector: { app: 'other' } } } as Stored
    const { apply, objects, demanded } = world(three, { ...stored(three), 'services/demo': wrong })
    expect(await apply()).toBe(1)
    expect(objects.get('services/demo')).toMatchObject({ spec: { selector: { 'etcd-operator.dev/serving': 'true' } } })
    expect(demanded).toEqual([{ uid: 'uid of services/demo', resourceVersion: undefined }])
  })

  test('spares an object of somebody else that took the name meanwhile', async () => {
    const foreign: Stored = { metadata: { name: 'demo', uid: 'foreign', resourceVersion: '1' } }
    const { 'services/demo': _, ...rest } = stored(three)
    const { apply, objects, kube } = world(three, rest)
    await kube.create({ apiVersion: 'v1', kind: 'Service', plural: 'services' }, foreign, new AbortController().signal)
    const theirs = objects.get('services/demo')
    await expect(apply()).rejects.toMatchObject({ kind: 'conflict' })
    expect(objects.get('services/demo')).toEqual(theirs)
  })
})

describe('marks', () => {
  test('are set on the pods and volumes that were seen', async () => {
    const view = three.withPod('demo-1', { serving: false }).withVolume('demo-2', { memberId: undefined })
    const { apply, objects, demanded } = world(view)
    expect(await apply()).toBe(2)
    expect(objects.get('pods/demo-1')?.metadata.labels).toEqual({ 'etcd-operator.dev/serving': 'true' })
    expect(objects.get('persistentvolumeclaims/data-demo-2')?.metadata.annotations).toMatchObject({ 'etcd-operator.dev/member-id': 'a2' })
    expect(demanded.map(({ uid }) => uid)).toEqual(['pod-demo-1', 'volume-demo-2'])
  })

  test('do not hold up each other: every write ends before a failure is told', async () => {
    const view = three.withPod('demo-1', { serving: false }).withVolume('demo-2', { memberId: undefined })
    const { 'pods/demo-1': _, ...rest } = stored(view)
    const { apply, objects } = world(view, rest)
    await expect(apply()).rejects.toMatchObject({ kind: 'not-found' })
    expect(objects.get('persistentvolumeclaims/data-demo-2')?.metadata.annotations).toMatchObject({ 'etcd-operator.dev/member-id': 'a2' })
  })
})
