import { describe, expect, test } from 'vitest'
import { type MemberPerformance, nextPerformance, performanceBetween } from '../../../../src/model/cluster/performance.ts'

const histogram = (upTo10ms: number, all: number) => [
  { le: 0.01, count: upTo10ms },
  { le: 0.1, count: all },
  { le: Number.POSITIVE_INFINITY, count: all },
]
const none = { walFsync: histogram(0, 0), backendCommit: histogram(0, 0), peerRoundTrip: new Map() }

test('fewer than ten observations are told as none', () => {
  const after = { ...none, walFsync: histogram(9, 9), backendCommit: histogram(10, 10) }
  expect(performanceBetween(none, after)).toEqual({ walFsyncP99: undefined, backendCommitP99: 0.0099, peerRoundTripP99: undefined })
})

test('of the peers the farthest counts, and one that is new counts from its beginning', () => {
  const before = { ...none, peerRoundTrip: new Map([['a', histogram(100, 100)]]) }
  const after = {
    ...none,
    peerRoundTrip: new Map([
      ['a', histogram(200, 200)],
      ['b', histogram(0, 20)],
    ]),
  }
  expect(performanceBetween(before, after).peerRoundTripP99).toBeCloseTo(0.0991, 10)
})

describe('a disk is told as slow', () => {
  const of = (walFsyncP99: number | undefined, backendCommitP99?: number) => ({ walFsyncP99, backendCommitP99, peerRoundTripP99: 0.001 })
  const isSlowAfter = (...whiles: readonly ReturnType<typeof of>[]) =>
    whiles.reduce<MemberPerformance | undefined>((before, one) => nextPerformance(before, one), undefined)?.isSlow
  const slow = of(0.12)

  test('after five whiles in a row, by its syncs or by its commits', () => {
    expect(isSlowAfter(slow, slow, slow, slow)).toBe(false)
    expect(isSlowAfter(slow, slow, slow, slow, slow)).toBe(true)
    expect(isSlowAfter(...Array.from({ length: 5 }, () => of(0.002, 0.3)))).toBe(true)
    expect(isSlowAfter(slow, slow, slow, of(0.09), slow, slow)).toBe(false)
  })

  test('until it is twice as fast, and while nothing is written as before', () => {
    const five = [slow, slow, slow, slow, slow]
    expect(isSlowAfter(...five, of(0.06))).toBe(true)
    expect(isSlowAfter(...five, of(undefined))).toBe(true)
    expect(isSlowAfter(...five, of(0.04))).toBe(false)
    expect(isSlowAfter(...five, of(0.04), slow)).toBe(false)
  })
})
