import { expect, test } from 'vitest'
import { keyHash, keySet } from '../../../../src/agent/snapshot/key-set.ts'

test('a set of keys holds what was added and not removed', () => {
  const [keys, hash, model] = [keySet(20_011), keyHash(), new Set<number>()]
  const change = (key: number, how: 'add' | 'remove') => {
    hash.reset()
    hash.take(Buffer.from(`key-${key}`), 0, `key-${key}`.length)
    keys[how](hash.high(), hash.low())
    if (how === 'add') model.add(key)
    else model.delete(key)
  }
  for (let step = 0; step < 60_000; step++) change((step * 7919) % 20_011, step % 3 === 2 ? 'remove' : 'add')
  expect(keys.size()).toBe(model.size)
})

test('keys whose places collide are found again when one before them goes', () => {
  const keys = keySet(10)
  for (const high of [1, 2, 3, 4]) keys.add(high, 5)
  keys.add(9, 6)
  keys.remove(2, 5)
  keys.remove(7, 5) // Was never in.
  keys.add(4, 5)
  expect(keys.size()).toBe(4)
  for (const high of [1, 3, 4]) keys.remove(high, 5)
  keys.remove(9, 6)
  expect(keys.size()).toBe(0)
})

test('a place may lie beyond the end of the table', () => {
  const keys = keySet(10)
  for (const high of [1, 2, 3]) keys.add(high, 0xffff_ffff)
  keys.remove(1, 0xffff_ffff)
  keys.remove(3, 0xffff_ffff)
  expect(keys.size()).toBe(1)
})
