import { expect, test } from 'vitest'
import { formatAge, since, until } from '../../../src/plugin/age.ts'

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]

// apimachinery, duration_test.go
test.each([
  [-5 * second, '0s'],
  [0, '0s'],
  [119 * second, '119s'],
  [2 * minute, '2m'],
  [2 * minute + 5 * second, '2m5s'],
  [9 * minute + 59 * second, '9m59s'],
  [10 * minute + 5 * second, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [3 * hour + 20 * minute, '3h20m'],
  [8 * hour + 20 * minute, '8h'],
  [47 * hour, '47h'],
  [2 * day + 4 * hour, '2d4h'],
  [82 * day + hour, '82d'],
  [729 * day, '729d'],
  [2 * 365 * day, '2y'],
  [2 * 365 * day + 3 * day, '2y3d'],
  [9 * 365 * day, '9y'],
])('%i ms are %s, as kubectl prints it', (ms, text) => {
  expect(formatAge(ms)).toBe(text)
})

test('a time that is absent or unreadable has no age', () => {
  expect([since(undefined, 0), since('soon', 0), until(undefined, 0)]).toEqual(['', '', ''])
  expect(until('1970-01-01T00:15:00Z', 0)).toBe('15m')
})
