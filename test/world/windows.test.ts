import { describe, expect, test } from 'vitest'
import type { ClusterView } from '../../src/model/cluster/view.ts'
import { planCluster } from '../../src/plan/cluster/policy.ts'
import { explore } from './explore.ts'
import { notServedOrTold, rolling, scaling } from './workflows.ts'
import { aRunningWorld, type Wish, type World } from './world.ts'

/** A maintenance window closes, and opens again, at any moment of a change. */

const isLong = process.env.TEST_LONG !== undefined
const crashes = { operator: { crashes: true }, missing: notServedOrTold } as const

/** The change is asked for while a window is open, or closed; then it closes and opens once more. */
const around = (wish: Wish): readonly Wish[] => [wish, { ...wish, closed: true }, wish]
const within = (from: readonly World[], wish: Wish): readonly World[] => from.map((world) => ({ ...world, later: around(wish) }))

describe('while its window closes and opens', () => {
  test.each<readonly [string, readonly World[], Wish]>([
    ['a roll', rolling(3, []), { size: 3, made: { pod: 1, settings: 1 } }],
    ['a restart of the only member', rolling(1, []), { size: 1, made: { restart: 1 } }],
    ['shrinking', scaling([3], '3.6.16'), { size: 1 }],
    ['an exchange', scaling([3], '3.6.16'), { size: 3, replace: ['f1'] }],
    ['a move to new volumes', [aRunningWorld(1)], { size: 1, storage: 2, moves: true }],
    ['a roll and growth', rolling(1, []), { size: 3, made: { pod: 1 } }],
    ...(isLong ? ([['shrinking from five', scaling([5], '3.6.16'), { size: 3 }]] as const) : []),
  ])('%s comes to its end, and a member that serves is left alone outside of it', (_, from, wish) => {
    expect(explore({ ...crashes, from: within(from, wish) }).states).toBeGreaterThan(20)
  })

  test('a roll comes to its end beside one fault', () => {
    const from = within(rolling(3, [], '3.6.16', { faultsLeft: 1 }), { size: 3, made: { pod: 1 } })
    const faults = isLong ? (['pod deleted', 'leader changed'] as const) : (['leader changed'] as const)
    expect(explore({ ...crashes, from, faults }).states).toBeGreaterThan(200)
  })
})

test('a change that is asked for outside of the windows begins nothing that disrupts', () => {
  const later = [{ size: 3, made: { pod: 1 }, closed: true }]
  expect(explore({ ...crashes, from: rolling(3, [], '3.6.16', { later }) }).states).toBeGreaterThan(3)
})

test('a plan that knows no windows is found out', () => {
  const plan = ({ cluster, ...view }: ClusterView) => {
    const maintenance = { ...cluster.spec.maintenance, windows: [] }
    return planCluster({ ...view, cluster: { ...cluster, spec: { ...cluster.spec, maintenance } } })
  }
  const from = within(rolling(3, []), { size: 3, made: { pod: 1 } })
  expect(() => explore({ from, plan, missing: notServedOrTold })).toThrow(/outside of the maintenance windows/)
})
