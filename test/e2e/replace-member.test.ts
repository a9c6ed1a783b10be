import { expect } from 'vitest'
import type { EtcdCluster, MemberStatus } from '../../src/api/etcd-cluster.ts'
import { label } from '../../src/api/labels.ts'
import { type ClusterHandle, isNow, isReady, isStalled } from './cluster-handle.ts'
import { scenario } from './harness.ts'

scenario(
  'the leader of three is exchanged while clients write: three members serve at every moment',
  { seconds: 150, alone: true },
  async ({ cluster, writer }) => {
    const demo = cluster('demo')
    await demo.create({ size: 3 })
    const before = await demo.untilReady()
    const leader = rowsOf(before).find((row) => row.leader)
    if (leader?.id === undefined) throw new Error('no member leads')
    const volumes = await volumeUids(demo)
    const clients = await writer({ writers: 3 })

    await clients.phase('exchange')
    const watched = watchServing(demo)
    await demo.change({ repair: { replaceMembers: [leader.id] } })
    const after = await untilExchanged(demo, leader.id)
    expect(await watched.end()).toBeGreaterThanOrEqual(3)

    const names = ['demo-0', 'demo-1', 'demo-2']
    expect(rowsOf(after).map(({ name, role, ready }) => ({ name, role, ready }))).toEqual(
      names.map((name) => ({ name, role: 'Voter', ready: true })),
    )
    expect((await demo.members()).map(({ name }) => name).toSorted()).toEqual(names)
    // The other two were not touched, and nothing is left of the spare.
    expect((await demo.pods()).map(({ metadata }) => metadata.name).toSorted()).toEqual(names)
    const volumesAfter = await volumeUids(demo)
    expect([...volumesAfter.keys()].toSorted()).toEqual(names.map((name) => `data-${name}`))
    for (const [name, uid] of volumesAfter) expect(uid === volumes.get(name), name).toBe(name !== `data-${leader.name}`)

    const report = await clients.verify()
    expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    expect(report.acknowledged).toBeGreaterThan(500)
    expect(report.clusterIds).toHaveLength(1)
    expect(report.longestPauseMs).toBeLessThan(2_000)
  },
)

scenario(
  'with repair.automatic false a member is exchanged only when a person approves',
  { seconds: 120 },
  async ({ cluster, kubectl }) => {
    const demo = cluster('demo')
    await demo.create({ size: 1, repair: { automatic: false } })
    const [only] = rowsOf(await demo.untilReady())
    if (only?.id === undefined) throw new Error('no member has an ID')
    await demo.change({ repair: { replaceMembers: [only.id] } })

    const waiting = await demo.until('the removal waits', 60, (seen) => isStalled(seen, 'ApprovalNeeded'))
    const { nextStep } = waiting.status ?? {}
    expect(nextStep).toMatchObject({ action: 'RemoveMember', member: 'demo-0', reason: 'ApprovalNeeded' })
    expect((await demo.members()).map(({ name }) => name).toSorted()).toEqual(['demo-0', 'demo-1'])
    expect(rowsOf(waiting).map(({ name, ready }) => `${name} ${ready}`)).toEqual(['demo-0 true', 'demo-1 true'])

    // The very command that the message names.
    const command = /kubectl (annotate etcdcluster demo \S+ --overwrite)$/.exec(nextStep?.message ?? '')?.[1]
    expect(command).toBe(`annotate etcdcluster demo etcd-operator.dev/approve=${nextStep?.id} --overwrite`)
    await kubectl(command?.split(' ') ?? [])
    const after = await untilExchanged(demo, only.id)
    expect(rowsOf(after).map(({ name, role }) => `${name} ${role}`)).toEqual(['demo-0 Voter'])
  },
)

function rowsOf(cluster: EtcdCluster): readonly MemberStatus[] {
  return cluster.status?.memberStatus ?? []
}

function untilExchanged(demo: ClusterHandle, id: string): Promise<EtcdCluster> {
  return demo.until(`member ${id} is exchanged`, 100, (seen) => isNow(seen, 'Ready') && rowsOf(seen).every((row) => row.id !== id))
}

async function volumeUids(demo: ClusterHandle): Promise<ReadonlyMap<string, string>> {
  return new Map((await demo.volumes()).map(({ metadata }) => [metadata.name, metadata.uid]))
}

/** Counts again and again the pods that clients are sent to; tells the fewest. */
function watchServing(demo: ClusterHandle): { end(): Promise<number> } {
  let isOver = false
  let fewest = Number.POSITIVE_INFINITY
  const watching = (async () => {
    while (!isOver) {
      const serving = (await demo.pods()).filter(
        (pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined && pod.metadata.labels?.[label.serving] === 'true',
      )
      fewest = Math.min(fewest, serving.length)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return fewest
  })()
  return {
    end: () => {
      isOver = true
      return watching
    },
  }
}
