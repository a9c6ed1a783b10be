import { expect } from 'vitest'
import { POD_DISRUPTION_BUDGET } from '../../src/adapters/kube/kinds.ts'
import { condition, isStalled } from './cluster-handle.ts'
import { scenario } from './harness.ts'
import { until } from './until.ts'

scenario('a member whose volume was emptied does not start without its log, until it joins anew', { seconds: 240 }, async (stage) => {
  const { k8s, namespace, kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const before = await demo.members()
  const ids = before.map(({ id }) => id).toSorted()
  const clients = await stage.writer({ writers: 2 })

  // Until its pod ends nothing is lost, and the danger is said.
  await kubectl(['delete', 'persistentvolumeclaim', 'data-demo-2', '--wait=false'])
  const endangered = await demo.until('the danger is said', 30, (one) => isStalled(one, 'VolumeBeingDeleted'))
  expect(condition(endangered, 'Stalled')?.message).toMatch(/PersistentVolumeClaim data-demo-2 of demo-2.*Back up now/)
  expect(condition(endangered, 'FaultTolerant')).toMatchObject({ status: 'False', reason: 'VolumeBeingDeleted' })
  expect(endangered.status?.ready).toBe('3/3')
  await until('no pod may be evicted', 20, async () => {
    const budget = await k8s.kube.get(POD_DISRUPTION_BUDGET, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))
    return budget?.spec?.maxUnavailable === 0 ? true : undefined
  })

  await kubectl(['delete', 'pod', 'demo-2', '--wait=false'])
  const seen = await demo.until('the loss is said', 60, (one) => isStalled(one, 'VolumeLost'))
  expect(condition(seen, 'Stalled')?.message).toMatch(/demo-2.*its volume is empty/)
  expect(seen.status?.memberStatus?.find(({ name }) => name === 'demo-2')).toMatchObject({ role: 'Failed', ready: false })
  expect(condition(seen, 'Available')?.status).toBe('True')
  expect(condition(seen, 'FaultTolerant')).toMatchObject({ status: 'False', reason: 'NoMargin' })
  // It would vote under its old ID without remembering what it voted for: it is still listed, and does not run.
  expect((await demo.members()).map(({ id }) => id).toSorted()).toEqual(ids)

  // The way out that the message names.
  const [, lost = ''] = /etcdctl member remove ([0-9a-f]+)/.exec(condition(seen, 'Stalled')?.message ?? '') ?? []
  await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'member', 'remove', lost])
  await demo.untilReady(90)
  const after = (await demo.members()).map(({ id }) => id).toSorted()
  expect(after).toHaveLength(3)
  expect(after).not.toContain(lost)

  const report = await clients.verify()
  expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
})

scenario('two of five that lost their volumes leave, and neither waits for the other', { seconds: 200 }, async (stage) => {
  const { kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 5 })
  await demo.untilReady(90)
  const clients = await stage.writer({ writers: 2 })

  await kubectl(['delete', 'persistentvolumeclaim', 'data-demo-3', 'data-demo-4', '--wait=false'])
  await kubectl(['delete', 'pod', 'demo-3', 'demo-4', '--wait=false'])
  const isFailed = (name: string, rows: readonly { readonly name: string; readonly role: string }[] = []) =>
    rows.some((row) => row.name === name && row.role === 'Failed')
  await demo.until('both are lost', 60, ({ status }) => ['demo-3', 'demo-4'].every((name) => isFailed(name, status?.memberStatus)))

  await demo.change({ size: 3 })
  expect((await demo.untilReady(60)).status?.members).toBe(3)
  expect((await demo.members()).map(({ name }) => name).toSorted()).toEqual(['demo-0', 'demo-1', 'demo-2'])
  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})
