import { expect } from 'vitest'
import type { Pod } from '../../src/adapters/kube/kinds.ts'
import { type ClusterHandle, condition, idsOf, uidsOf } from './cluster-handle.ts'
import { isLong, scenario } from './harness.ts'
import { cutOff } from './member-network.ts'
import { signalEtcd } from './member-process.ts'
import { rest, until } from './until.ts'

scenario('a leader that is cut off from its peers loses the leadership and nothing else', { seconds: 150 }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  const { status } = await demo.untilReady()
  const before = await seen(demo)
  const clients = await stage.writer({ writers: 2 })
  const leader = before.pods.find(({ metadata }) => metadata.name === status?.leader)
  if (leader === undefined) throw new Error('there is no leader')

  const cut = await cutOff(
    leader,
    before.pods.filter((pod) => pod !== leader),
  )
  try {
    const led = await demo.until('another member leads', 30, (one) => (one.status?.leader ?? leader.metadata.name) !== leader.metadata.name)
    expect(condition(led, 'Available')?.status).toBe('True')
    await demo.until('the member that is cut off is told', 30, (one) => one.status?.nextStep?.member === leader.metadata.name)
    await rest(10)
    await expectSame(demo, before)
  } finally {
    await cut.heal()
  }
  await demo.untilReady(60)
  await expectSame(demo, before)
  expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

scenario('a member behind a line that loses every third packet stays a member', { seconds: 150, skip: !isLong }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const before = await seen(demo)
  const clients = await stage.writer({ writers: 2 })
  const [behind, ...others] = before.pods
  if (behind === undefined) throw new Error('there is no pod')

  const cut = await cutOff(behind, others, 0.3)
  try {
    await rest(30)
    await expectSame(demo, before)
    expect(condition(await demo.get(), 'Available')?.status).toBe('True')
  } finally {
    await cut.heal()
  }
  await demo.untilReady(60)
  await expectSame(demo, before)
  expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

scenario(
  'members serve on without DNS, and one that restarts meanwhile comes back with it',
  { seconds: 180, alone: true },
  async (stage) => {
    const { k8s } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    const { status } = await demo.untilReady()
    const before = await seen(demo)
    const clients = await stage.writer({ writers: 2 })
    const follower = before.pods.find(({ metadata }) => metadata.name !== status?.leader)
    if (follower === undefined) throw new Error('there is no follower')

    const dns = ['--namespace', 'kube-system', 'get', 'deployment/coredns', '--output']
    const replicas = Number(await k8s.kubectl([...dns, 'jsonpath={.spec.replicas}']))
    await scaleDns(0)
    try {
      signalEtcd(follower, 'SIGKILL')
      await rest(20)
      await expectSame(demo, before)
      expect(condition(await demo.get(), 'Available')?.status).toBe('True')
    } finally {
      await scaleDns(replicas)
    }
    await demo.untilReady(90)
    await expectSame(demo, before)
    expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })

    async function scaleDns(wanted: number): Promise<void> {
      await k8s.kubectl(['--namespace', 'kube-system', 'scale', 'deployment/coredns', `--replicas=${wanted}`])
      await until('DNS follows', 60, async () => {
        const ready = await k8s.kubectl([...dns, 'jsonpath={.status.readyReplicas}'])
        return Number(ready || 0) === wanted ? true : undefined
      })
    }
  },
)

interface Seen {
  readonly pods: readonly Pod[]
  readonly ids: readonly string[]
}

async function seen(demo: ClusterHandle): Promise<Seen> {
  return { pods: await demo.pods(), ids: await idsOf(demo) }
}

/** No member was removed or added, and no pod was deleted. */
async function expectSame(demo: ClusterHandle, before: Seen): Promise<void> {
  expect(uidsOf(await demo.pods())).toEqual(uidsOf(before.pods))
  expect(await idsOf(demo)).toEqual(before.ids)
}
