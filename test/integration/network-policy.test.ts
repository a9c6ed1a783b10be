import { afterAll, beforeAll, expect, test } from 'vitest'
import { safeWrites } from '../../src/act/cluster/safe-writes.ts'
import { ETCD_CLUSTER, NETWORK_POLICY, type NetworkPolicy } from '../../src/adapters/kube/kinds.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { owned } from '../../src/observe/cluster/facts.ts'
import type { Observation } from '../../src/observe/cluster/observe.ts'
import { aCluster } from '../builders/a-cluster.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { installKinds } from './install-kinds.ts'

/** A cluster's NetworkPolicy as a real API server keeps it: what it fills in or drops must not look like somebody's edit. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()
const namespace = 'default'

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'network-policy' })
  await installKinds(kube, [ETCD_CLUSTER])
}, 300_000)
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

const peers = [
  { podSelector: { matchLabels: {}, matchExpressions: [] } },
  { namespaceSelector: { matchLabels: { team: 'a' } }, podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['x'] }] } },
  { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
]

async function begin(name: string): Promise<EtcdCluster> {
  const spec = { version: '3.6.16', storage: { size: '1Gi' }, networkPolicy: { clients: peers } }
  return kube.create(ETCD_CLUSTER, { metadata: { namespace, name }, spec } as never, signal)
}

function policyOf({ metadata: { name } }: EtcdCluster): Promise<NetworkPolicy | undefined> {
  return kube.get(NETWORK_POLICY, { namespace, name }, signal)
}

/** A pass that writes what is always safe to write of the policy; the number of its writes. */
async function pass(cluster: EtcdCluster): Promise<number> {
  const networkPolicy = await policyOf(cluster)
  const others = [{ kind: 'NetworkPolicy', name: cluster.metadata.name, object: owned(cluster, networkPolicy, () => undefined) }]
  const view = aCluster().frozen().with({ others })
  const seen = { ...view, cluster: { ...cluster, status: view.cluster.status } } as Observation['view']
  const objects = { networkPolicy, cluster } as unknown as Observation['objects'] // Nothing else is there.
  const writes = safeWrites({ view: seen, objects }).filter(({ object }) => object.startsWith('NetworkPolicy'))
  for (const write of writes) expect(write.remains(await write.send(kube, signal))).toBeUndefined()
  return writes.length
}

test('it is written once, whatever the peers look like', async () => {
  const demo = await begin('once')
  expect(await pass(demo)).toBe(1)
  expect(await pass(demo)).toBe(0)
  expect((await policyOf(demo))?.spec?.ingress?.map(({ from = [] }) => from.length)).toEqual([2, 6, 0])
})

test.each([
  ['peers of another namespace', { ingress: [{ from: [{ podSelector: {}, namespaceSelector: {} }] }] }],
  ['a selector that leaves members out', { podSelector: { matchExpressions: [{ key: 'none', operator: 'Exists' }] } }],
  ['rules for what goes out', { policyTypes: ['Ingress', 'Egress'], egress: [] }],
  ['no rule', { ingress: null }],
])('%s, added by hand, are gone after a pass', async (what, spec) => {
  const demo = await begin(`edited-${what.length}`)
  await pass(demo)
  const written = (await policyOf(demo))?.spec
  await kube.patch(NETWORK_POLICY, { namespace, name: demo.metadata.name }, { spec }, signal)
  expect((await policyOf(demo))?.spec).not.toEqual(written)
  expect(await pass(demo)).toBe(1)
  expect((await policyOf(demo))?.spec).toEqual(written)
  expect(await pass(demo)).toBe(0)
})

test('it goes when it is not wanted any more, and comes back when it is', async () => {
  const demo = await begin('toggled')
  await pass(demo)
  const change = (enabled: boolean) =>
    kube.patch(ETCD_CLUSTER, { namespace, name: 'toggled' }, { spec: { networkPolicy: { enabled } } }, signal)
  expect(await pass(await change(false))).toBe(1)
  expect(await policyOf(demo)).toBeUndefined()
  expect(await pass(await change(false))).toBe(0)
  expect(await pass(await change(true))).toBe(1)
  expect((await policyOf(demo))?.spec?.ingress).toHaveLength(3)
})
