import { describe, expect, test } from 'vitest'
import { explore } from './explore.ts'
import { beginning, notFulfilled, notYet, versions } from './workflows.ts'

const isLong = process.env.TEST_LONG !== undefined

// What 3.5 and 3.6 differ in plays no part in a beginning.
describe('a cluster begins', () => {
  test.each([1, 3])('with %i, although the operator dies at any call and one call lands late', (size) => {
    const from = beginning(size, '3.6.16', { faultsLeft: 1 })
    const explored = explore({ from, operator: { crashes: true, lateCall: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(size === 1 ? 50 : 5000)
  })

  test.runIf(isLong)('with 5, although the operator dies at any call', () => {
    const from = beginning(5, '3.6.16')
    expect(explore({ from, operator: { crashes: true }, missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(50_000)
  })
})

describe.each(versions)('a cluster of etcd %s begins', (version) => {
  test.each([
    [1, 3],
    [3, 1],
  ])('with %i, while the user asks for %i instead', (size, other) => {
    const from = beginning(size, version, { later: [{ size: other }] })
    const explored = explore({ from, operator: { crashes: true }, missing: notFulfilled, untrue: notYet })
    expect(explored.states).toBeGreaterThan(100)
  })
})
