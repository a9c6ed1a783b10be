import { expect } from 'vitest'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import type { ClusterHandle } from './cluster-handle.ts'
import { isLong, scenario } from './harness.ts'

scenario(
  'one member grows to five and shrinks to one again, while clients write',
  { seconds: 180, alone: true },
  async ({ cluster, writer, kubectl }) => {
    const demo = cluster('demo')
    await demo.create({ size: 1 })
    await demo.untilReady()
    const clients = await writer({ writers: 3 })

    for (const size of [3, 5, 3, 1]) {
      await clients.phase(`to ${size}`)
      await kubectl(['scale', 'etcdcluster/demo', `--replicas=${size}`])
      await expectMembers(demo, await demo.untilReady(60), size)
    }

    const report = await clients.verify()
    expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    expect(report.acknowledged).toBeGreaterThan(1000)
    expect(report.clusterIds).toHaveLength(1)
    // Figures with their limits are the bench's business; this only says that nobody had to wait for long.
    expect(report.longestPauseMs).toBeLessThan(2_000)
  },
)

scenario('volumes of members that left are gone, or kept where the spec says so', { seconds: 90 }, async ({ cluster }) => {
  const demo = cluster('demo')
  await demo.create({ size: 3, storage: { size: '1Gi', scaleDownPolicy: 'Retain' } })
  await demo.untilReady()
  await demo.change({ size: 1 })
  await demo.untilReady()
  expect(await volumeNames(demo)).toEqual(['data-demo-0', 'data-demo-1', 'data-demo-2'])

  const before = await volumeUids(demo)
  await demo.change({ size: 3 })
  await demo.untilReady()
  const after = await volumeUids(demo)
  // A volume with the data of a removed member must not come back under a new member.
  expect(after.get('data-demo-0')).toBe(before.get('data-demo-0'))
  expect(after.get('data-demo-1')).not.toBe(before.get('data-demo-1'))
  expect(after.get('data-demo-2')).not.toBe(before.get('data-demo-2'))

  await demo.change({ size: 1, storage: { scaleDownPolicy: 'Delete' } })
  await demo.untilReady()
  expect(await volumeNames(demo)).toEqual(['data-demo-0'])
})

for (const size of [5, 7]) {
  scenario(`${size} members start together`, { seconds: 120, skip: !isLong }, async ({ cluster }) => {
    const demo = cluster('demo')
    await demo.create({ size })
    await expectMembers(demo, await demo.untilReady(90), size)
  })
}

/** The status says what etcd itself says: the same members, by name and ID, all of them voters. */
async function expectMembers(demo: ClusterHandle, seen: EtcdCluster, size: number): Promise<void> {
  const names = Array.from({ length: size }, (_, ordinal) => `demo-${ordinal}`)
  const listed = await demo.members()
  expect(listed.map(({ name }) => name).toSorted()).toEqual(names)
  expect(listed.every(({ isLearner }) => !isLearner)).toBe(true)
  expect(seen.status).toMatchObject({ members: size, readyMembers: size, ready: `${size}/${size}` })
  const rows = seen.status?.memberStatus ?? []
  expect(rows.map(({ name, id, role, ready }) => ({ name, id, role, ready }))).toEqual(
    names.map((name) => ({ name, id: listed.find((member) => member.name === name)?.id, role: 'Voter', ready: true })),
  )
  expect((await demo.pods()).map(({ metadata }) => metadata.name).toSorted()).toEqual(names)
}

async function volumeUids(demo: ClusterHandle): Promise<ReadonlyMap<string, string>> {
  return new Map((await demo.volumes()).map(({ metadata }) => [metadata.name, metadata.uid]))
}

async function volumeNames(demo: ClusterHandle): Promise<readonly string[]> {
  return [...(await volumeUids(demo)).keys()].toSorted()
}
