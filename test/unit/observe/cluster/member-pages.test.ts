import { expect, test } from 'vitest'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { Latencies } from '../../../../src/model/cluster/performance.ts'
import { type Followed, MemberPages } from '../../../../src/observe/cluster/member-pages.ts'
import { VirtualClock } from '../../runtime/virtual-clock.ts'

const inf = Number.POSITIVE_INFINITY
const histogram = (count: number) => [
  { le: 0.01, count },
  { le: inf, count },
]
const latencies = (writes: number): Latencies => ({
  walFsync: histogram(writes),
  backendCommit: histogram(writes),
  peerRoundTrip: new Map([['a1', histogram(1000 + writes)]]),
})
const member = (n: number, process = `uid-${n}`): Followed => ({ name: `demo-${n}`, process, page: { url: `http://m${n}:2381` } })

/** Members that write `perRead` times between two reads. */
function aWorld(members: readonly Followed[], perRead = 100) {
  const clock = new VirtualClock()
  const reads: { readonly url: string; readonly atMs: number }[] = []
  let writes = 0
  const pages = new MemberPages(async ({ url }) => {
    reads.push({ url, atMs: clock.monotonicMs() })
    writes += perRead
    return latencies(writes)
  }, clock)
  const world = { clock, pages, reads, members, after }
  /** What a pass sees after so many passes, five seconds apart. */
  async function after(passes: number) {
    for (let pass = 0; pass < passes; pass++) {
      pages.look(world.members)
      await clock.advance(5_000)
    }
    return pages.look(world.members)
  }
  return world
}

test('the first figures are there after half a minute, and later ones each minute', async () => {
  const world = aWorld([member(0)])
  expect((await world.after(1)).size).toBe(0)
  expect((await world.after(6)).get('demo-0')?.walFsyncP99).toBeCloseTo(0.0099, 10)
  await world.after(120)
  expect(world.reads.length).toBeGreaterThan(7)
  expect(world.reads.length).toBeLessThan(16)
})

test('a pass waits for no page, and a member whose page never comes holds up no other', async () => {
  const clock = new VirtualClock()
  let answered = 0
  const pages = new MemberPages(({ url }) => {
    if (url.includes('m0')) return new Promise(() => {})
    answered++
    return Promise.resolve(latencies(answered * 100))
  }, clock)
  for (let pass = 0; pass < 10; pass++) {
    pages.look([member(0), member(1)])
    await clock.advance(5_000)
  }
  expect([...pages.look([member(0), member(1)]).keys()]).toEqual(['demo-1'])
})

test('a page that can not be read is read again later', async () => {
  const clock = new VirtualClock()
  let reads = 0
  const pages = new MemberPages(() => {
    reads++
    return reads < 3 ? Promise.reject(new Failure('timeout', 'deadline exceeded')) : Promise.resolve(latencies(reads * 100))
  }, clock)
  for (let pass = 0; pass < 30; pass++) {
    pages.look([member(0)])
    await clock.advance(5_000)
  }
  expect(pages.look([member(0)]).has('demo-0')).toBe(true)
})

test('a thousand members are read one after the other, five in a second at most', async () => {
  const world = aWorld(Array.from({ length: 1000 }, (_, n) => member(n)))
  await world.after(40)
  expect(world.reads.length).toBeGreaterThan(900)
  expect(new Set(world.reads.map(({ url }) => url)).size).toBeGreaterThan(900)
  for (const { atMs } of world.reads) expect(world.reads.filter((one) => Math.abs(one.atMs - atMs) < 500).length).toBeLessThanOrEqual(6)
})

test('a member that no pass names any more is forgotten, and the next process of a member begins anew', async () => {
  const world = aWorld([member(0), member(1)])
  await world.after(8)
  const gone = world.pages.look([member(0, 'the next process')])
  expect(gone.size).toBe(0)
  for (let pass = 0; pass < 16; pass++) {
    world.pages.look([member(0, 'the next process')])
    await world.clock.advance(5_000)
  }
  expect(world.pages.size).toBe(1)
})

test('with few writes the while is made longer, and the way to the peers is told all the same', async () => {
  const world = aWorld([member(0)], 3)
  const early = (await world.after(7)).get('demo-0')
  expect(early?.walFsyncP99).toBeUndefined()
  expect(early?.peerRoundTripP99).toBeCloseTo(0.0099, 10)
  // Three writes a minute: four whiles hold ten.
  expect((await world.after(60)).get('demo-0')?.walFsyncP99).toBeCloseTo(0.0099, 10)
})
