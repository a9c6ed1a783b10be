import { afterAll, beforeAll, expect, test } from 'vitest'
import { safeWrites } from '../../src/act/cluster/safe-writes.ts'
import { perform } from '../../src/act/cluster/steps.ts'
import { isFailure } from '../../src/adapters/failure.ts'
import { ETCD_CLUSTER, PERSISTENT_VOLUME_CLAIM, POD, type Pod, STATEFUL_SET, type StatefulSet } from '../../src/adapters/kube/kinds.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { label } from '../../src/api/labels.ts'
import { owned, podFacts, statefulSetFacts } from '../../src/observe/cluster/facts.ts'
import type { Observation } from '../../src/observe/cluster/observe.ts'
import type { Step } from '../../src/plan/cluster/step.ts'
import { aCluster, idOf } from '../builders/a-cluster.ts'
import { until } from '../cluster/command.ts'
import { fakeEtcd } from '../unit/act/fake-etcd.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { installKinds } from './install-kinds.ts'

/** The StatefulSet is made again for larger volumes, with Kubernetes' own controllers: nothing restarts. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()
const namespace = 'default'

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'renew' })
  await installKinds(kube, [ETCD_CLUSTER])
  // After the kind: the garbage collector looks for new kinds every thirty seconds only.
  await server.startControllers('garbage-collector-controller', 'statefulset-controller', 'disruption-controller')
}, 300_000)
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

async function begin(name: string): Promise<EtcdCluster> {
  const spec = { size: 3, version: '3.6.16', storage: { size: '1Gi' } }
  const made = await kube.create(ETCD_CLUSTER, { metadata: { namespace, name }, spec } as never, signal)
  await take(made, { do: 'CreateStatefulSet', replicas: 3 })
  // It has counted its pods: its resourceVersion stays, and with it what a step was decided on.
  await until(`${name} has its pods`, 60_000, async () => ((await setOf(name))?.status?.replicas === 3 ? true : undefined), 100)
  return made
}

async function podsOf(cluster: string): Promise<readonly Pod[]> {
  return (await kube.list(POD, { namespace, labelSelector: `${label.cluster}=${cluster}` }, signal)).items
}

function setOf(name: string): Promise<StatefulSet | undefined> {
  return kube.get(STATEFUL_SET, { namespace, name }, signal)
}

/** What a pass sees of these very objects; every member runs and is healthy, which no node tells here. */
async function observed(cluster: EtcdCluster): Promise<Observation> {
  const { name } = cluster.metadata
  const [statefulSet, pods] = await Promise.all([setOf(name), podsOf(name)])
  const running = aCluster().with({ cluster }).running()
  const scene = pods.reduce((view, pod) => {
    const facts = podFacts(cluster, statefulSet, pod)
    return facts === undefined ? view : view.withPod(pod.metadata.name, { uid: facts.uid, kept: facts.kept })
  }, running)
  const volumes = scene.volumes.map((volume) => ({ ...volume, clusterUid: cluster.metadata.uid }))
  const view = scene.with({ volumes, statefulSet: owned(cluster, statefulSet, statefulSetFacts) })
  const none = {
    configMap: undefined,
    clientService: undefined,
    peerService: undefined,
    budget: undefined,
    networkPolicy: undefined,
    volumes: [],
    refusals: [],
  }
  const classes = { storageClass: view.storageClass, storageClasses: [], expandable: view.expandable }
  return { view, objects: { cluster, statefulSet, pods, warnings: new Map(), ...none, ...classes } }
}

/** As the operator's passes do: decided anew when a controller has written in between. */
async function take(cluster: EtcdCluster, step: Step): Promise<void> {
  const { etcd } = fakeEtcd('http://10.0.0.1:2379', {}, idOf('demo-0'))
  for (let tries = 1; ; tries += 1)
    try {
      await perform({ kube, live: kube, etcd, ...(await observed(cluster)), signal, begin: () => undefined as never }, step.do, step)
      return
    } catch (error) {
      if (!isFailure(error, 'conflict') || tries === 20) throw error
    }
}

/** The pods belong to the EtcdCluster as well, and the StatefulSet is deleted without them. */
async function deleteSet(cluster: EtcdCluster, kept = true): Promise<void> {
  const { name } = cluster.metadata
  const uid = (await setOf(name))?.metadata.uid ?? ''
  if (kept) {
    const larger = { ...cluster, spec: { ...cluster.spec, storage: { ...cluster.spec.storage, size: '2Gi' } } }
    const seen = await observed(larger)
    const grown = seen.view.volumes.map((volume) => ({ ...volume, requestedBytes: 2 ** 31, capacityBytes: 2 ** 31 }))
    const writes = safeWrites({ ...seen, view: { ...seen.view, volumes: grown } }).filter(({ object }) => object.includes('its owners'))
    expect(writes).toHaveLength(3)
    for (const write of writes) expect(write.remains(await write.send(kube, signal))).toBeUndefined()
  }
  await take(cluster, { do: 'DeleteStatefulSet', uid })
  await until(`StatefulSet ${name} is gone`, 60_000, async () => ((await setOf(name)) === undefined ? true : undefined), 50)
}

const uids = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.uid).toSorted()
const controllers = (pods: readonly Pod[]) =>
  pods.map(({ metadata }) => metadata.ownerReferences?.find(({ controller }) => controller)?.uid)

test('the pods outlive the StatefulSet, the next one adopts them, and new members get the new size', async () => {
  const cluster = await begin('grows')
  const before = await podsOf('grows')
  await deleteSet(cluster)
  const between = await podsOf('grows')
  expect(uids(between)).toEqual(uids(before))
  expect(controllers(between)).toEqual([undefined, undefined, undefined])

  const larger = { ...cluster, spec: { ...cluster.spec, storage: { ...cluster.spec.storage, size: '2Gi' } } }
  await take(larger, { do: 'CreateStatefulSet', replicas: 3 })
  const set = await setOf('grows')
  const adopted = await until(
    'the pods are adopted',
    60_000,
    async () => {
      const pods = await podsOf('grows')
      return controllers(pods).every((uid) => uid === set?.metadata.uid) ? pods : undefined
    },
    50,
  )
  expect(uids(adopted)).toEqual(uids(before))
  // The same template is the same revision: nothing looks outdated.
  const revision = await until('the StatefulSet is looked after', 60_000, async () => (await setOf('grows'))?.status?.updateRevision, 50)
  expect(adopted.map(({ metadata }) => metadata.labels?.['controller-revision-hash'])).toEqual([revision, revision, revision])

  await take(larger, { do: 'SetReplicas', uid: set?.metadata.uid ?? '', replicas: 4 })
  const claim = await until(
    'the new member has its claim',
    60_000,
    () => kube.get(PERSISTENT_VOLUME_CLAIM, { namespace, name: 'data-grows-3' }, signal),
    50,
  )
  expect(claim.spec?.resources?.requests?.storage).toBe('2Gi')
  expect(claim.metadata.annotations?.['etcd-operator.dev/storage']).toBe('size=2Gi,class=')
}, 240_000)

test('a pod that is lost in between is made by the next StatefulSet', async () => {
  const cluster = await begin('loses')
  const before = await podsOf('loses')
  await deleteSet(cluster)
  const lost = before.find(({ metadata }) => metadata.name === 'loses-1')?.metadata.uid ?? ''
  await kube.delete(POD, { namespace, name: 'loses-1' }, { uid: lost }, signal, { gracePeriodSeconds: 0 })
  await take(cluster, { do: 'CreateStatefulSet', replicas: 3 })
  const after = await until(
    'there are three pods again',
    60_000,
    async () => {
      const pods = await podsOf('loses')
      return pods.length === 3 && controllers(pods).every(Boolean) ? pods : undefined
    },
    50,
  )
  expect(uids(after).filter((uid) => uids(before).includes(uid))).toHaveLength(2)
}, 240_000)

test('an EtcdCluster that is deleted in between takes its pods with it, and only because they belong to it', async () => {
  const [kept, stray] = [await begin('kept'), await begin('stray')]
  await deleteSet(kept)
  await deleteSet(stray, false)
  for (const { metadata } of [kept, stray])
    await kube.delete(ETCD_CLUSTER, { namespace, name: metadata.name }, { uid: metadata.uid }, signal)
  await until('the pods of the one are deleted', 120_000, async () => ((await podsOf('kept')).every(isGoing) ? true : undefined), 100)
  expect((await podsOf('stray')).some(isGoing)).toBe(false)
  await Promise.all((await podsOf('stray')).map(({ metadata: { name, uid } }) => kube.delete(POD, { namespace, name }, { uid }, signal)))
}, 240_000)

/** Without a node a pod that is deleted is gone at once. */
function isGoing({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined
}
