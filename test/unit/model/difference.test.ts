import { describe, expect, test } from 'vitest'
import { firstDifference } from '../../../src/model/difference.ts'

describe('a living object', () => {
  test.each([
    ['that has what is wanted and more', { spec: { a: 1, added: 'by the server' }, status: {} }, { spec: { a: 1 } }],
    ['with the wanted list', { list: [1, { a: 2, defaulted: true }] }, { list: [1, { a: 2 }] }],
    ['where nothing is wanted of a field', { a: 1 }, { a: undefined }],
    ['without a field that is to be absent', { labels: {} }, { labels: { a: null } }],
    ['where an empty record is wanted', { labels: { a: 'b' } }, { labels: {} }],
  ])('%s lacks nothing', (_, live, wanted) => {
    expect(firstDifference(live, wanted)).toBeUndefined()
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
    expect(firstDifference(live, wanted)).toBeTypeOf('string')
  })
})

test.each([
  [{ spec: { type: 'LoadBalancer' } }, { spec: { type: 'ClusterIP' } }, 'spec.type is "LoadBalancer" instead of "ClusterIP"'],
  [{ spec: {} }, { spec: { ports: [{ port: 2379 }] } }, 'spec.ports should be [{"port":2379}] and is not there'],
  [{ ports: [{ port: 1 }] }, { ports: [{ port: 2 }] }, 'ports[0].port is 1 instead of 2'],
  [{ labels: { a: 'x' } }, { labels: { a: null } }, 'labels.a is "x" and should not be there'],
])('the field is named: %j, wanted %j', (live, wanted, words) => {
  expect(firstDifference(live, wanted)).toBe(words)
})
