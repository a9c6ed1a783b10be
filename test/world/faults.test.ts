import { describe, expect, test } from 'vitest'
import { unknown } from '../../src/model/known.ts'
import { planCluster } from '../../src/plan/cluster/policy.ts'
import { explore } from './explore.ts'
import type { FaultKind } from './faults.ts'
import type { Plan } from './operator.ts'
import {
  beginning,
  notFulfilled,
  notFulfilledBeside,
  notFulfilledOrAlone,
  notHealedNorTold,
  notServed,
  notYet,
  paths,
  scaling,
  versions,
} from './workflows.ts'

const isLong = process.env.TEST_LONG !== undefined

/** What ends by itself, or what the operator makes good. */
const passing: readonly FaultKind[] = [
  'process killed',
  'pod deleted',
  'leader changed',
  'not started in time',
  'StatefulSet deleted',
  'ConfigMap deleted',
  'status lost',
]

test('a member whose volume is emptied while a cluster begins, before its guard is set, is replaced', () => {
  const from = beginning(3, '3.6.16', { faultsLeft: 1 })
  expect(explore({ from, faults: ['volume emptied'], missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(500)
})

describe('one fault at any moment, while a cluster begins with 3', () => {
  // All pods end and come back in any order, and begin late in any order: not for every day.
  const kinds = passing.filter((kind) => isLong || !/^(StatefulSet|ConfigMap|pod) deleted$/.test(kind))
  test.each(kinds.map((kind) => ({ kind })))('$kind', ({ kind }) => {
    const from = beginning(3, '3.6.16', { faultsLeft: 1 })
    expect(explore({ from, faults: [kind], missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(500)
  })
})

describe.each(versions)('one fault at any moment, while a cluster of etcd %s', (version) => {
  // How learners join is the only difference between the versions.
  const core = version === '3.6.16' ? paths('1 -> 3', '3 -> 1', '5 -> 3') : paths('1 -> 3')

  describe.each(isLong ? paths('1 -> 3', '3 -> 5', '3 -> 1', '5 -> 3') : core)('goes $path', ({ sizes }) => {
    const from = scaling(sizes, version, { faultsLeft: 1 })
    const isSmall = sizes.every((size) => size <= 3)
    // A process that is killed comes back; a pod that is deleted does so too, in more steps.
    const kinds = passing.filter(
      (kind) => isLong || (kind !== 'StatefulSet deleted' && (isSmall || !/^(process killed|pod deleted)$/.test(kind))),
    )

    test.each(kinds.map((kind) => ({ kind })))('$kind', ({ kind }) => {
      const crashes = isLong || isSmall
      expect(explore({ from, operator: { crashes }, faults: [kind], missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(20)
    })

    test.runIf(isLong)('a volume is lost: its member leaves or is replaced, or people are told', () => {
      expect(explore({ from, faults: ['volume emptied'], missing: notHealedNorTold, untrue: notYet }).states).toBeGreaterThan(20)
    })

    test.runIf(isSmall && sizes.at(-1) === 3)('a volume is lost: somebody removes its member, and it joins again', () => {
      expect(
        explore({ from, faults: ['volume emptied'], help: true, missing: notFulfilledOrAlone, untrue: notYet }).states,
      ).toBeGreaterThan(20)
    })

    test.runIf(isLong)('two faults', () => {
      const faults: readonly FaultKind[] = ['process killed', 'pod deleted', 'leader changed']
      const two = scaling(sizes, version, { faultsLeft: 2 })
      expect(explore({ from: two, operator: { crashes: true }, faults, missing: notFulfilled }).states).toBeGreaterThan(1000)
    })
  })
})

describe('clients are sent to every voter, although each pod is re-created', () => {
  test('while the operator is away', () => {
    const from = scaling([3], '3.6.16', { faultsLeft: 3 })
    expect(explore({ from, operator: 'away', faults: ['pod deleted'], missing: notServed }).states).toBeGreaterThan(100)
  })

  test('while the cluster is paused', () => {
    const from = scaling([3], '3.6.16', { faultsLeft: 3 }).map((world) => ({ ...world, wish: { size: 3, paused: true } }))
    expect(explore({ from, faults: ['pod deleted'], missing: notServed }).states).toBeGreaterThan(100)
  })

  test('while the operator reaches no member', () => {
    const from = scaling([3], '3.6.16', { faultsLeft: 3 })
    const blind: Plan = (view) => planCluster({ ...view, membership: unknown('no route'), answers: new Map() })
    expect(explore({ from, plan: blind, faults: ['pod deleted'], missing: notServed }).states).toBeGreaterThan(100)
  })
})

describe('nodes are lost for good', () => {
  test.each([
    ...(isLong ? [1, 2] : []).map((lost) => ({ path: '5 -> 3', sizes: [5, 3], lost })),
    { path: '3 -> 1', sizes: [3, 1], lost: 1 },
    { path: '3', sizes: [3], lost: 1 },
    { path: '1 -> 3', sizes: [1, 3], lost: 1 },
  ])(
    '$lost of a cluster that goes $path: whoever is to leave leaves, and the others are replaced, or people are told of the node',
    ({ sizes, lost }) => {
      const from = scaling(sizes, '3.6.16', { faultsLeft: lost })
      expect(explore({ from, faults: ['node lost'], missing: notFulfilledBeside }).states).toBeGreaterThan(5)
    },
  )
})

describe('members hold different data', () => {
  test.each(paths('1 -> 3', '3 -> 1', '5 -> 3'))(
    'while a cluster goes $path: nothing changes until somebody has mended it',
    ({ sizes }) => {
      const from = scaling(sizes, '3.6.16', { faultsLeft: 1 })
      expect(explore({ from, faults: ['data differs'], help: true, missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(20)
    },
  )
})

describe('somebody edits by hand what belongs to a cluster', () => {
  const kinds: readonly FaultKind[] = ['replicas edited', 'config removed', 'label removed']
  const rows = kinds.flatMap((kind) => paths('3', '1 -> 3', '3 -> 1').map(({ path, sizes }) => ({ kind, path, sizes })))
  test.each(rows)('$kind, while it goes $path: what was edited is as it should be in the end', ({ kind, sizes }) => {
    const from = scaling(sizes, '3.6.16', { faultsLeft: 1 })
    expect(explore({ from, faults: [kind], missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(3)
  })
})
