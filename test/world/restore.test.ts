import { describe, expect, test } from 'vitest'
import type { Decision } from '../../src/plan/cluster/step.ts'
import { explore } from './explore.ts'
import type { FaultKind } from './faults.ts'
import { notFulfilled, notFulfilledNorReported, notYet, restoring, versions } from './workflows.ts'
import type { World } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined

// How learners join is the only difference between the versions.
describe.each(isLong ? versions : (['3.6.16'] as const))('a cluster of etcd %s begins with a backup', (version) => {
  test.each([1, 3])('with %i in the end, although the operator dies at any call', (size) => {
    const explored = explore({ from: restoring(size, version), operator: { crashes: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(size === 1 ? 10 : 50)
  })

  test.each([1, 3])('with %i in the end, although one call lands late', (size) => {
    const from = restoring(size, version, 0, { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true, lateCall: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(size === 1 ? 50 : 300)
  })

  test.each(isLong ? [1, 2, 3] : [2])('beside %i volumes that an earlier cluster left, which stay', (earlier) => {
    const from = restoring(3, version, earlier, { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true, lateCall: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(100)
  })

  test.runIf(isLong)('while the user asks for another size', () => {
    const from = restoring(3, version, 0, { later: [{ size: 1 }, { size: 3 }] })
    expect(explore({ from, operator: { crashes: true }, missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(100)
  })

  test('while the user pauses it', () => {
    const from = restoring(1, version, 0, { later: [{ size: 1, paused: true }, { size: 1 }] })
    expect(explore({ from, operator: { crashes: true }, missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(30)
  })
})

describe('one fault at any moment of a restore', () => {
  const passing: readonly FaultKind[] = [
    'process killed',
    'pod deleted',
    'not started in time',
    'StatefulSet deleted',
    'ConfigMap deleted',
    'status lost',
    'Jobs deleted',
  ]
  test.each(passing.map((kind) => ({ kind })))('$kind', ({ kind }) => {
    const from = restoring(3, '3.6.16', 0, { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true }, faults: [kind], missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(60)
  })

  test.each(['volume emptied', 'first volume deleted'] as const)('%s: it is told, and never becomes an empty cluster', (kind) => {
    const from = restoring(3, '3.6.16', 0, { faultsLeft: 1 })
    expect(explore({ from, operator: { crashes: true }, faults: [kind], missing: notRestoredNorTold }).states).toBeGreaterThan(60)
  })

  test('the volume of an earlier cluster is emptied where its member joins', () => {
    const from = restoring(3, '3.6.16', 3, { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true }, faults: ['volume emptied'], missing: notRestoredNorTold })
    expect(explored.states).toBeGreaterThan(60)
  })
})

/** Before the pin nobody has written: it is enough that a person is told to begin again. */
function notRestoredNorTold(world: World, decision: Decision): string | undefined {
  const isLost = !world.status.pinned && world.volumes[0]?.log === undefined
  if (isLost && decision.kind === 'block' && decision.reason === 'VolumeLost' && decision.message.includes('demo-0')) return undefined
  return notFulfilledNorReported(world, decision)
}
