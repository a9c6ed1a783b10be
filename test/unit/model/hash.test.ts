import { expect, test } from 'vitest'
import { shortHash } from '../../../src/model/hash.ts'

test('a short hash changes with every value and not with the order of the keys', () => {
  const hash = shortHash({ size: 3, args: { a: '1', b: '2' } })
  expect(hash).toMatch(/^[0-9a-f]{10}$/)
  expect(shortHash({ args: { b: '2', a: '1' }, size: 3 })).toBe(hash)
  const others = [
    { size: 5, args: { a: '1', b: '2' } },
    { size: 3, args: { a: '1' } },
    { size: 3, args: { a: '2', b: '1' } },
    { size: '3', args: { a: '1', b: '2' } },
    { size: 3, args: ['1', '2'] },
  ]
  expect(new Set([hash, ...others.map(shortHash)]).size).toBe(others.length + 1)
})
