import { expect } from 'vitest'
import { condition, isStalled } from './cluster-handle.ts'
import { scenario } from './harness.ts'

scenario('a member whose volume was emptied does not start without its log, while the others serve', { seconds: 120 }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const ids = (await demo.members()).map(({ id }) => id).toSorted()
  const clients = await stage.writer({ writers: 2 })

  await stage.kubectl(['delete', 'persistentvolumeclaim', 'data-demo-2', '--wait=false'])
  await stage.kubectl(['delete', 'pod', 'demo-2', '--wait=false'])
  const seen = await demo.until('the loss is said', 60, (one) => isStalled(one, 'VolumeLost'))
  expect(condition(seen, 'Stalled')?.message).toMatch(/demo-2.*its volume is empty/)
  expect(seen.status?.memberStatus?.find(({ name }) => name === 'demo-2')).toMatchObject({ role: 'Failed', ready: false })
  expect(condition(seen, 'Available')?.status).toBe('True')
  expect(condition(seen, 'FaultTolerant')).toMatchObject({ status: 'False', reason: 'NoMargin' })
  // It would vote under its old ID without remembering what it voted for: it is still listed, and does not run.
  expect((await demo.members()).map(({ id }) => id).toSorted()).toEqual(ids)

  const report = await clients.verify()
  expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
})
