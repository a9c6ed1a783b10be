import { afterAll, beforeAll, expect, test } from 'vitest'
import { NETWORK_POLICY, POD } from '../../src/adapters/kube/kinds.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { label } from '../../src/api/labels.ts'
import { networkPolicy } from '../../src/objects/cluster/network-policy.ts'
import { anEtcdCluster, type SpecWish } from '../builders/a-cluster.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { type PolicedNetwork, startPolicedNetwork } from './policed-network.ts'

/** What a cluster's NetworkPolicy lets through, by an agent that enforces it: pods are addresses of a network without a way out. */

const operators = 'etcd-operator-system'
const pods = {
  member: { ip: '10.77.0.1', namespace: 'ns', labels: { [label.cluster]: 'demo' } },
  peer: { ip: '10.77.0.2', namespace: 'ns', labels: { [label.cluster]: 'demo' } },
  operator: { ip: '10.77.0.3', namespace: operators, labels: { 'app.kubernetes.io/name': 'etcd-operator' } },
  job: { ip: '10.77.0.4', namespace: 'ns', labels: { [label.agent]: 'backup' } },
  friend: { ip: '10.77.0.5', namespace: 'ns', labels: { app: 'friend' } },
  stranger: { ip: '10.77.0.6', namespace: 'ns', labels: { app: 'stranger' } },
  'member of another cluster': { ip: '10.77.0.7', namespace: 'ns', labels: { [label.cluster]: 'other' } },
  'namesake of a member elsewhere': { ip: '10.77.0.8', namespace: 'elsewhere', labels: { [label.cluster]: 'demo' } },
  'namesake of the operator elsewhere': { ip: '10.77.0.9', namespace: 'elsewhere', labels: { 'app.kubernetes.io/name': 'etcd-operator' } },
} as const
/** Addresses of which the API server knows nothing, such as a node's. */
const machines = { 'machine that is no pod': { ip: '10.77.0.10' } } as const
const addresses = { ...pods, ...machines }
type Name = keyof typeof addresses

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
let network: PolicedNetwork
const { signal } = new AbortController()
const friend = { podSelector: { matchLabels: { app: 'friend' } } }

// Networks are root's to make.
const isRoot = process.getuid?.() === 0

beforeAll(async () => {
  if (!isRoot) return
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'network-policy' })
  for (const name of ['ns', 'elsewhere', operators]) await kube.create(NAMESPACE, { metadata: { name } }, signal)
  for (const { ip, namespace, labels } of Object.values(pods)) {
    const name = `pod-${ip.replaceAll('.', '-')}`
    const spec = { nodeName: 'node', containers: [{ name: 'it', image: 'none' }] }
    const { metadata } = await kube.create(POD, { metadata: { namespace, name, labels }, spec }, signal)
    const { resourceVersion } = metadata
    const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] }
    await kube.patch(POD, { namespace, name }, { metadata: { resourceVersion }, status }, signal, { subresource: 'status' })
  }
  network = await startPolicedNetwork(
    server.kubeconfig('admin'),
    Object.values(addresses).map(({ ip }) => ip),
  )
}, 900_000)
afterAll(async () => {
  await network?.cleanUp()
  await kube?.close()
  await server?.cleanUp()
})

const reach = (from: Name, port: number) => network.reaches(addresses[from].ip, pods.member.ip, port)

/** Who reaches the member on this port. */
async function callersOf(port: number): Promise<readonly string[]> {
  const answers = await Promise.all(everybody.map(async (name) => [name, await reach(name, port)] as const))
  return answers.filter(([, answer]) => answer === 'open').map(([name]) => name)
}

async function write(wish: NonNullable<SpecWish['networkPolicy']>): Promise<void> {
  const { metadata, spec } = networkPolicy(anEtcdCluster({ networkPolicy: wish }), operators)
  const { namespace, name, labels } = metadata
  await kube.apply(NETWORK_POLICY, { metadata: { namespace, name, labels }, spec }, signal, { force: true })
}

const everybody = (Object.keys(addresses) as Name[]).filter((name) => name !== 'member')

test.skipIf(!isRoot)(
  'without a policy everybody reaches everything, and with it the peer port takes members and the operator alone',
  async () => {
    await expect.poll(() => callersOf(2380)).toEqual(everybody)
    await write({})
    // Closed first: where nobody enforces the policy all that follows would be open for another reason.
    await expect.poll(() => reach('stranger', 2380)).toBe('closed')
    expect(await callersOf(2380)).toEqual(['peer', 'operator'])
    expect(await callersOf(2379)).toEqual(everybody)
    expect(await callersOf(2381)).toEqual(everybody)
  },
)

test.skipIf(!isRoot)('those whom the lists name are let in to their port alone, and whoever belongs to the cluster always', async () => {
  await write({ clients: [friend], metrics: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'elsewhere' } } }] })
  await expect.poll(() => reach('stranger', 2379)).toBe('closed')
  expect(await callersOf(2379)).toEqual(['peer', 'operator', 'job', 'friend'])
  await expect.poll(() => reach('stranger', 2381)).toBe('closed')
  expect(await callersOf(2381)).toEqual(['peer', 'operator', 'namesake of a member elsewhere', 'namesake of the operator elsewhere'])
  expect(await callersOf(2380)).toEqual(['peer', 'operator'])
})
