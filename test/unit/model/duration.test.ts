import { describe, expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../../src/model/duration.ts'

describe('a duration is read', () => {
  test.each([
    ['100ms', 100],
    ['1s', 1000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1m500ms', 60_500],
    ['0s', 0],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each(['', '5', 's', '1.5s', '-1s', '1d', '1 s', '1s ', '100us'])('not from "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})

describe('a duration is told', () => {
  test.each([
    [0, '0.0 s'],
    [400, '0.4 s'],
    [9_949, '9.9 s'],
    [12_000, '12 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [5_400_000, '90 min'],
  ])('%d ms', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})
