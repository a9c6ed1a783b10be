import { describe, expect, test } from 'vitest'
import type { MemberPerformance } from '../../../../src/model/cluster/performance.ts'
import { performanceStatus } from '../../../../src/report/cluster/performance.ts'
import { changeOf, isDue } from '../../../../src/report/cluster/status-change.ts'
import { aCluster, now } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const names = ['demo-0', 'demo-1', 'demo-2']
const seen = (walFsyncP99: number, more: Partial<MemberPerformance> = {}): MemberPerformance => ({
  ...{ walFsyncP99, backendCommitP99: 0.004, peerRoundTripP99: 0.0012, isSlow: false, slowInARow: 0 },
  ...more,
})
const all = (one: MemberPerformance) => new Map(names.map((name) => [name, one]))
const first = performanceStatus(three.with({ performance: all(seen(0.003)) }), names)
const stored = three.withStatus(first).later(60_000)

test('each member is told with its figures in words, and none that is not known', () => {
  const view = three.with({
    performance: new Map([
      ['demo-0', seen(1.24, { backendCommitP99: 0.0321 })],
      ['demo-2', seen(0.003, { peerRoundTripP99: undefined })],
    ]),
  })
  expect(performanceStatus(view, names).performance).toEqual({
    observedAt: '2026-11-21T10:00:00Z',
    members: [
      { name: 'demo-0', fsyncP99: '1.2s', commitP99: '32ms', peerRttP99: '1.2ms' },
      { name: 'demo-2', fsyncP99: '3ms', commitP99: '4ms' },
    ],
  })
  expect(performanceStatus(three, names)).toEqual({})
})

describe('what the status has stays', () => {
  test.each([
    ['while figures differ by little', all(seen(0.009))],
    ['when a quiet member has none', all(seen(0.003, { walFsyncP99: undefined, backendCommitP99: undefined }))],
    ['when the operator has just started', new Map()],
  ])('%s', (_, performance) => {
    expect(performanceStatus(stored.with({ performance }), names)).toEqual(first)
  })

  test('until one is twice or half of it, or a member comes or goes', () => {
    expect(performanceStatus(stored.with({ performance: all(seen(0.011)) }), names).performance?.members[0]?.fsyncP99).toBe('11ms')
    expect(performanceStatus(stored.with({ performance: all(seen(0.003)) }), names.slice(1)).performance?.members).toHaveLength(2)
  })
})

describe('a slow disk', () => {
  const slow = new Map([...all(seen(0.003)), ['demo-1', seen(0.2, { isSlow: true })] as const])
  const view = stored.with({ performance: slow })
  const told = performanceStatus(view, names)

  test('is told with the member, since when, and the way out', () => {
    expect(told.performance?.hint).toEqual({
      reason: 'SlowDisk',
      since: '2026-11-21T10:01:00Z',
      message: expect.stringMatching(/demo-1 is slow.*className/),
    })
  })

  test('stays told until it was measured again', () => {
    const later = three.withStatus(told).later(3600_000)
    expect(performanceStatus(later.with({ performance: slow }), names).performance?.hint).toEqual(told.performance?.hint)
    expect(performanceStatus(later, names).performance?.hint).toEqual(told.performance?.hint)
    expect(performanceStatus(later.with({ performance: all(seen(0.003)) }), names).performance?.hint).toBeUndefined()
  })

  test('is written at once, and figures alone every ten minutes at most', () => {
    const status = three.cluster.status ?? {}
    expect(changeOf({ ...status, ...first }, { ...status, ...told })).toBe('state')
    const other = performanceStatus(stored.with({ performance: all(seen(0.05)) }), names)
    expect(changeOf({ ...status, ...first }, { ...status, ...other })).toBe('performance')
    expect(changeOf(status, { ...status, ...first })).toBe('performance')
    const since = { write: 3600_000, figures: 3600_000 }
    expect(isDue('performance', { ...since, performance: 599_999 })).toBe(false)
    expect(isDue('performance', { ...since, performance: 600_000 })).toBe(true)
  })
})

test('times are those of the look', () => {
  expect(Date.parse(first.performance?.observedAt ?? '')).toBe(now)
})
