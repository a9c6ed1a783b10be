import { describe, expect, test } from 'vitest'
import { explore } from './explore.ts'
import type { FaultKind } from './faults.ts'
import { atOnce as agent } from './kubernetes.ts'
import { aScheduledWorld } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined

const anything: readonly FaultKind[] = [
  'pod deleted',
  'claim deleted',
  'an hour without the operator',
  'slow',
  'schedule deleted',
  'restore begins',
  'clock ahead',
  'clock behind',
  'clock right again',
]

describe('a schedule makes each of its runs once and keeps what it must', () => {
  test('three times', () => {
    expect(explore({ from: [aScheduledWorld(3)], agent }).states).toBeGreaterThan(200)
  })

  test('although anything may happen, or a call lands late', () => {
    expect(explore({ from: [aScheduledWorld(2)], agent, faults: anything, lateCall: true }).states).toBeGreaterThan(4000)
  })

  test.runIf(isLong)('although its backups are deleted and others are made', () => {
    const faults: readonly FaultKind[] = ['backup deleted', 'backup made again']
    expect(explore({ from: [aScheduledWorld(2)], agent, faults }).states).toBeGreaterThan(10_000)
  })

  test.runIf(isLong).each(anything)('three times, although once: %s', (kind) => {
    expect(explore({ from: [aScheduledWorld(3)], agent, faults: [kind], lateCall: true }).states).toBeGreaterThan(2000)
  })

  test.runIf(isLong).each([
    [
      'pods, claims and people',
      ['pod deleted', 'claim deleted', 'an hour without the operator', 'schedule deleted', 'restore begins', 'slow'],
    ],
    ['clocks', ['slow', 'restore begins', 'clock ahead', 'clock behind', 'clock right again']],
  ] as const)('although two of these: %s', (_, faults) => {
    expect(explore({ from: [aScheduledWorld(2, { faultsLeft: 2 })], agent, faults }).states).toBeGreaterThan(10_000)
  })
})
