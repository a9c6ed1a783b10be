import { expect } from 'vitest'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { scenario } from './harness.ts'

scenario('a growth that is taken back half-way turns round', { seconds: 120, alone: true }, async ({ cluster, writer }) => {
  const demo = cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const clients = await writer({ writers: 2 })

  await demo.change({ size: 5 })
  await demo.until('demo-3 has been added', 30, (seen) => rowOf(seen, 'demo-3')?.id !== undefined)
  await demo.change({ size: 3 })
  await demo.untilReady(90)
  expect(await names(demo)).toEqual(['demo-0', 'demo-1', 'demo-2'])
  expect((await demo.pods()).length).toBe(3)
  expect((await demo.volumes()).length).toBe(3)

  const report = await clients.verify()
  expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
})

scenario('a shrinking that is taken back half-way turns round', { seconds: 120, alone: true }, async ({ cluster, writer }) => {
  const demo = cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const clients = await writer({ writers: 2 })

  await demo.change({ size: 1 })
  await demo.until('demo-2 is leaving', 30, (seen) => rowOf(seen, 'demo-2')?.role === 'Leaving')
  await demo.change({ size: 3 })
  await demo.untilReady(90)
  expect(await names(demo)).toEqual(['demo-0', 'demo-1', 'demo-2'])
  // Whoever left for good and came again is another member with another volume, so it can't have voted twice.
  const rows = (await demo.get()).status?.memberStatus ?? []
  expect(rows.every(({ role, ready }) => role === 'Voter' && ready)).toBe(true)

  const report = await clients.verify()
  expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
})

function rowOf(seen: EtcdCluster, name: string) {
  return seen.status?.memberStatus?.find((row) => row.name === name)
}

async function names(demo: { members(): Promise<readonly { name: string }[]> }): Promise<readonly string[]> {
  return (await demo.members()).map(({ name }) => name).toSorted()
}
