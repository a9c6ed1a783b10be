import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Silence, watched } from '../../../src/runtime/watchdog.ts'
import { settled, VirtualClock } from './virtual-clock.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
const { signal } = new AbortController()

test('a stream is passed on, and given up when it is silent for as long as is asked for at that moment', async () => {
  const clock = new VirtualClock()
  const heard: number[] = []
  let silenceMs = 1_000
  async function* source() {
    yield 1
    yield 2
    await new Promise(() => {})
  }
  const reading = (async () => {
    for await (const value of watched(clock, () => silenceMs, signal, source)) {
      heard.push(value)
      silenceMs = 5_000
    }
  })()
  reading.catch(() => {})
  await clock.advance(4_999)
  expect(heard).toEqual([1, 2])
  await clock.advance(1)
  await expect(reading).rejects.toThrow(Silence)
  expect(clock.timers).toBe(0)
})

test('it ends quietly when its signal is aborted, and what the source throws is passed on', async () => {
  const clock = new VirtualClock()
  const stop = new AbortController()
  async function* silent() {
    await new Promise(() => {})
    yield 1
  }
  const reading = watched(clock, () => 1_000, stop.signal, silent).next()
  await settled()
  stop.abort()
  expect(await reading).toEqual({ done: true, value: undefined })
  expect(clock.timers).toBe(0)

  async function* broken() {
    yield 1
    throw new Error('reset')
  }
  const torn = watched(clock, () => 1_000, signal, broken)
  expect(await torn.next()).toEqual({ done: false, value: 1 })
  await expect(torn.next()).rejects.toThrow('reset')
  expect(clock.timers).toBe(0)
})

test('a stream that stays open keeps nothing of what was handed on', async () => {
  const seen: WeakRef<object>[] = []
  async function* source() {
    for (let i = 0; i < 500; i++) yield { event: 'x'.repeat(100) }
    await new Promise(() => {})
  }
  const stream = watched(new VirtualClock(), () => 1_000, signal, source)
  for (let i = 0; i < 500; i++) {
    const { value } = await stream.next()
    if (value !== undefined) seen.push(new WeakRef(value))
  }
  const rest = stream.next()
  await settled()
  collectGarbage()
  await settled()
  expect(seen.filter((one) => one.deref() !== undefined).length).toBeLessThan(5)
  void rest
})
