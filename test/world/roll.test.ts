import { describe, expect, test } from 'vitest'
import { isStalled } from '../../src/plan/decision.ts'
import { explore } from './explore.ts'
import { notFulfilled, notYet, rolling } from './workflows.ts'
import { broken, type Made } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined
const crashes = { operator: { crashes: true }, missing: notFulfilled, untrue: notYet } as const

describe('a roll', () => {
  test.each<readonly [string, Made]>([
    ['another patch version', { version: '3.6.17' }],
    ['other resources', { pod: 1 }],
    ['other settings of etcd', { settings: 1 }],
    ['a restart', { restart: 1 }],
  ])('for %s reaches every member, although the operator dies at any call', (_, made) => {
    expect(explore({ ...crashes, from: rolling(3, [made]) }).states).toBeGreaterThan(50)
  })

  test('of the only member restarts it', () => {
    expect(explore({ ...crashes, from: rolling(1, [{ version: '3.6.17', settings: 1 }]) }).states).toBeGreaterThan(10)
  })

  test('comes to its end although one call lands late', () => {
    const from = rolling(3, [{ pod: 1, settings: 1 }], '3.6.16', { faultsLeft: 1 })
    expect(explore({ ...crashes, operator: { crashes: true, lateCall: true }, from }).states).toBeGreaterThan(200)
  })

  test.each<readonly [string, readonly Made[]]>([
    ['is taken back', [{ version: '3.6.17', settings: 1 }, {}]],
    ['is overtaken by another', [{ pod: 1 }, { pod: 2 }]],
    ['can not start, and is taken back', [{ pod: broken }, {}]],
    ['has settings that etcd refuses, and is corrected', [{ settings: broken }, { settings: 2 }]],
  ])('that %s at any moment comes to its end', (_, wishes) => {
    expect(explore({ ...crashes, from: rolling(3, wishes) }).states).toBeGreaterThan(50)
  })
})

describe('people are told of a roll that stands', () => {
  test.each<readonly [string, Made]>([
    ['an image that can not be pulled', { pod: broken }],
    ['settings that etcd refuses', { settings: broken }],
  ])('at %s', (_, made) => {
    const missing = (world: Parameters<typeof notFulfilled>[0], decision: Parameters<typeof notFulfilled>[1]) => {
      const isDown = world.pods.filter((pod) => pod?.phase !== 'up').length
      if (isDown > 1) return `${isDown} members are down`
      return isStalled(decision, 24 * 60 * 60_000) && decision.kind !== 'steady' && /demo-\d/.test(decision.message)
        ? undefined
        : 'nobody is told'
    }
    expect(explore({ operator: { crashes: true }, from: rolling(3, [made]), missing }).states).toBeGreaterThan(20)
  })
})

const fast = ['leader changed', 'label removed', 'pod deleted', 'process frozen'] as const
const slow = isLong ? (['process killed', 'StatefulSet deleted', 'ConfigMap deleted', 'node lost', 'cache lags'] as const) : []

test.each([...fast, ...slow])('a roll comes to its end beside one fault: %s', (kind) => {
  const from = rolling(3, [{ pod: 1, settings: 1 }], '3.6.16', { faultsLeft: 1 })
  const missing = kind === 'node lost' ? () => undefined : notFulfilled
  expect(explore({ from, faults: [kind], missing, untrue: notYet, operator: {} }).states).toBeGreaterThan(100)
})
