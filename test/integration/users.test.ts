import { afterAll, beforeAll, expect, test } from 'vitest'
import { ETCD_CLUSTER, ETCD_USER, POD, SECRET } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { issueCa } from '../../src/adapters/x509.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import type { EtcdUser } from '../../src/api/etcd-user.ts'
import { label, userFinalizer } from '../../src/api/labels.ts'
import type { Tools } from '../../src/controllers/tools.ts'
import { userController } from '../../src/controllers/user.ts'
import { createMetrics } from '../../src/report/metrics/metrics.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { FakeAuth } from '../builders/fake-auth.ts'
import { until } from '../cluster/command.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { installKinds } from './install-kinds.ts'

/** The controller of EtcdUsers before a real API server, with its garbage collector: what is stored, and what the server refuses. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
let cluster: EtcdCluster
const { signal } = new AbortController()
const namespace = 'default'
const auth = new FakeAuth()

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'users' })
  await installKinds(kube, [ETCD_CLUSTER, ETCD_USER])
  // After the kinds: the garbage collector looks for new kinds every thirty seconds only.
  await server.startControllers('garbage-collector-controller', 'namespace-controller')
  cluster = await aCluster(namespace)
}, 300_000)
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

/** A cluster that is formed and speaks TLS, with a pod that serves and the Secrets with its client CA. */
async function aCluster(where: string): Promise<EtcdCluster> {
  const spec = { size: 1, version: '3.6.16', storage: { size: '1Gi' } }
  const made = await kube.create(ETCD_CLUSTER, { metadata: { namespace: where, name: 'demo' }, spec } as never, signal)
  const status = { observedGeneration: 1, clusterID: 'c1c1', tls: { mode: 'Required', caGeneration: 1 } }
  const { uid, resourceVersion } = made.metadata
  const formed = await kube.patch(ETCD_CLUSTER, made.metadata, { metadata: { resourceVersion }, status }, signal, { subresource: 'status' })
  const ownerReferences = [{ apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', name: 'demo', uid }]
  const labels = { [label.cluster]: 'demo', [label.serving]: 'true' }
  const containers = [{ name: 'etcd', image: 'etcd' }]
  await kube.create(POD, { metadata: { namespace: where, name: 'demo-0', labels }, spec: { containers } } as never, signal)
  const podStatus = { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }
  await kube.patch(POD, { namespace: where, name: 'demo-0' }, { status: podStatus }, signal, { subresource: 'status' })
  const ca = await issueCa({ commonName: 'ca', notBefore: Date.now() - 1000, notAfter: Date.now() + 10 ** 11 })
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const data = { 'current.crt': base64(ca.cert), 'current.key': base64(ca.key) }
  await kube.create(SECRET, { metadata: { namespace: where, name: 'demo-client-ca', ownerReferences }, data } as never, signal)
  const trust = { 'ca.crt': base64(ca.cert) }
  await kube.create(SECRET, { metadata: { namespace: where, name: 'demo-client', ownerReferences }, data: trust } as never, signal)
  return formed
}

function create(name: string, spec: object, where = namespace): Promise<EtcdUser> {
  return kube.create(ETCD_USER, { metadata: { namespace: where, name }, spec: { cluster: 'demo', ...spec } } as never, signal)
}

function read(name: string, where = namespace): Promise<EtcdUser | undefined> {
  return kube.get(ETCD_USER, { namespace: where, name }, signal)
}

/** Passes of an operator that has just started, until one of them leaves nothing to do at once. */
async function settle(name: string, where = namespace): Promise<void> {
  for (let pass = 0; pass < 30; pass++) {
    const [users, clusters] = await Promise.all([
      kube.list(ETCD_USER, { namespace: where }, signal),
      kube.list(ETCD_CLUSTER, { namespace: where }, signal),
    ])
    const of = <T extends KubeObject>(items: readonly T[]) => ({
      get: (_: string, one: string) => items.find(({ metadata }) => metadata.name === one),
      list: () => items,
      all: () => items,
      ofCluster: () => items,
    })
    const reader = { ofCluster: async () => (await kube.list(POD, { namespace: where }, signal)).items }
    const silent = () => undefined
    const tools = {
      live: kube,
      kube,
      caches: { users: of(users.items), clusters: of(clusters.items), reader },
      etcd: { ...auth, status: async () => ({ clusterId: 'c1c1', leaderId: '1', isLearner: false }) },
      identity: 'test',
      metrics: createMetrics('0'),
      clock: systemClock,
      log: { debug: silent, info: silent, warn: silent, error: silent },
    } as unknown as Tools
    const { next } = await userController(tools).pass(`${where}/${name}`, signal)
    if (next !== 'now') return
  }
  throw new Error('not settled')
}

test('the API server keeps all that is said of a user, and its Secret is of the type that service bindings look for', async () => {
  await create('app', { permissions: [{ access: 'ReadWrite', prefix: 'app/' }], password: { generate: true } })
  await settle('app')
  const user = await read('app')
  expect(user?.status).toMatchObject({
    observedGeneration: 1,
    secretName: 'app-etcd',
    binding: { name: 'app-etcd' },
    claim: { clusterUID: cluster.metadata.uid, user: 'app' },
    passwordVersion: expect.stringMatching(/^generated-/),
    certificateIssuer: expect.stringMatching(/^[0-9a-f]{64}$/),
    certificateExpiry: expect.any(String),
    certificateIssued: expect.any(String),
  })
  expect(user?.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual(['Ready=True', 'Stalled=False'])
  expect(user?.metadata.finalizers).toEqual([userFinalizer])
  const secret = await kube.get(SECRET, { namespace, name: 'app-etcd' }, signal)
  expect(secret?.type).toBe('servicebinding.io/etcd')
  expect(Object.keys(secret?.data ?? {}).toSorted()).toEqual(
    ['ca.crt', 'endpoints', 'host', 'password', 'port', 'provider', 'tls.crt', 'tls.key', 'type', 'uri', 'username'].toSorted(),
  )
})

test('what the spec asks for no more goes out of the Secret, and the rest stays', async () => {
  await create('less', { password: { generate: true } })
  await settle('less')
  const before = await kube.get(SECRET, { namespace, name: 'less-etcd' }, signal)
  await kube.patch(ETCD_USER, { namespace, name: 'less' }, { spec: { password: { generate: null } } }, signal)
  await settle('less')
  const after = await kube.get(SECRET, { namespace, name: 'less-etcd' }, signal)
  expect([after?.data?.password, after?.data?.['tls.key']]).toEqual([undefined, before?.data?.['tls.key']])
  expect(after?.metadata.annotations?.['etcd-operator.dev/password-version']).toBeUndefined()
  expect(after?.metadata.uid).toBe(before?.metadata.uid)
})

test('a Secret of another type is told, because the API server never changes a type', async () => {
  await create('typed', {})
  const owner = await read('typed')
  const ownerReferences = [{ apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdUser', name: 'typed', uid: owner?.metadata.uid ?? '' }]
  await kube.create(SECRET, { metadata: { namespace, name: 'typed-etcd', ownerReferences }, type: 'Opaque' } as never, signal)
  await settle('typed')
  expect((await read('typed'))?.status?.conditions?.[0]).toMatchObject({ reason: 'NameTaken' })
})

test('a user that is deleted goes from etcd first, and its Secret after it', async () => {
  await create('gone', {})
  await settle('gone')
  const made = await read('gone')
  await kube.delete(ETCD_USER, { namespace, name: 'gone' }, { uid: made?.metadata.uid ?? '' }, signal)
  expect((await read('gone'))?.metadata.deletionTimestamp).toBeDefined()
  await settle('gone')
  expect([await read('gone'), auth.userRoles.has('gone'), auth.permissions.has('gone')]).toEqual([undefined, false, false])
  await until('its Secret is collected', 60_000, async () => {
    return (await kube.get(SECRET, { namespace, name: 'gone-etcd' }, signal)) === undefined ? true : undefined
  })
})

test('two EtcdUsers of one user: the first one has it, and the other says so', async () => {
  await create('one', { user: 'both' })
  await settle('one')
  await create('two', { user: 'both' })
  await settle('two')
  expect((await read('two'))?.status?.conditions?.[0]).toMatchObject({
    reason: 'UserTaken',
    message: expect.stringContaining('EtcdUser one'),
  })
})

test('in a namespace that is being deleted a user is let go at once, although etcd is silent', async () => {
  const where = 'going'
  const NAMESPACE: ResourceKind<KubeObject> = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', clusterScoped: true }
  const made = await kube.create(NAMESPACE, { metadata: { name: where } } as never, signal)
  await aCluster(where)
  await create('app', { user: 'elsewhere' }, where)
  await settle('app', where)
  await kube.delete(NAMESPACE, { name: where }, { uid: made.metadata.uid }, signal)
  await until('the user is being deleted', 60_000, async () => ((await read('app', where))?.metadata.deletionTimestamp ? true : undefined))
  auth.refuses = () => new Error('silent') as never
  try {
    await settle('app', where)
    expect(await read('app', where)).toBeUndefined()
  } finally {
    auth.refuses = () => undefined
  }
})
