import { beforeAll, expect } from 'vitest'
import { NETWORK_POLICY } from '../../src/adapters/kube/kinds.ts'
import { backupHandle } from './backup-handle.ts'
import { backupVolume } from './backup-volume.ts'
import { type Caller, startCaller } from './caller.ts'
import { condition } from './cluster-handle.ts'
import { type Stage, scenario, testCluster } from './harness.ts'
import type { Kubernetes } from './kubernetes.ts'
import { buildPolicyAgents, type PolicyAgents, startPolicyAgents } from './policy-agents.ts'
import { until } from './until.ts'

const ports = { client: 2379, peer: 2380, metrics: 2381 } as const

beforeAll(async () => {
  if (testCluster().info.provider === 'local') await buildPolicyAgents()
}, 1_800_000)

/** Of this scenario alone: they judge the connections of all that runs. Those of a first try that was given up are stopped here. */
let agents: PolicyAgents | undefined
async function agentsFor<T>(k8s: Kubernetes, work: (agents: PolicyAgents) => Promise<T>): Promise<T> {
  await agents?.stop()
  const started = await startPolicyAgents(k8s)
  agents = started
  try {
    return await work(started)
  } finally {
    await started.stop()
  }
}

scenario(
  'only members reach the peer port, and the others whom the spec names, while the cluster grows and is backed up',
  { seconds: 240, alone: true },
  async (stage) => {
    if (stage.k8s.info.provider !== 'local') return
    await agentsFor(stage.k8s, (agents) => play(stage, agents))
  },
)

async function play(stage: Stage, agents: PolicyAgents): Promise<void> {
  const { k8s, namespace } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 1 })
  await demo.untilReady()
  const ip = (await demo.pods())[0]?.status?.podIP ?? ''
  const [stranger, friend] = await Promise.all(['stranger', 'friend'].map((name) => startCaller(k8s, namespace, name)))
  if (stranger === undefined || friend === undefined) throw new Error('there are two of them')
  const seenBy = async (caller: Caller) => ({
    client: await caller.reaches(ip, ports.client),
    peer: await caller.reaches(ip, ports.peer),
    metrics: await caller.reaches(ip, ports.metrics),
  })

  // Closed first: where nobody enforces the policy everything below would be open for another reason.
  await until('the peer port is closed', 30, async () =>
    (await stranger.reaches(ip, ports.peer)) === 'closed' ? true : undefined,
  ).finally(agents.expectRunning)
  expect(await seenBy(stranger)).toEqual({ client: 'open', peer: 'closed', metrics: 'open' })
  const clients = await stage.writer()

  // A member that joins speaks to the others' peer ports at once.
  await demo.change({ size: 3 })
  await demo.untilReady(90)

  const peers = ['friend', 'demo-writer'].map((app) => ({ podSelector: { matchLabels: { app } } }))
  await demo.change({ networkPolicy: { clients: peers, metrics: peers } })
  await until('the client port is closed', 30, async () => ((await stranger.reaches(ip, ports.client)) === 'closed' ? true : undefined))
  expect(await seenBy(stranger)).toEqual({ client: 'closed', peer: 'closed', metrics: 'closed' })
  expect(await seenBy(friend)).toEqual({ client: 'open', peer: 'closed', metrics: 'open' })

  // The operator, the kubelets and a Job are let in: each member that was restarted has another address.
  await backupVolume(stage)
  await backupHandle(stage, 'b1').create()
  await backupHandle(stage, 'b1').untilCompleted(90)
  await k8s.kubectl(['--namespace', namespace, 'annotate', 'ec', 'demo', 'kubectl.kubernetes.io/restartedAt=now'])
  await demo.until('the members are restarted', 120, ({ status }) => status?.rollout !== undefined)
  await demo.untilReady(120)
  expect(condition(await demo.get(), 'Available')?.status).toBe('True')

  await demo.change({ networkPolicy: { enabled: false } })
  const policy = () => k8s.kube.get(NETWORK_POLICY, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))
  await until('the policy is gone', 30, async () => ((await policy()) === undefined ? true : undefined))
  await until('the peer port is open', 30, async () => {
    const [pod] = await demo.pods()
    return (await stranger.reaches(pod?.status?.podIP ?? '', ports.peer)) === 'open' ? true : undefined
  })
  expect(await clients.verify()).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
  agents.expectRunning()
}
