import { expect } from 'vitest'
import { POD_DISRUPTION_BUDGET } from '../../src/adapters/kube/kinds.ts'
import { condition, isStalled } from './cluster-handle.ts'
import { scenario } from './harness.ts'
import { until } from './until.ts'

scenario(
  'a member whose volume was deleted is replaced without help, and no client notices',
  { seconds: 240, alone: true },
  async (stage) => {
    const { k8s, namespace, kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    const before = await demo.members()
    const [claim] = (await demo.volumes()).filter(({ metadata }) => metadata.name === 'data-demo-2')
    const clients = await stage.writer({ writers: 2 })
    const budget = async () => (await k8s.kube.get(POD_DISRUPTION_BUDGET, { namespace, name: 'demo' }, AbortSignal.timeout(5_000)))?.spec

    // Until its pod ends nothing is lost, and the danger is said.
    await kubectl(['delete', 'persistentvolumeclaim', 'data-demo-2', '--wait=false'])
    const endangered = await demo.until('the danger is said', 30, (one) => isStalled(one, 'VolumeBeingDeleted'))
    expect(condition(endangered, 'Stalled')?.message).toMatch(/PersistentVolumeClaim data-demo-2 of demo-2.*Back up now/)
    expect(condition(endangered, 'FaultTolerant')).toMatchObject({ status: 'False', reason: 'VolumeBeingDeleted' })
    expect(endangered.status?.ready).toBe('3/3')
    await until('no pod may be evicted', 20, async () => ((await budget())?.maxUnavailable === 0 ? true : undefined))

    await kubectl(['delete', 'pod', 'demo-2', '--wait=false'])
    const old = before.find(({ name }) => name === 'demo-2')?.id ?? ''
    const after = await until('demo-2 has a vote under another ID', 60, async () => {
      const members = await demo.members()
      return members.length === 3 && members.every(({ id, isLearner }) => !isLearner && id !== old) ? members : undefined
    })
    // The others stay, and it is never asked of anybody that they do something.
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ id }) => id).filter((id) => id !== old)))
    const done = await demo.untilReady(60)
    expect(done.status?.members).toBe(3)
    expect(done.status?.memberStatus?.map(({ role, ready }) => [role, ready])).toEqual(Array(3).fill(['Voter', true]))
    const [fresh] = (await demo.volumes()).filter(({ metadata }) => metadata.name === 'data-demo-2')
    expect(fresh?.metadata.uid).not.toBe(claim?.metadata.uid)
    await until('a pod may be evicted again', 20, async () => ((await budget())?.maxUnavailable === 1 ? true : undefined))

    const report = await clients.verify()
    expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
  },
)

scenario('two of five that lost their volumes are both replaced', { seconds: 240 }, async (stage) => {
  const { kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 5 })
  await demo.untilReady(90)
  const before = await demo.members()
  const clients = await stage.writer({ writers: 2 })

  await kubectl(['delete', 'persistentvolumeclaim', 'data-demo-3', 'data-demo-4', '--wait=false'])
  await kubectl(['delete', 'pod', 'demo-3', 'demo-4', '--wait=false'])
  const lost = before.flatMap(({ name, id }) => (name === 'demo-3' || name === 'demo-4' ? id : []))
  const after = await until('both have a vote under other IDs', 120, async () => {
    const members = await demo.members()
    return members.length === 5 && members.every(({ id, isLearner }) => !isLearner && !lost.includes(id)) ? members : undefined
  })
  expect(after.map(({ name }) => name).toSorted()).toEqual(['demo-0', 'demo-1', 'demo-2', 'demo-3', 'demo-4'])
  expect((await demo.untilReady(90)).status?.members).toBe(5)
  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

scenario('a member that somebody removed joins again, although the spec asks for the impossible', { seconds: 180 }, async (stage) => {
  const { kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  // Refused by the operator, not by the schema.
  await demo.change({ etcd: { extraArgs: { 'experimental-memory-mlock': 'true' } } })
  await demo.until('the spec is refused', 30, (one) => isStalled(one, 'InvalidSpec'))

  const old = (await demo.members()).find(({ name }) => name === 'demo-1')?.id ?? ''
  // etcd refuses it for some seconds after the members have found each other.
  await until('etcd removes demo-1', 30, () =>
    kubectl(['exec', 'demo-0', '--', 'etcdctl', 'member', 'remove', old]).then(
      () => true,
      () => undefined,
    ),
  )
  const after = await until('demo-1 has a vote again', 90, async () => {
    const members = await demo.members()
    const again = members.find(({ name }) => name === 'demo-1')
    return members.length === 3 && again !== undefined && again.id !== old && !again.isLearner ? members : undefined
  })
  expect(after).toHaveLength(3)
  await demo.until('the spec is what is left', 30, (one) => isStalled(one, 'InvalidSpec') && one.status?.ready === '3/3')
})
