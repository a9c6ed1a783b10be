import { describe, expect, test } from 'vitest'
import { mergePatchTo } from '../../../src/model/merge-patch.ts'
import { mergePatched } from '../../builders/merge-patch.ts'

describe('the patch makes the stored value', () => {
  test.each([
    ['where nothing is stored', undefined, { a: 1, b: { c: 2 } }],
    ['with a field less', { a: 1, b: 2 }, { b: 2 }],
    ['with a field less, deep inside', { a: { b: { c: 1, d: 2 } } }, { a: { b: { d: 2 } } }],
    ['with fields where a text was', { a: 'x' }, { a: { b: 1 } }],
    ['with a text where fields were', { a: { b: 1 } }, { a: 'x' }],
    ['with another list', { a: [{ b: 1, c: 2 }] }, { a: [{ b: 1 }] }],
    ['with nothing', { a: { b: 1 } }, {}],
  ])('%s', (_, stored, wished) => {
    expect(mergePatched(stored, mergePatchTo(stored, wished))).toEqual(wished)
  })

  test('without a field that is wished undefined', () => {
    expect(mergePatched({ a: 1, b: 2 }, mergePatchTo({ a: 1, b: 2 }, { a: undefined, b: 2 }))).toEqual({ b: 2 })
  })
})
