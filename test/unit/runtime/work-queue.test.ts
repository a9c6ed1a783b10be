import { expect, test } from 'vitest'
import { WorkQueue } from '../../../src/runtime/work-queue.ts'
import { settled, VirtualClock } from './virtual-clock.ts'

function aQueue(options: Partial<ConstructorParameters<typeof WorkQueue>[0]> = {}) {
  const clock = new VirtualClock()
  const queue = new WorkQueue({ clock, ...options })
  /** The keys that can be taken now, without `done`. */
  const takeAll = async () => {
    const keys: (string | undefined)[] = []
    while (queue.waiting > 0) keys.push(await queue.take())
    return keys
  }
  return { clock, queue, takeAll }
}

test('hands keys out in the order in which they were added, each once', async () => {
  const { queue, takeAll } = aQueue()
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key)
  expect(await takeAll()).toEqual(['a', 'b', 'c'])
})

test('what was added goes before what is only due, and does not keep it waiting for ever', async () => {
  const { clock, queue, takeAll } = aQueue()
  for (const key of ['due1', 'due2', 'due3']) queue.addAfter(key, 5)
  await clock.advance(10)
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) queue.add(key)
  queue.add('due3')
  expect(await takeAll()).toEqual(['a', 'b', 'c', 'due1', 'd', 'e', 'f', 'due2', 'due3'])
})

test('a taker that waits gets the next key', async () => {
  const { queue } = aQueue()
  const taken = Promise.all([queue.take(), queue.take()])
  queue.add('a')
  queue.add('b')
  expect(await taken).toEqual(['a', 'b'])
})

test('a key in work is handed out again only after it is done, and once for all that arrived meanwhile', async () => {
  const { queue, takeAll } = aQueue()
  queue.add('a')
  await queue.take()
  queue.add('a')
  queue.add('a')
  expect(queue.waiting).toBe(0)
  queue.done('a')
  expect(await takeAll()).toEqual(['a'])
  queue.done('a')
  expect(queue.waiting).toBe(0)
})

test('a busy key does not hold up the others', async () => {
  const { queue, takeAll } = aQueue()
  queue.add('busy')
  await queue.take()
  for (let i = 0; i < 50; i++) queue.add('busy')
  queue.add('other')
  expect(await takeAll()).toEqual(['other'])
})

test('a newer plan replaces an older one, earlier or later', async () => {
  const { clock, queue, takeAll } = aQueue()
  queue.addAfter('a', 1_000)
  queue.addAfter('a', 5_000)
  await clock.advance(4_999)
  expect(queue.waiting).toBe(0)
  await clock.advance(1)
  expect(await takeAll()).toEqual(['a'])
  queue.done('a')
  queue.addAfter('a', 5_000)
  queue.addAfter('a', 10)
  await clock.advance(10)
  expect(await takeAll()).toEqual(['a'])
})

test('an event makes a plan unnecessary', async () => {
  const { clock, queue, takeAll } = aQueue()
  queue.addAfter('a', 1_000)
  queue.add('a')
  expect(await takeAll()).toEqual(['a'])
  queue.done('a')
  await clock.advance(10_000)
  expect(queue.waiting).toBe(0)
  expect(clock.timers).toBe(0)
})

test('a plan that becomes due while the key is in work waits for the end of that pass', async () => {
  const { clock, queue, takeAll } = aQueue()
  queue.add('a')
  await queue.take()
  queue.addAfter('a', 10)
  await clock.advance(10)
  expect(queue.waiting).toBe(0)
  queue.done('a')
  expect(await takeAll()).toEqual(['a'])
})

test('failures of a key are repeated later and later, at most every five minutes', async () => {
  const { clock, queue } = aQueue()
  const waits: number[] = []
  queue.add('a')
  for (let i = 0; i < 11; i++) {
    await queue.take()
    const waitMs = queue.retry('a')
    waits.push(waitMs)
    queue.done('a')
    await clock.advance(waitMs)
  }
  expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000])
  expect(Math.max(...waits)).toBe(300_000)
})

test('jitter never makes a wait longer than the limit', () => {
  const { clock, queue } = aQueue()
  clock.random = () => 0.999
  for (let i = 0; i < 20; i++) expect(queue.retry('a')).toBeLessThanOrEqual(300_000)
})

test('jitter spreads keys that fail together', () => {
  const { clock, queue } = aQueue()
  const waits = [0, 0.25, 0.75].map((random, i) => {
    clock.random = () => random
    return queue.retry(`key-${i}`)
  })
  expect(new Set(waits).size).toBe(3)
})

test('events bring a failed key forward, but do not make it run hot', async () => {
  const { clock, queue, takeAll } = aQueue()
  for (let i = 0; i < 8; i++) queue.retry('a')
  for (let i = 0; i < 10; i++) queue.add('a')
  await clock.advance(4_999)
  expect(queue.waiting).toBe(0)
  await clock.advance(1)
  expect(await takeAll()).toEqual(['a'])
})

test('events do not shorten a wait that the server asked for', async () => {
  const { clock, queue, takeAll } = aQueue()
  expect(queue.retry('a', 60_000)).toBe(60_000)
  queue.add('a')
  await clock.advance(59_999)
  expect(queue.waiting).toBe(0)
  await clock.advance(1)
  expect(await takeAll()).toEqual(['a'])
})

test('a key whose failures are forgotten runs at once and starts with short waits again', async () => {
  const { queue, takeAll } = aQueue()
  for (let i = 0; i < 8; i++) queue.retry('a')
  queue.forget('a')
  queue.add('a')
  expect(await takeAll()).toEqual(['a'])
  expect(queue.retry('a')).toBe(1_000)
})

test('one failing key does not slow down another', async () => {
  const { queue, takeAll } = aQueue()
  for (let i = 0; i < 8; i++) queue.retry('poison')
  queue.add('poison')
  queue.add('well')
  expect(await takeAll()).toEqual(['well'])
})

test('shutting down lets takers go and forgets all plans', async () => {
  const { clock, queue } = aQueue()
  const taken = queue.take()
  queue.addAfter('a', 10)
  queue.shutDown()
  expect(await taken).toBeUndefined()
  queue.add('b')
  await clock.advance(1_000)
  await settled()
  expect(await queue.take()).toBeUndefined()
  expect(clock.timers).toBe(0)
})
