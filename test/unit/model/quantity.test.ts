import { describe, expect, test } from 'vitest'
import { formatBytes, parseQuantity } from '../../../src/model/quantity.ts'

describe('a quantity is read', () => {
  test.each([
    ['1Gi', 2 ** 30],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['400Mi', 400 * 2 ** 20],
    ['24Ki', 24 * 2 ** 10],
    ['1k', 1000],
    ['1G', 1e9],
    ['100m', 0.1],
    ['1e3', 1000],
    ['1E3', 1000],
    ['2E', 2e18],
    ['.5Gi', 2 ** 29],
    ['5.', 5],
    ['+1', 1],
    ['-1', -1],
    ['0', 0],
    [1024, 1024],
  ])('%s', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 6)
  })

  test.each(['', 'Gi', '1gi', '1K', '1 Gi', '1GiB', '1e', 'one', '.', '1.2.3', 'mi', '1mi'])('not from "%s"', (text) => {
    expect(parseQuantity(text)).toBeUndefined()
  })
})

describe('bytes are told', () => {
  test.each([
    [0, '0'],
    [1023, '1023'],
    [1024, '1Ki'],
    [24_576, '24Ki'],
    [1.5 * 2 ** 20, '1.5Mi'],
    [2 ** 30, '1Gi'],
    [15.4 * 2 ** 30, '15Gi'],
    [3000 * 2 ** 40, '3000Ti'],
  ])('%d', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  test.each([1, 1000, 1024 ** 2 - 1, 10 * 2 ** 20 - 1, 2 ** 30 - 1])('so that %d is read again to about as much', (bytes) => {
    expect(Math.abs((parseQuantity(formatBytes(bytes)) ?? 0) / bytes - 1)).toBeLessThan(0.06)
  })
})
