import { describe, expect, test } from 'vitest'
import { explore } from './explore.ts'
import type { FaultKind } from './faults.ts'
import { beginning, notFulfilled, notHealedNorTold, notYet, paths, scaling, versions } from './workflows.ts'

const isLong = process.env.TEST_LONG !== undefined

/** What somebody or something does to one member, at any moment. */
const damages: readonly FaultKind[] = [
  'claim deleted',
  'volume emptied',
  'volume set back',
  'volume corrupt',
  'process frozen',
  'member removed',
  'member added',
]

describe('one member is damaged, while a cluster goes', () => {
  const rows = paths('3', '1 -> 3', '3 -> 1', ...(isLong ? ['3 -> 5', '5 -> 3'] : [])).flatMap(({ path, sizes }) =>
    damages.filter((kind) => kind !== 'member removed' || sizes.at(-1) !== 1).map((kind) => ({ path, kind, sizes })),
  )
  test.each(rows)('$path: $kind', ({ sizes, kind }) => {
    const from = scaling(sizes, '3.6.16', { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true }, faults: [kind], missing: notHealedNorTold, untrue: notYet })
    expect(explored.states).toBeGreaterThan(1)
  })
})

describe('one member is damaged, while a cluster begins with 3', () => {
  const kinds = isLong ? ([...damages, 'node lost', 'data wrong'] as const) : (['volume corrupt', 'node lost'] as const)
  test.each(kinds.map((kind) => ({ kind })))('$kind', ({ kind }) => {
    const from = beginning(3, '3.6.16', { faultsLeft: 1 })
    expect(explore({ from, faults: [kind], missing: notHealedNorTold, untrue: notYet }).states).toBeGreaterThan(100)
  })
})

describe('the watches lag at any moment, while a cluster goes', () => {
  test.each(paths('1 -> 3', '3 -> 1', ...(isLong ? ['3 -> 5', '5 -> 3'] : [])))('$path', ({ sizes }) => {
    const from = scaling(sizes, '3.6.16', { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true }, faults: ['cache lags'], missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(50)
  })
})

/** What may happen to the members and the nodes of a running cluster. */
const hardships: readonly FaultKind[] = [
  ...damages.filter((kind) => kind !== 'member added'),
  'process killed',
  'pod deleted',
  'leader changed',
  'not started in time',
  'node lost',
  'node comes back',
]
/** What people and the API server may add to it. */
const edits: readonly FaultKind[] = ['volume emptied', 'node lost', 'member added', 'StatefulSet deleted', 'status lost', 'cache lags']

describe('any two faults, at any two moments, while a cluster goes', () => {
  test.each(paths('1', ...(isLong ? ['3', '1 -> 3', '3 -> 1'] : [])))('$path', ({ sizes }) => {
    const from = scaling(sizes, '3.6.16', { faultsLeft: 2 })
    const explored = explore({ from, faults: hardships, missing: notHealedNorTold, untrue: notYet })
    expect(explored.states).toBeGreaterThan(50)
  })

  test.runIf(isLong)('3, and the operator dies at any call', () => {
    const from = scaling([3], '3.6.16', { faultsLeft: 2 })
    const explored = explore({ from, operator: { crashes: true }, faults: edits, missing: notHealedNorTold, untrue: notYet })
    expect(explored.states).toBeGreaterThan(100)
  })

  test.runIf(isLong)('5, which stay a majority', () => {
    const from = scaling([5], '3.6.16', { faultsLeft: 2 }).slice(0, 2)
    const faults: readonly FaultKind[] = ['volume emptied', 'volume corrupt', 'node lost']
    expect(explore({ from, faults, missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(100)
  })
})

describe('one member holds wrong values, while a cluster goes', () => {
  const rows = (isLong ? versions : (['3.6.16'] as const)).flatMap((version) =>
    paths('3', '1 -> 3', '3 -> 1').map(({ path, sizes }) => ({ version, path, sizes })),
  )
  test.each(rows)('$path on etcd $version', ({ version, sizes }) => {
    const from = scaling(sizes, version, { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true }, faults: ['data wrong'], missing: notHealedNorTold, untrue: notYet })
    expect(explored.states).toBeGreaterThan(10)
  })
})
