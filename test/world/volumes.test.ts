import { describe, expect, test } from 'vitest'
import { planCluster } from '../../src/plan/cluster/policy.ts'
import { step } from '../../src/plan/cluster/step.ts'
import { explore } from './explore.ts'
import { notFulfilled, notYet, scaling } from './workflows.ts'

/** Else only the first member leads. */
const isLong = process.env.TEST_LONG !== undefined
const version = '3.6.16'

describe('a cluster whose volumes are to be larger', () => {
  test.each([1, 3])('of %d grows them, although the operator dies at any call and one call lands late', (size) => {
    const from = scaling([size], version, { later: [{ size, storage: 2 }], faultsLeft: 1 }).slice(0, isLong ? 3 : 1)
    const explored = explore({ from, operator: { crashes: true, lateCall: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(50)
  })

  test.runIf(isLong)('grows them twice, when more is asked for half-way', () => {
    const later = [
      { size: 3, storage: 2 },
      { size: 3, storage: 3 },
    ]
    expect(ofThree(later).states).toBeGreaterThan(50)
  })

  test('gets its StatefulSet again, whatever pod ends meanwhile', () => {
    const from = scaling([3], version, { later: [{ size: 3, storage: 2 }], faultsLeft: 1 }).slice(0, isLong ? 3 : 1)
    const others = isLong ? (['process killed', 'leader changed', 'StatefulSet deleted', 'ConfigMap deleted'] as const) : []
    const faults = ['pod deleted', ...others] as const
    const explored = explore({ from, operator: { crashes: true }, faults, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(100)
  })

  test('is paused at any moment in between', () => {
    const later = [
      { size: 3, storage: 2 },
      { size: 3, storage: 2, paused: true },
      { size: 3, storage: 2 },
    ]
    expect(ofThree(later).states).toBeGreaterThan(50)
  })

  test('grows as well', () => {
    const later = [{ size: 3, storage: 2 }]
    const explored = explore({ from: scaling([1], version, { later }), operator: { crashes: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(50)
  })
})

describe('a cluster whose members move to new volumes', () => {
  test.each([1, 3])('of %d has them, although the operator dies at any call', (size) => {
    const from = scaling([size], version, { later: [{ size, storage: 2, moves: true }] }).slice(0, isLong ? 3 : 1)
    const explored = explore({ from, operator: { crashes: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(100)
  })

  test.each(isLong ? [1, 3] : [1])('of %d turns round when that is taken back', (size) => {
    const later = [
      { size, storage: 2, moves: true },
      { size, storage: 1, moves: true },
    ]
    const from = scaling([size], version, { later })
    const explored = explore({ from, operator: { crashes: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(100)
  })
})

test.each([
  ['before its pods belong to the EtcdCluster', /pod demo-0 is nobody's/, []],
  ['while a pod is away', /the StatefulSet was deleted while demo-0 was away/, ['pod deleted']],
] as const)('a plan that deletes the StatefulSet %s is found out', (_when, broken, faults) => {
  const from = scaling([3], version, { later: [{ size: 3, storage: 2 }], faultsLeft: faults.length })
  const plan = (view: Parameters<typeof planCluster>[0]) => {
    const { statefulSet: set } = view
    const isDue = set.state === 'ours' && !set.deleting && view.cluster.spec.storage.size === '2Gi' && set.value.volumeSize === '1Gi'
    const isAway = faults.length === 0 || view.pods.some(({ endsBy }) => endsBy !== undefined)
    return isDue && isAway
      ? ({
          ...step('RenewingClaimTemplate', 'at once', { do: 'DeleteStatefulSet', uid: set.uid }),
          stage: 'change',
          applies: 'nothing',
        } as const)
      : planCluster(view)
  }
  expect(() => explore({ from, plan, faults, missing: notFulfilled })).toThrow(broken)
})

/** A cluster of three whose operator may die at any call. */
function ofThree(later: NonNullable<NonNullable<Parameters<typeof scaling>[2]>['later']>) {
  const from = scaling([3], version, { later }).slice(0, isLong ? 3 : 1)
  return explore({ from, operator: { crashes: true }, missing: notFulfilled, untrue: notYet })
}
