import { expect, test } from 'vitest'
import type { Answer, PodFacts } from '../../../../src/model/cluster/view.ts'
import { type Known, known, unknown } from '../../../../src/model/known.ts'
import { processOf, SilentMembers } from '../../../../src/observe/cluster/silent-members.ts'
import { sleep } from '../../../../src/runtime/clock.ts'
import { aCluster } from '../../../builders/a-cluster.ts'
import { VirtualClock } from '../../runtime/virtual-clock.ts'

const { signal } = new AbortController()
const view = aCluster().running()
const [pod] = view.pods as readonly [PodFacts]
const answer = view.answers.get(pod.name) as Known<Answer> & { known: true }

/** A member that answers in no time, runs into the deadline of a second, or refuses the connection. */
function aWorld() {
  const clock = new VirtualClock()
  const silent = new SilentMembers(clock)
  const world = { clock, silent, member: 'silent' as 'well' | 'silent' | 'refuses', asked: 0, heard: 0, pass, live }
  const ask = async (): Promise<Known<Answer>> => {
    world.asked++
    if (world.member === 'well') return known(answer.value)
    if (world.member === 'silent') await sleep(clock, 1_000, signal)
    return unknown(world.member === 'silent' ? 'deadline exceeded' : 'connection refused')
  }
  /** What a pass learns, and how long it waits for it. */
  async function pass(one: PodFacts = pod) {
    const startMs = clock.monotonicMs()
    const asking = silent
      .ask(processOf(one), ask, () => world.heard++, signal)
      .then((seen) => ({ seen, tookMs: clock.monotonicMs() - startMs }))
    await clock.advance(1_000)
    return asking
  }
  async function live() {
    const asking = silent.askNow(processOf(pod), ask, signal)
    await clock.advance(1_000)
    return asking
  }
  return world
}

test('a member that answers is asked by each pass', async () => {
  const world = aWorld()
  world.member = 'well'
  expect(await world.pass()).toEqual({ seen: answer, tookMs: 0 })
  expect(await world.pass()).toEqual({ seen: answer, tookMs: 0 })
  expect(world).toMatchObject({ asked: 2, heard: 0 })
})

test('a member that is silent holds up one pass, and the next ones say so without waiting', async () => {
  const world = aWorld()
  expect(await world.pass()).toEqual({ seen: unknown('deadline exceeded'), tookMs: 1_000 })
  for (let i = 0; i < 20; i++) expect(await world.pass()).toEqual({ seen: unknown('deadline exceeded'), tookMs: 0 })
  expect(world.heard).toBe(0)
})

test('it is asked apart about every second or two, and wakes its cluster within two seconds of its recovery', async () => {
  const world = aWorld()
  for (let i = 0; i < 30; i++) await world.pass()
  expect(world.asked).toBeGreaterThan(10)
  expect(world.asked).toBeLessThan(25)
  world.member = 'well'
  await world.clock.advance(2_000)
  expect(world).toMatchObject({ heard: 1, silent: { size: 0 } })
  expect(await world.pass()).toEqual({ seen: answer, tookMs: 0 })
})

test('one that is refused at once after its silence is asked by passes again, which then say why', async () => {
  const world = aWorld()
  await world.pass()
  world.member = 'refuses'
  await world.clock.advance(2_000)
  expect(world.heard).toBe(1)
  expect((await world.pass()).seen).toEqual(unknown('connection refused'))
  expect(world.silent.size).toBe(0)
})

test('a refused connection is no silence', async () => {
  const world = aWorld()
  world.member = 'refuses'
  await world.pass()
  expect(world.silent.size).toBe(0)
})

test.each<[string, Partial<PodFacts>]>([
  ['another pod of that name', { uid: 'another' }],
  ['a pod with another address', { ip: '10.9.9.9' }],
  ['a restarted container', { etcd: { state: 'running', since: 4711 } }],
  ['a pod that has become ready', { ready: false }],
])('%s is asked anew', async (_, changes) => {
  const world = aWorld()
  await world.pass()
  world.member = 'well'
  expect(await world.pass({ ...pod, ...changes })).toEqual({ seen: answer, tookMs: 0 })
})

test('a look that a step rests on waits for everybody, and its answer counts for the passes as well', async () => {
  const world = aWorld()
  await world.pass()
  await world.pass()
  world.member = 'well'
  expect(await world.live()).toEqual(answer)
  expect(world.silent.size).toBe(0)
})

test('a member that no pass looks at any more is not asked any more', async () => {
  const world = aWorld()
  await world.pass()
  await world.clock.advance(60_000)
  expect(world.silent.size).toBe(0)
  expect(world.clock.timers).toBe(0)
})

test('a thousand silent members together are asked fifty times a second at most', async () => {
  const world = aWorld()
  const pods = Array.from({ length: 1_000 }, (_, i) => ({ ...pod, uid: `pod-${i}` }))
  await Promise.all(pods.map((one) => world.pass(one)))
  await Promise.all(pods.map((one) => world.pass(one)))
  const before = world.asked
  for (let i = 0; i < 10; i++) await world.clock.advance(1_000)
  expect(world.asked - before).toBeLessThan(1_500)
})
