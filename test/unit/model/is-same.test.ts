import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shortHash } from '../../../src/model/hash.ts'
import { isSame } from '../../../src/model/is-same.ts'

test('values are the same when their hashes are', () => {
  const leaf = fc.constantFrom(0, 1, '', 'a', true, false, null)
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '0'), tie('value'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(value, value, (one, other) => {
      expect(isSame(one, structuredClone(one))).toBe(true)
      expect(isSame(one, other)).toBe(shortHash(one) === shortHash(other))
    }),
    { numRuns: 2_000 },
  )
})

test('a field that is undefined is like one that is absent', () => {
  expect(isSame({ a: 1, b: undefined }, { a: 1 })).toBe(true)
  expect(isSame({ a: 1 }, { a: 1, b: undefined })).toBe(true)
  expect(isSame({ a: 1 }, { a: 1, b: null })).toBe(false)
  expect(isSame(undefined, {})).toBe(false)
  expect(isSame([], {})).toBe(false)
  expect(isSame({}, [])).toBe(false)
})
