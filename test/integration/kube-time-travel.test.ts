import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ETCD_CLUSTER } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { setBacks } from '../../src/controllers/set-backs.ts'
import { VirtualClock } from '../unit/runtime/virtual-clock.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()
const ref = { namespace: 'default', name: 'demo' }

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'integration' })
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

test('a restore of the control plane takes the generation back, which tells it from a cache that is late; a change of the spec ends it', async () => {
  const clock = new VirtualClock()
  const quiet = () => {}
  const { standing } = setBacks<EtcdCluster>('cluster', { clock, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } })
  const live = () => kube.get(ETCD_CLUSTER, ref, signal)
  const look = async (seen: EtcdCluster | undefined) => (seen === undefined ? undefined : (await standing('default/demo', seen, live)).is)

  await installCrd()
  const spec = { size: 3, version: '3.6.16', storage: { size: '1Gi' } }
  await accepted(() => kube.apply(ETCD_CLUSTER, { metadata: ref, spec }, signal))
  const first = await live()
  await server.copyData()
  for (const size of [5, 7]) await accepted(() => kube.patch(ETCD_CLUSTER, ref, { spec: { size } }, signal))
  expect(await look(await live())).toBe('newest')

  // The object of before, while the API server has the one of now.
  expect(await look(first)).toBe('behind')
  clock.freeze(20_000)
  expect(await look(first)).toBe('behind')

  await server.setBack()
  await expect.poll(() => live().catch(() => undefined), { timeout: 30_000 }).toMatchObject({ spec: { size: 3 } })
  expect(await look(await live())).toBe('behind')
  clock.freeze(20_000)
  expect(await look(await live())).toBe('set-back')

  await accepted(() => kube.patch(ETCD_CLUSTER, ref, { spec: { paused: true } }, signal))
  expect(await look(await live())).toBe('newest')
})

/** An API server that has just started, or got a new kind, refuses writes for a moment. */
async function accepted(write: () => Promise<unknown>): Promise<void> {
  await expect.poll(() => write().catch(() => undefined), { timeout: 30_000 }).toBeDefined()
}

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
