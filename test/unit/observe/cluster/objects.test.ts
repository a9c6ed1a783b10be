import { describe, expect, test } from 'vitest'
import { Failure } from '../../../../src/adapters/failure.ts'
import { PERSISTENT_VOLUME_CLAIM, POD, STATEFUL_SET } from '../../../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { readClusterObjects } from '../../../../src/observe/cluster/objects.ts'
import { liveReader, type ObjectReader } from '../../../../src/observe/watches/reader.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'
import { fakeKube } from '../../act/fake-kube.ts'

/** A cache that gives the objects in the order in which it heard of them. */
function readerOf(objects: ReadonlyMap<ResourceKind<KubeObject>, readonly string[]>): ObjectReader {
  return {
    get: async () => undefined,
    async ofCluster<T extends KubeObject>(kind: ResourceKind<T>) {
      const names = objects.get(kind as unknown as ResourceKind<KubeObject>) ?? []
      return names.map((name) => ({ metadata: { name } }) as T)
    },
  }
}

test('pods and volumes stand by their ordinals, in whatever order they were heard of', async () => {
  const reader = readerOf(
    new Map<ResourceKind<KubeObject>, readonly string[]>([
      [POD, ['demo-10', 'demo-1', 'demo-2']],
      [PERSISTENT_VOLUME_CLAIM, ['data-demo-10', 'data-demo-2', 'data-demo-0', 'data-demo-1']],
    ]),
  )
  const { pods, volumes } = await readClusterObjects(fakeKube().kube, reader, anEtcdCluster(), 0, new AbortController().signal)
  expect(pods.map(({ metadata }) => metadata.name)).toEqual(['demo-1', 'demo-2', 'demo-10'])
  expect(volumes.map(({ metadata }) => metadata.name)).toEqual(['data-demo-0', 'data-demo-1', 'data-demo-2', 'data-demo-10'])
})

test('all of it is read with the operator’s own rights, whatever lacks', async () => {
  const set = { metadata: { name: 'demo', uid: 'uid-set', resourceVersion: '1' }, spec: { replicas: 3 } }
  const { kube } = fakeKube({ 'statefulsets/demo': set })
  const { signal } = new AbortController()
  await expect(readClusterObjects(kube, liveReader(kube), anEtcdCluster(), 0, signal)).resolves.toMatchObject({ pods: [] })
})

test('a NetworkPolicy that nobody wants is looked for in the cache alone: at rest nothing is asked of the API server', async () => {
  const asked: string[] = []
  const reader: ObjectReader = {
    async get({ plural }) {
      asked.push(plural)
      return undefined
    },
    async ofCluster<T extends KubeObject>(kind: ResourceKind<T>) {
      return kind.plural === 'networkpolicies' ? ['other', 'demo'].map((name) => ({ metadata: { name } }) as T) : []
    },
  }
  const read = (enabled: boolean) =>
    readClusterObjects(fakeKube().kube, reader, anEtcdCluster({ networkPolicy: { enabled } }), 0, new AbortController().signal)
  await expect(read(false)).resolves.toMatchObject({ networkPolicy: { metadata: { name: 'demo' } } })
  expect(asked).not.toContain('networkpolicies')
  await expect(read(true)).resolves.toMatchObject({ networkPolicy: undefined })
  expect(asked).toContain('networkpolicies')
})

describe('a pod of the cluster’s name without its label', () => {
  const set = { metadata: { name: 'demo', uid: 'uid-set' }, spec: { replicas: 2 } }
  const aPod = (name: string, labels: object) => ({ metadata: { name, uid: `uid-${name}`, resourceVersion: '1', namespace: 'ns', labels } })

  async function podsOf(stored: Readonly<Record<string, object>>, cached: readonly object[]) {
    const reader = {
      get: async (kind: unknown) => (kind === STATEFUL_SET ? set : undefined),
      ofCluster: async (kind: unknown) => (kind === POD ? cached : []),
    } as unknown as ObjectReader
    const found = (kind: unknown, selector = '') => (kind === POD ? (stored[`pods/${selector.replace('metadata.name=', '')}`] ?? []) : [])
    const list = async (kind: unknown, { fieldSelector }: { fieldSelector?: string }) => ({ items: [found(kind, fieldSelector)].flat() })
    const kube = { ...fakeKube().kube, list } as unknown as Kube
    return (await readClusterObjects(kube, reader, anEtcdCluster(), 0, new AbortController().signal)).pods
  }
  const first = aPod('demo-0', { 'etcd-operator.dev/cluster': 'demo' })

  test('is found where one lacks', async () => {
    const pods = await podsOf({ 'pods/demo-1': aPod('demo-1', {}) }, [first])
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(['demo-0', 'demo-1'])
  })

  test('is none that a cache has not heard of yet', async () => {
    expect(await podsOf({ 'pods/demo-1': aPod('demo-1', { 'etcd-operator.dev/cluster': 'demo' }) }, [first])).toHaveLength(1)
  })
})

describe('the warnings about pods', () => {
  const since = Date.parse('2026-11-21T10:00:00Z')
  const warning = { reason: 'FailedMount', message: 'MountVolume.SetUp failed', metadata: { creationTimestamp: '2026-11-21T10:00:05Z' } }
  const noise = { reason: 'Unhealthy', message: 'probe', metadata: { creationTimestamp: '2026-11-21T10:00:09Z' } }
  const aPod = (phase: string, nodeName?: string) => ({
    metadata: { name: 'demo-0', uid: 'uid-pod', namespace: 'ns', creationTimestamp: '2026-11-21T10:00:00Z' },
    spec: nodeName === undefined ? {} : { nodeName },
    status: { phase },
  })

  async function warningOf(pod: object, seconds: number, list: () => Promise<unknown>) {
    const reader = {
      get: async () => undefined,
      ofCluster: async (kind: unknown) => (kind === POD ? [pod] : []),
    } as unknown as ObjectReader
    const kube = { ...fakeKube().kube, list } as Kube
    const { warnings } = await readClusterObjects(kube, reader, anEtcdCluster(), since + seconds * 1000, new AbortController().signal)
    return warnings.get('uid-pod')
  }
  const telling = async () => ({ items: [warning, noise] })
  const forbidden = () => Promise.reject(new Failure('forbidden', 'events is forbidden'))

  test('are read once a pod has been on its node for a while without a container', async () => {
    expect(await warningOf(aPod('Pending', 'n1'), 15, telling)).toEqual({ reason: 'FailedMount', message: 'MountVolume.SetUp failed' })
  })

  test('are not asked for while a pod is only starting, has no node yet, or runs', async () => {
    const asked = () => Promise.reject(new Error('asked'))
    for (const [pod, seconds] of [
      [aPod('Pending', 'n1'), 14],
      [aPod('Pending'), 60],
      [aPod('Running', 'n1'), 60],
    ] as const)
      expect(await warningOf(pod, seconds, asked)).toBeUndefined()
  })

  test('are nothing that the operator needs the right for', async () => {
    expect(await warningOf(aPod('Pending', 'n1'), 15, forbidden)).toBeUndefined()
  })
})
