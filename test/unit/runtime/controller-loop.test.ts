import { expect, test } from 'vitest'
import { type ControllerLoopOptions, type PassResult, startControllerLoop } from '../../../src/runtime/controller-loop.ts'
import { WorkQueue } from '../../../src/runtime/work-queue.ts'
import { recordedLog, VirtualClock } from './virtual-clock.ts'

function aLoop(pass: ControllerLoopOptions['pass'], options: Partial<ControllerLoopOptions> = {}) {
  const clock = new VirtualClock()
  const log = recordedLog()
  const queue = new WorkQueue({ clock })
  const passes: string[] = []
  const recorded: ControllerLoopOptions['pass'] = (key, signal) => {
    passes.push(key)
    return pass(key, signal)
  }
  const loop = startControllerLoop({ name: 'test', queue, pass: recorded, clock, log, ...options })
  return { clock, log, queue, passes, loop }
}

const whenChanged: PassResult = { next: 'when-changed' }

/** Passes give these results one after the other, then wait for changes. */
function results(...list: (PassResult | Error)[]) {
  return async () => {
    const result = list.shift() ?? whenChanged
    if (result instanceof Error) throw result
    return result
  }
}

/** A pass that ends only when its signal is aborted. */
function untilAborted(_key: string, signal: AbortSignal): Promise<PassResult> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

test('goes again at once after a step', async () => {
  const { clock, queue, passes } = aLoop(results({ next: 'now' }, { next: 'now' }))
  queue.add('a')
  await clock.advance(0)
  expect(passes).toEqual(['a', 'a', 'a'])
})

test('goes again after the time that the pass asked for', async () => {
  const { clock, queue, passes } = aLoop(results({ next: 'after', ms: 3_000 }))
  queue.add('a')
  await clock.advance(2_999)
  expect(passes).toHaveLength(1)
  await clock.advance(1)
  expect(passes).toHaveLength(2)
})

test('looks at a quiet key again after the slow resync', async () => {
  const { clock, queue, passes } = aLoop(results())
  queue.add('a')
  await clock.advance(599_999)
  expect(passes).toHaveLength(1)
  await clock.advance(1)
  expect(passes).toHaveLength(2)
})

test('a long wait does not put the resync off', async () => {
  const { clock, queue, passes } = aLoop(results({ next: 'after', ms: 86_400_000 }))
  queue.add('a')
  await clock.advance(600_000)
  expect(passes).toHaveLength(2)
})

test('forgets the key of an object that is gone', async () => {
  const { clock, queue, passes } = aLoop(results({ next: 'never' }))
  queue.add('a')
  await clock.advance(86_400_000)
  expect(passes).toEqual(['a'])
  expect(clock.timers).toBe(0)
})

test('logs a failed pass once, with its key and cause, and repeats it later and later', async () => {
  const { clock, queue, passes, log } = aLoop(results(new Error('first'), new Error('second')))
  queue.add('a')
  await clock.advance(0)
  const lines = log.lines.filter((line) => line.level === 'error')
  expect(lines).toMatchObject([
    { message: 'pass failed', fields: { controller: 'test', key: 'a', failures: 1, err: { message: 'first' } } },
  ])
  await clock.advance(1_000)
  expect(passes).toHaveLength(2)
  await clock.advance(1_999)
  expect(passes).toHaveLength(2)
  await clock.advance(1)
  expect(passes).toHaveLength(3)
  expect(queue.failuresOf('a')).toBe(0)
})

test('waits as long as a server asked for', async () => {
  const busy = Object.assign(new Error('too many requests'), { retryAfterMs: 30_000 })
  const { clock, queue, passes } = aLoop(results(busy))
  queue.add('a')
  await clock.advance(29_999)
  expect(passes).toHaveLength(1)
  await clock.advance(1)
  expect(passes).toHaveLength(2)
})

test('survives a pass that throws before it returns a promise', async () => {
  const { clock, queue, passes } = aLoop(() => {
    throw new Error('at once')
  })
  queue.add('a')
  await clock.advance(1_000)
  expect(passes).toHaveLength(2)
})

test('runs several keys at once, but never one key twice', async () => {
  let running = 0
  let most = 0
  const gates = new Map<string, (() => void)[]>()
  const { clock, queue, passes } = aLoop(
    async (key) => {
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => gates.set(key, [...(gates.get(key) ?? []), resolve]))
      running--
      return whenChanged
    },
    { workers: 3 },
  )
  for (const key of ['a', 'b', 'c', 'd', 'a']) queue.add(key)
  await clock.advance(0)
  queue.add('a')
  await clock.advance(0)
  expect(passes).toEqual(['a', 'b', 'c'])
  gates.get('b')?.[0]?.()
  await clock.advance(0)
  expect(passes).toEqual(['a', 'b', 'c', 'd'])
  gates.get('a')?.[0]?.()
  await clock.advance(0)
  expect(passes).toEqual(['a', 'b', 'c', 'd', 'a'])
  expect(most).toBe(3)
})

test('aborts a pass at its deadline and repeats it', async () => {
  const { clock, queue, passes, log } = aLoop(untilAborted, { passDeadlineMs: 60_000 })
  queue.add('a')
  await clock.advance(60_000)
  expect(log.lines.map((line) => line.message)).toEqual(['pass took too long', 'pass failed'])
  await clock.advance(1_000)
  expect(passes).toHaveLength(2)
})

test('lets running passes end when it stops, and starts no others', async () => {
  let end = () => {}
  const { clock, queue, passes, loop } = aLoop(async () => {
    await new Promise<void>((resolve) => {
      end = resolve
    })
    return { next: 'now' }
  })
  queue.add('a')
  await clock.advance(0)
  let isStopped = false
  const stopped = loop.stop(20_000).then(() => {
    isStopped = true
  })
  queue.add('b')
  await clock.advance(1_000)
  expect(isStopped).toBe(false)
  end()
  await stopped
  await clock.advance(600_000)
  expect(passes).toEqual(['a'])
  expect(clock.timers).toBe(0)
})

test('aborts passes that do not end within the grace period', async () => {
  const { clock, queue, loop } = aLoop(untilAborted)
  queue.add('a')
  await clock.advance(0)
  const stopped = loop.stop(20_000)
  await clock.advance(20_000)
  await stopped
})

test('tells how long each pass took and whether it failed', async () => {
  const outcomes: unknown[] = []
  const { clock, queue } = aLoop(results(whenChanged, new Error('no')), { onPass: (outcome) => outcomes.push(outcome) })
  queue.add('a')
  await clock.advance(0)
  queue.add('a')
  await clock.advance(0)
  expect(outcomes).toMatchObject([
    { key: 'a', durationMs: 0, error: undefined },
    { key: 'a', durationMs: 0, error: { message: 'no' } },
  ])
})
