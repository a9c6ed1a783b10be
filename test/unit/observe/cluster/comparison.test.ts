import { expect, test } from 'vitest'
import type { HashVote } from '../../../../src/model/cluster/hash-vote.ts'
import { type Known, known, unknown } from '../../../../src/model/known.ts'
import { Comparison } from '../../../../src/observe/cluster/comparison.ts'
import { sleep } from '../../../../src/runtime/clock.ts'
import { VirtualClock } from '../../runtime/virtual-clock.ts'

const agree: Known<HashVote> = known({ verdict: 'agree', revision: 7, hashes: new Map(), missing: new Map() })
const comparing = unknown('the data of the members is being compared')

/** Members whose databases take so long to read. */
function aWorld(tookMs: number, result: Known<HashVote> = agree) {
  const clock = new VirtualClock()
  const comparison = new Comparison(clock)
  const world = { clock, begun: 0, heard: 0, pass, live, fails: false }
  const compare = async () => {
    world.begun++
    await sleep(clock, tookMs, new AbortController().signal)
    if (world.fails) throw new Error('mistake')
    return result
  }
  async function within(asking: Promise<Known<HashVote>>) {
    const startMs = clock.monotonicMs()
    const seen = asking.then((vote) => ({ vote, tookMs: clock.monotonicMs() - startMs }))
    await clock.advance(6_000)
    return seen
  }
  function pass(question = 'a') {
    return within(comparison.inPass(question, compare, () => world.heard++))
  }
  function live(question = 'a') {
    return within(comparison.beforeStep(question, compare))
  }
  return world
}

test('a pass takes a result that is quick, and later passes remember it for ten minutes', async () => {
  const world = aWorld(200)
  expect(await world.pass()).toEqual({ vote: agree, tookMs: 200 })
  expect(await world.pass()).toEqual({ vote: agree, tookMs: 0 })
  await world.clock.advance(9 * 60_000)
  expect(await world.pass()).toEqual({ vote: agree, tookMs: 0 })
  expect(world).toMatchObject({ begun: 1, heard: 0 })
  await world.clock.advance(60_000)
  await world.pass()
  expect(world.begun).toBe(2)
})

test('a pass does not wait for large databases: the result wakes the cluster', async () => {
  const world = aWorld(4_000)
  expect(await world.pass()).toEqual({ vote: comparing, tookMs: 1_000 })
  expect(world.heard).toBe(1)
  expect(await world.pass()).toEqual({ vote: agree, tookMs: 0 })
})

test('two comparisons never run at once, whatever they are asked', async () => {
  const world = aWorld(20_000)
  expect(await world.pass('a')).toEqual({ vote: comparing, tookMs: 1_000 })
  expect(await world.pass('b')).toEqual({ vote: comparing, tookMs: 1_000 })
  expect(world.begun).toBe(1)
})

test('another process, another member or another sign is another question', async () => {
  const world = aWorld(0)
  await world.pass('a')
  await world.pass('b')
  expect(world.begun).toBe(2)
})

test('what could not be compared is tried again soon', async () => {
  const world = aWorld(0, unknown('demo-1 is silent'))
  await world.pass()
  expect((await world.pass()).vote).toEqual(unknown('demo-1 is silent'))
  expect(world.begun).toBe(1)
  await world.clock.advance(15_000)
  await world.pass()
  expect(world.begun).toBe(2)
})

test('a comparison that fails is one without a result', async () => {
  const world = aWorld(100)
  world.fails = true
  expect((await world.pass()).vote).toEqual(unknown('mistake'))
})

test('the look before a step compares anew', async () => {
  const world = aWorld(200)
  await world.pass()
  expect(await world.live()).toEqual({ vote: agree, tookMs: 200 })
  expect(world.begun).toBe(2)
})

test('where that takes too long the last result for the same processes counts, and no other', async () => {
  const world = aWorld(8_000)
  await world.pass()
  await world.clock.advance(8_000)
  expect(await world.live()).toEqual({ vote: agree, tookMs: 5_000 })
  await world.clock.advance(8_000)
  expect(await world.live('b')).toEqual({ vote: comparing, tookMs: 5_000 })
})
