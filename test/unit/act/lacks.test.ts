import { describe, expect, test } from 'vitest'
import { lacks } from '../../../src/act/lacks.ts'

describe('a living object', () => {
  test.each([
    ['that has what is wanted and more', { spec: { a: 1, added: 'by the server' }, status: {} }, { spec: { a: 1 } }],
    ['with the wanted list', { list: [1, { a: 2, defaulted: true }] }, { list: [1, { a: 2 }] }],
    ['where nothing is wanted of a field', { a: 1 }, { a: undefined }],
    ['where an empty record is wanted', { labels: { a: 'b' } }, { labels: {} }],
  ])('%s lacks nothing', (_, live, wanted) => {
    expect(lacks(live, wanted)).toBe(false)
  })

  test.each([
    ['with another value', { spec: { a: 1 } }, { spec: { a: 2 } }],
    ['without a field', { spec: {} }, { spec: { a: 1 } }],
    ['without a whole part', {}, { spec: { a: 1 } }],
    ['with a part that is null', { spec: null }, { spec: { a: 1 } }],
    ['with a longer list', { list: [1, 2] }, { list: [1] }],
    ['with a shorter list', { list: [] }, { list: [1] }],
    ['with a list in another order', { list: [2, 1] }, { list: [1, 2] }],
    ['with something else than a list', { list: { 0: 1, length: 1 } }, { list: [1] }],
    ['with a text for a number', { a: '1' }, { a: 1 }],
  ])('%s lacks something', (_, live, wanted) => {
    expect(lacks(live, wanted)).toBe(true)
  })
})
