import { expect } from 'vitest'
import { POD } from '../../src/adapters/kube/kinds.ts'
import { isLong, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'

const stormMs = 150_000

scenario('sizes that change at any moment lose nothing', { seconds: 400, alone: true, skip: !isLong }, async ({ cluster, writer }) => {
  const demo = cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const clients = await writer({ writers: 3 })
  const random = seeded(7)
  await during(stormMs, async () => {
    const size = [1, 3, 5][Math.floor(random() * 3)] ?? 3
    await clients.phase(`to ${size}`)
    await demo.change({ size })
    await rest(random() * 9_000)
  })
  await demo.change({ size: 3 })
  expect((await demo.untilReady(120)).status?.members).toBe(3)
  const report = await clients.verify()
  expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
})

scenario(
  'an operator that is killed again and again gets on between the kills',
  { seconds: 400, alone: true, skip: !isLong },
  async ({ k8s, cluster, writer }) => {
    const demo = cluster('demo')
    await demo.create({ size: 1 })
    await demo.untilReady()
    const clients = await writer({ writers: 2 })
    await demo.change({ size: 5 })
    const random = seeded(11)
    await during(stormMs, async () => {
      await crash(k8s, await leadingPod(k8s))
      await rest(3_000 + random() * 6_000)
    })
    await untilOperatorIsWhole(k8s)
    expect((await demo.untilReady(120)).status?.members).toBe(5)
    const report = await clients.verify()
    expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
  },
)

scenario(
  'members that die while the cluster grows and shrinks lose nothing',
  { seconds: 400, alone: true, skip: !isLong },
  async (stage) => {
    const { k8s, namespace, cluster, writer } = stage
    const demo = cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    const clients = await writer({ writers: 2 })
    const random = seeded(13)
    let size = 3
    await during(stormMs, async () => {
      size = size === 3 ? 5 : 3
      await demo.change({ size })
      await rest(random() * 5_000)
      const pods = await demo.pods()
      const victim = pods[Math.floor(random() * pods.length)]
      if (victim === undefined) return
      const { name, uid } = victim.metadata
      await k8s.kube.delete(POD, { namespace, name }, { uid }, AbortSignal.timeout(10_000), { gracePeriodSeconds: 0 })
      await demo.until('the majority answers', 60, (seen) => seen.status?.leader !== undefined)
      await rest(random() * 5_000)
    })
    await demo.untilReady(180)
    const report = await clients.verify()
    // A member that dies takes the writes with it that it had in hand; they may fail, but none that was acknowledged is lost.
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
  },
)

async function during(ms: number, work: () => Promise<void>): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) await work()
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The same sequence for the same seed (a linear congruential generator). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
