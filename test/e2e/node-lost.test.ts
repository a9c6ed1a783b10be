import { expect } from 'vitest'
import { label } from '../../src/api/labels.ts'
import type { ClusterNode } from '../cluster/cluster.ts'
import { recallCluster } from '../cluster/memory.ts'
import { isWrite, openAudit } from './audit.ts'
import { type ClusterHandle, isReady } from './cluster-handle.ts'
import { type EtcdMember, memberListOf, startedVoters } from './etcd-gateway.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { dispensableNode, heal, partition, startNode, stopNode, untilNodeIsReady } from './nodes.ts'
import { leadingPod } from './operator-pods.ts'
import { until } from './until.ts'

/** Nodes of the local test cluster alone can be stopped from here. */
const skip = recallCluster()?.provider !== 'local'

const wish = { size: 3, repair: { nodeLossAfter: '30s' } }

scenario('a member whose node is lost for good is replaced on another node', { seconds: 400, skip, alone: true }, async (stage) => {
  const { demo, victim, lost, witness } = await threeOnThreeNodes(stage)
  const clients = await writerAwayFrom(stage, victim)
  try {
    await stopNode(victim)
    const after = await untilReplaced(stage, lost, witness, 240)
    await demo.untilReady(90)
    expect(after.map(({ name }) => name).toSorted()).toEqual(['demo-0', 'demo-1', 'demo-2'])
    const pods = await demo.pods()
    expect(pods).toHaveLength(3)
    expect(pods.map(({ spec }) => spec?.nodeName)).not.toContain(victim.name)
    const report = await clients.report()
    expect(report.backwards).toBe(0)
  } finally {
    await startNode(victim)
  }
  // What comes back with the node is the old process on the old volume: it disturbs nobody, and is gone.
  const ids = idsOf(await memberListOf(stage.k8s, stage.namespace, witness))
  await untilNodeIsReady(stage.k8s, victim)
  await untilOnePodEach(demo)
  await demo.untilReady(90)
  expect(idsOf(await demo.members())).toEqual(ids)
  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

scenario(
  'a node that comes back in the middle of the replacement of its member disturbs nobody',
  { seconds: 400, alone: true, skip: skip || !isLong },
  async (stage) => {
    const { demo, victim, lost, witness } = await threeOnThreeNodes(stage)
    const clients = await writerAwayFrom(stage, victim)
    try {
      await stopNode(victim)
      await until('the lost member is removed', 240, async () => {
        const members = await memberListOf(stage.k8s, stage.namespace, witness)
        return members.some(({ id }) => id === lost) ? undefined : true
      })
    } finally {
      await startNode(victim)
    }
    const after = await untilReplaced(stage, lost, witness, 120)
    await demo.untilReady(120)
    await untilNodeIsReady(stage.k8s, victim)
    await untilOnePodEach(demo)
    expect(after.map(({ name }) => name).toSorted()).toEqual(['demo-0', 'demo-1', 'demo-2'])
    expect(idsOf(await demo.members())).toEqual(idsOf(after))
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
  },
)

scenario(
  'two nodes that are drained at once take one member away, and the other stays until it may go',
  { seconds: 240, alone: true, skip: skip || !isLong },
  async (stage) => {
    const { k8s, kubectl } = stage
    const { demo } = await threeOnThreeNodes(stage)
    const clients = await stage.writer({ writers: 2 })
    const nodes = [...new Set((await demo.pods()).map(({ spec }) => spec?.nodeName ?? ''))].slice(0, 2)
    try {
      await clients.phase('drain')
      const options = ['--ignore-daemonsets', '--delete-emptydir-data', `--pod-selector=${label.cluster}=demo`, '--timeout=25s']
      const ended = Promise.allSettled(nodes.map((node) => k8s.kubectl(['drain', node, ...options, '--request-timeout=0'])))
      let fewest = 3
      const watching = new AbortController()
      const watched = (async () => {
        while (!watching.signal.aborted) {
          fewest = Math.min(
            fewest,
            (await demo.pods()).filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length,
          )
          await new Promise((resolve) => setTimeout(resolve, 200))
        }
      })()
      const drains = await ended
      watching.abort()
      await watched
      expect(drains.some(({ status }) => status === 'rejected')).toBe(true)
      expect(fewest).toBe(2)
    } finally {
      for (const node of nodes) await kubectl(['uncordon', node])
    }
    await demo.untilReady(120)
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
    expect(report.failed).toBeLessThanOrEqual(2)
  },
)

scenario(
  'a minority that is cut off together with the operator is all that the operator sees: it changes nothing',
  { seconds: 300, alone: true, skip: skip || !isLong },
  async (stage) => {
    const { k8s, namespace } = stage
    const { demo } = await threeOnThreeNodes(stage)
    const operator = await leadingPod(k8s)
    const node = k8s.info.nodes.find(({ name }) => name === operator.spec?.nodeName)
    if (node === undefined) throw new Error('the operator runs on no node')
    const before = await everything(demo)
    const ids = idsOf(await demo.members())
    const audit = openAudit(k8s)
    try {
      await partition(k8s, node)
      await demo.until(
        'it is said that the majority does not answer',
        60,
        ({ status }) => status?.conditions?.some(({ type, status: value }) => type === 'Available' && value !== 'True') ?? false,
      )
      // Everything that could seem right to somebody who sees one member of three: the size, too.
      await demo.change({ size: 1 })
      await demo.until('the new size is seen', 30, (seen) => seen.status?.observedGeneration === seen.metadata.generation)
      await new Promise((resolve) => setTimeout(resolve, 15_000))
      expect(await everything(demo)).toEqual(before)
      await demo.change({ size: 3 })
      const writes = audit.requests().filter((request) => isWrite(request) && request.namespace === namespace)
      const dangerous = writes.filter(({ verb, resource }) => verb === 'delete' || (verb === 'patch' && resource === 'statefulsets'))
      expect(dangerous).toEqual([])
    } finally {
      await heal(k8s, node)
    }
    await demo.untilReady(120)
    expect(idsOf(await demo.members())).toEqual(ids)
    expect(await everything(demo)).toEqual(before)
  },
)

interface Three {
  readonly demo: ClusterHandle
  /** A node that no other pod needs, with one of the members. */
  readonly victim: ClusterNode
  /** The ID of the member there. */
  readonly lost: string
  /** The pod of another member. */
  readonly witness: string
}

async function threeOnThreeNodes(stage: Stage): Promise<Three> {
  const { k8s, namespace } = stage
  const demo = stage.cluster('demo')
  await demo.create(wish)
  await demo.untilReady()
  const victim = await dispensableNode(k8s)
  const pods = await demo.pods()
  const there = pods.find(({ spec }) => spec?.nodeName === victim.name)?.metadata.name
  const witness = pods.find(({ spec }) => spec?.nodeName !== victim.name)?.metadata.name
  if (there === undefined || witness === undefined) throw new Error(`the members were not spread: none, or all, on ${victim.name}`)
  const lost = (await memberListOf(k8s, namespace, witness)).find(({ name }) => name === there)?.id
  if (lost === undefined) throw new Error(`${there} is not listed`)
  return { demo, victim, lost, witness }
}

/** The clients must outlive the node. */
async function writerAwayFrom(stage: Stage, { name }: ClusterNode) {
  await stage.kubectl(['cordon', name])
  try {
    return await stage.writer({ writers: 2 })
  } finally {
    await stage.kubectl(['uncordon', name])
  }
}

function untilReplaced({ k8s, namespace }: Stage, lost: string, witness: string, seconds: number): Promise<readonly EtcdMember[]> {
  return until('three voters without the lost one', seconds, async () => {
    const members = await memberListOf(k8s, namespace, witness)
    return members.length === 3 && startedVoters(members).length === 3 && !members.some(({ id }) => id === lost) ? members : undefined
  })
}

/** One pod of each name is left, and none that is being deleted. */
async function untilOnePodEach(demo: ClusterHandle): Promise<void> {
  await until('one pod of each member', 120, async () => {
    const pods = await demo.pods()
    const isSettled = pods.length === 3 && pods.every((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined)
    return isSettled ? true : undefined
  })
}

function idsOf(members: readonly EtcdMember[]): readonly string[] {
  return members.map(({ id }) => id).toSorted()
}

/** Every pod and claim of a cluster, by uid, and its members' configs. */
async function everything(demo: ClusterHandle): Promise<unknown> {
  const [pods, volumes, config] = await Promise.all([demo.pods(), demo.volumes(), demo.config()])
  const uids = [...pods, ...volumes].map(({ metadata: { name, uid, deletionTimestamp } }) => ({ name, uid, deletionTimestamp }))
  return { uids: uids.toSorted((a, b) => a.name.localeCompare(b.name)), config }
}
