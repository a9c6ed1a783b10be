import { expect, test } from 'vitest'
import { known, unknown, valueOr } from '../../src/model/known.ts'

test('an unknown fact is not an empty one', () => {
  expect(valueOr(known([]), 'fallback')).toEqual([])
  expect(valueOr(unknown('no answer'), 'fallback')).toBe('fallback')
})
