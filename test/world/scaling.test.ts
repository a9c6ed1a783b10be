import { describe, expect, test } from 'vitest'
import { explore } from './explore.ts'
import { notFulfilled, notYet, paths, scaling, versions } from './workflows.ts'

const isLong = process.env.TEST_LONG !== undefined

describe.each(versions)('a cluster of etcd %s', (version) => {
  const growing = paths('1 -> 3', '3 -> 5', ...(isLong ? ['1 -> 5'] : []))
  const others = paths('3 -> 1', '5 -> 3', ...(isLong ? ['1 -> 3 -> 1', '3 -> 1 -> 3'] : []))
  // How learners join is the only difference between the versions.
  const isWhole = isLong || version === '3.6.16'

  test.each(isWhole ? [...growing, ...others] : growing)(
    'goes $path, although the operator dies at any call and one call lands late',
    ({ sizes }) => {
      const from = scaling(sizes, version, { faultsLeft: 1 })
      const explored = explore({ from, operator: { crashes: true, lateCall: true }, missing: notFulfilled, untrue: notYet })
      expect(explored.states).toBeGreaterThan(200)
    },
  )

  test.runIf(isWhole).each(paths('1 -> 5', '1 -> 3 -> 1', '3 -> 1 -> 3', '5 -> 3 -> 5', ...(isLong ? ['3 -> 5 -> 3'] : [])))(
    'goes $path, although the operator dies at any call',
    ({ sizes }) => {
      const explored = explore({ from: scaling(sizes, version), operator: { crashes: true }, missing: notFulfilled, untrue: notYet })
      expect(explored.states).toBeGreaterThan(50)
    },
  )

  test.runIf(isLong)('goes 3 -> 5 -> 1', () => {
    expect(explore({ from: scaling([3, 5, 1], version), missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(10_000)
  })

  test.runIf(isLong).each(paths('3 -> 5 -> 3', '5 -> 3 -> 5'))('goes $path, and one call lands late', ({ sizes }) => {
    const from = scaling(sizes, version, { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true, lateCall: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(10_000)
  })

  test.runIf(isWhole).each(isLong ? paths('3 -> 5', '5 -> 3', '3 -> 1') : paths('5 -> 3', '3 -> 1'))(
    'goes $path and is paused at any moment in between',
    ({ sizes: [first = 1, size = 1] }) => {
      const later = [{ size }, { size, paused: true }, { size }]
      const explored = explore({
        from: scaling([first], version, { later }),
        operator: { crashes: true },
        missing: notFulfilled,
        untrue: notYet,
      })
      expect(explored.states).toBeGreaterThan(200)
    },
  )
})
