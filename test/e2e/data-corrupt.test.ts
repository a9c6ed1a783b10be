import { expect } from 'vitest'
import { condition, isStalled } from './cluster-handle.ts'
import { ask } from './etcd-gateway.ts'
import { scenario } from './harness.ts'

scenario('while members hold different data nothing is changed, and people are told', { seconds: 150 }, async (stage) => {
  const { k8s, namespace, kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const [accused] = await demo.members()
  const memberID = BigInt(`0x${accused?.id}`).toString()

  await ask(k8s, namespace, 'demo-0', 'maintenance/alarm', { action: 'ACTIVATE', memberID, alarm: 'CORRUPT' })
  const told = await demo.until('the alarm is told', 30, (seen) => isStalled(seen, 'DataCorrupt'))
  expect(condition(told, 'Stalled')?.message).toContain(`${accused?.name} (${accused?.id})`)
  expect(condition(told, 'Available')).toMatchObject({ status: 'False', reason: 'DataCorrupt' })
  expect(condition(told, 'FaultTolerant')).toMatchObject({ status: 'False', reason: 'DataCorrupt' })

  await demo.change({ size: 1 })
  await demo.until('the new size is seen', 20, (seen) => seen.status?.observedGeneration === seen.metadata.generation)
  const held = await demo.until('it is still told', 20, (seen) => isStalled(seen, 'DataCorrupt'))
  expect(held.status?.nextStep).toMatchObject({ action: 'Block', reason: 'DataCorrupt' })
  expect(held.status?.members).toBe(3)
  expect(await demo.pods()).toHaveLength(3)

  // The way out that the message names.
  await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'alarm', 'disarm'])
  expect((await demo.untilReady(90)).status?.members).toBe(1)
})
