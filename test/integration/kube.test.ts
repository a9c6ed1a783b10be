import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeEvent } from '../../src/act/record-event.ts'
import { CONFIG_MAP, CORE_EVENT, ETCD_CLUSTER, POD } from '../../src/adapters/kube/kinds.ts'
import { microTime } from '../../src/adapters/kube/micro-time.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { NAMESPACE, NODE } from '../cluster/kinds.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()
const namespace = 'default'

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'integration', pageSize: 10, watchSeconds: 8 })
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

const aMap = (name: string, data: Record<string, string> = {}) => ({ metadata: { namespace, name }, data })
const createMap = (name: string, data?: Record<string, string>) => kube.create(CONFIG_MAP, aMap(name, data), signal)
const getMap = (name: string) => kube.get(CONFIG_MAP, { namespace, name }, signal)

test('creates and reads, without managedFields and with its kind', async () => {
  const created = await createMap('created', { a: '1' })
  const read = await getMap('created')
  expect(read).toEqual(created)
  expect(read).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } })
  expect(read?.metadata).not.toHaveProperty('managedFields')
  expect(await getMap('never-created')).toBeUndefined()
})

test('a name that is taken is a conflict, with the words of the server', async () => {
  await createMap('taken')
  await expect(createMap('taken')).rejects.toMatchObject({
    kind: 'conflict',
    message: 'POST /api/v1/namespaces/default/configmaps: configmaps "taken" already exists (409 AlreadyExists)',
  })
})

test('a dry run says what would happen and changes nothing', async () => {
  await kube.create(CONFIG_MAP, aMap('dry'), signal, { dryRun: true })
  expect(await getMap('dry')).toBeUndefined()
  const broken = { metadata: { namespace, name: 'Not A Name' } }
  await expect(kube.create(CONFIG_MAP, broken, signal, { dryRun: true })).rejects.toMatchObject({ kind: 'rejected' })
})

test('lists all pages, and all namespaces', async () => {
  const names = Array.from({ length: 25 }, (_, i) => `page-${String(i).padStart(2, '0')}`)
  await Promise.all(names.map((name) => kube.create(CONFIG_MAP, { metadata: { namespace, name, labels: { list: 'pages' } } }, signal)))
  const labelSelector = 'list=pages'
  const { items } = await kube.list(CONFIG_MAP, { namespace, labelSelector }, signal)
  expect(items.map((map) => map.metadata.name)).toEqual(names)
  expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
  expect((await kube.list(CONFIG_MAP, { labelSelector }, signal)).items).toHaveLength(25)
  expect((await kube.list(CONFIG_MAP, { namespace, labelSelector, limit: 3 }, signal)).items).toHaveLength(3)
  expect((await kube.list(CONFIG_MAP, { namespace, fieldSelector: 'metadata.name=page-07' }, signal)).items).toHaveLength(1)
  expect((await kube.list(NODE, {}, signal)).items).toEqual([])
})

test('server-side apply creates, and applying the same again changes nothing', async () => {
  const first = await kube.apply(CONFIG_MAP, aMap('applied', { a: '1', b: '2' }), signal)
  const again = await kube.apply(CONFIG_MAP, aMap('applied', { a: '1', b: '2' }), signal)
  expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  const less = await kube.apply(CONFIG_MAP, aMap('applied', { a: '1' }), signal)
  expect(less.data).toEqual({ a: '1' })
})

test('a field that somebody else has set is a conflict, unless it is forced', async () => {
  const name = 'contested'
  await createMap(name, { a: 'theirs' })
  // The same field manager that created it by POST, but another way of writing: an owner of its own.
  await expect(kube.apply(CONFIG_MAP, aMap(name, { a: 'ours' }), signal)).rejects.toMatchObject({ kind: 'conflict' })
  expect((await kube.apply(CONFIG_MAP, aMap(name, { a: 'ours' }), signal, { force: true })).data).toEqual({ a: 'ours' })
})

test('apply with a uid changes only that object, and never creates one', async () => {
  const created = await createMap('identified')
  const withUid = (name: string, uid: string) => ({ ...aMap(name, { a: '1' }), metadata: { namespace, name, uid } })
  await expect(kube.apply(CONFIG_MAP, withUid('identified', 'another-uid'), signal)).rejects.toMatchObject({ kind: 'conflict' })
  expect((await kube.apply(CONFIG_MAP, withUid('identified', created.metadata.uid), signal)).data).toEqual({ a: '1' })
  await expect(kube.apply(CONFIG_MAP, withUid('gone', created.metadata.uid), signal)).rejects.toMatchObject({ kind: 'conflict' })
  expect(await getMap('gone')).toBeUndefined()
})

test('patches only the object and version that were read', async () => {
  const name = 'patched'
  const { uid, resourceVersion } = (await createMap(name, { a: '1', b: '2' })).metadata
  const patch = (metadata: object, data: object) => kube.patch(CONFIG_MAP, { namespace, name }, { metadata, data }, signal)
  const patched = await patch({ uid, resourceVersion }, { a: 'new', b: null })
  expect(patched.data).toEqual({ a: 'new' })
  await expect(patch({ uid, resourceVersion }, { a: 'stale' })).rejects.toMatchObject({ kind: 'conflict' })
  await expect(patch({ uid: 'another-uid' }, { a: 'other' })).rejects.toMatchObject({ kind: 'conflict' })
  expect((await getMap(name))?.data).toEqual({ a: 'new' })
  await expect(kube.patch(CONFIG_MAP, { namespace, name: 'absent' }, {}, signal)).rejects.toMatchObject({ kind: 'not-found' })
})

test('deletes only the object that was read, and is content when it is gone', async () => {
  const name = 'deleted'
  const { uid, resourceVersion } = (await createMap(name)).metadata
  const remove = (preconditions: { uid: string; resourceVersion?: string }) =>
    kube.delete(CONFIG_MAP, { namespace, name }, preconditions, signal)
  await expect(remove({ uid: 'another-uid' })).rejects.toMatchObject({ kind: 'conflict' })
  await expect(remove({ uid, resourceVersion: '1' })).rejects.toMatchObject({ kind: 'conflict' })
  expect(await getMap(name)).toBeDefined()
  await remove({ uid, resourceVersion })
  expect(await getMap(name)).toBeUndefined()
  await remove({ uid })
})

test('who has no rights hears which one is missing; who breaks a policy hears that instead', async () => {
  const nobody = connectKube({ kubeconfig: server.kubeconfig('nobody'), userAgent: 'integration' })
  await expect(nobody.get(POD, { namespace, name: 'a' }, signal)).rejects.toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('User "nobody" cannot get resource "pods"'),
  })
  await nobody.close()
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await kube.create(NAMESPACE, { metadata: { name: 'strict', labels } }, signal)
  const pod = { metadata: { namespace: 'strict', name: 'lax' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await expect(kube.create(POD, pod, signal)).rejects.toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('violates PodSecurity'),
  })
})

test('a namespace that is missing is not-found for a write', async () => {
  await expect(kube.create(CONFIG_MAP, { metadata: { namespace: 'missing', name: 'a' } }, signal)).rejects.toMatchObject({
    kind: 'not-found',
  })
})

test('writes Events that have a first and a last time, and are listed in the order in which they were written', async () => {
  const object = {
    apiVersion: 'etcd-operator.dev/v1alpha1',
    kind: 'EtcdCluster',
    namespace,
    name: 'demo',
    uid: 'u-1',
    resourceVersion: '1',
  }
  const now = Date.now()
  for (const note of ['first', 'second', 'third']) {
    await writeEvent(kube, { object, type: 'Normal', reason: 'ScalingUp', action: 'AddLearner', note }, { identity: 'pod-1', now })
  }
  const { items } = await kube.list(CORE_EVENT, { namespace, fieldSelector: 'involvedObject.uid=u-1' }, signal)
  expect(items.map(({ message }) => message)).toEqual(['first', 'second', 'third'])
  const seconds = new Date(Math.floor(now / 1000) * 1000).toISOString().replace('.000', '')
  expect(items[0]).toMatchObject({ firstTimestamp: seconds, lastTimestamp: seconds, count: 1, eventTime: microTime(now) })
})

test('a watch tells of changes, sends a bookmark and ends by itself', { timeout: 60_000 }, async () => {
  const where = { namespace, labelSelector: 'watch=this' }
  const { resourceVersion } = await kube.list(CONFIG_MAP, where, signal)
  const created = await kube.create(CONFIG_MAP, { metadata: { namespace, name: 'watched', labels: { watch: 'this' } } }, signal)
  const events: string[] = []
  let lastBookmark = ''
  for await (const event of kube.watch(CONFIG_MAP, where, resourceVersion, signal)) {
    if (event.type !== 'bookmark') events.push(event.type)
    if (event.type === 'added') await kube.patch(CONFIG_MAP, { namespace, name: 'watched' }, { data: { a: '1' } }, signal)
    if (event.type === 'modified') await kube.delete(CONFIG_MAP, { namespace, name: 'watched' }, { uid: created.metadata.uid }, signal)
    if (event.type === 'bookmark') lastBookmark = event.resourceVersion
  }
  expect(events).toEqual(['added', 'modified', 'deleted'])
  // It comes in the last two seconds, if the server gets round to it.
  while (lastBookmark === '') {
    for await (const event of kube.watch(CONFIG_MAP, where, resourceVersion, signal))
      if (event.type === 'bookmark') lastBookmark = event.resourceVersion
  }
  expect(Number(lastBookmark)).toBeGreaterThan(Number(resourceVersion))
})

test('a kind that is not served is a failure, never an absent object', async () => {
  const unknown: ResourceKind<KubeObject> = { apiVersion: 'nobody.example/v1', kind: 'Thing', plural: 'things' }
  await expect(kube.get(unknown, { namespace, name: 'a' }, signal)).rejects.toMatchObject({ kind: 'not-found' })
  await expect(kube.delete(unknown, { namespace, name: 'a' }, { uid: 'u' }, signal)).rejects.toMatchObject({ kind: 'not-found' })
  await expect(kube.list(unknown, {}, signal)).rejects.toMatchObject({ kind: 'not-found' })
})

test('custom resources: installed, validated, and their status written on its own', { timeout: 60_000 }, async () => {
  await expect(kube.get(ETCD_CLUSTER, { namespace, name: 'demo' }, signal)).rejects.toMatchObject({ kind: 'not-found' })
  await installCrd()
  await expect
    .poll(() => kube.get(ETCD_CLUSTER, { namespace, name: 'demo' }, signal).catch(() => 'not served'), { timeout: 30_000 })
    .toBeUndefined()
  const demo = await kube.apply(
    ETCD_CLUSTER,
    { metadata: { namespace, name: 'demo' }, spec: { size: 3, version: '3.6.16', storage: { size: '1Gi' } } },
    signal,
  )
  expect(demo.spec.size).toBe(3)
  const even = { metadata: { namespace, name: 'even' }, spec: { size: 2, version: '3.6.16', storage: { size: '1Gi' } } }
  await expect(kube.apply(ETCD_CLUSTER, even, signal)).rejects.toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('spec.size'),
  })
  const status = { members: 3 }
  const written = await kube.apply(ETCD_CLUSTER, { metadata: { namespace, name: 'demo' }, status }, signal, { subresource: 'status' })
  expect(written).toMatchObject({ spec: { size: 3 }, status, metadata: { generation: demo.metadata.generation } })
  const stale = { metadata: { resourceVersion: demo.metadata.resourceVersion }, status: { members: 1 } }
  await expect(kube.patch(ETCD_CLUSTER, { namespace, name: 'demo' }, stale, signal, { subresource: 'status' })).rejects.toMatchObject({
    kind: 'conflict',
  })
})

test('the uid of a custom resource is a precondition; of its status it is none, so that it is refused there without a version', async () => {
  await installCrd()
  const ref = { namespace, name: 'identified' }
  const { spec } = await kube.apply(ETCD_CLUSTER, { metadata: ref, spec: { size: 1, version: '3.6.16', storage: { size: '1Gi' } } }, signal)
  const uid = 'another-uid'
  const conflict = { kind: 'conflict' }
  await expect(kube.apply(ETCD_CLUSTER, { metadata: { ...ref, uid }, spec }, signal)).rejects.toMatchObject(conflict)
  await expect(kube.patch(ETCD_CLUSTER, ref, { metadata: { uid }, spec: { size: 3 } }, signal)).rejects.toMatchObject(conflict)
  const status = { members: 1 }
  const subresource = { subresource: 'status' } as const
  await expect(kube.patch(ETCD_CLUSTER, ref, { metadata: { uid }, status }, signal, subresource)).rejects.toMatchObject({ kind: 'bug' })
  await expect(kube.apply(ETCD_CLUSTER, { metadata: { ...ref, uid }, status }, signal, subresource)).rejects.toMatchObject({ kind: 'bug' })
  await expect(
    kube.patch(ETCD_CLUSTER, ref, { metadata: { uid, resourceVersion: '1' }, status }, signal, subresource),
  ).rejects.toMatchObject(conflict)
})

test('a watch from a version of before the server began to remember is expired', async () => {
  await installCrd()
  const events = []
  for await (const event of kube.watch(ETCD_CLUSTER, { namespace }, '1', signal)) events.push(event)
  expect(events).toEqual([{ type: 'expired' }])
})

async function installCrd(): Promise<void> {
  const kind: ResourceKind<KubeObject> = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    clusterScoped: true,
  }
  const definition = load(readFileSync('crds/etcdclusters.yaml', 'utf8'))
  if (typeof definition !== 'object' || definition === null) throw new Error('no CRD')
  await kube.apply(kind, { ...definition, metadata: { name: 'etcdclusters.etcd-operator.dev' } }, signal)
}
