import { describe, expect, test } from 'vitest'
import { explore } from './explore.ts'
import { changingVersion, notFulfilled, notYet } from './workflows.ts'
import { broken, type Made, type World } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined
const crashes = { operator: { crashes: true }, missing: notFulfilled, untrue: notYet } as const
const to = (version: string): Made => ({ version })

describe('another minor version of etcd', () => {
  test.each<readonly [string, World['version'], Made, string | undefined]>([
    ['3.5 -> 3.6', '3.5.35', to('3.6.16'), '3.5'],
    ['3.6 -> 3.7, where 3.5 may have run', '3.6.16', to('3.7.3'), undefined],
    ['3.6 -> 3.7', '3.6.16', to('3.7.3'), '3.6'],
    ['3.7 -> 3.6', '3.7.3', to('3.6.16'), '3.6'],
    ['3.6 -> 3.5', '3.6.16', to('3.5.35'), '3.6'],
  ])('is reached by every member, although the operator dies at any call: %s', (_, from, made, logsFrom) => {
    expect(explore({ ...crashes, from: changingVersion([made], from, logsFrom) }).states).toBeGreaterThan(50)
  })

  test.each<readonly [string, World['version'], readonly Made[], string | undefined]>([
    ['3.5 -> 3.6', '3.5.35', [to('3.6.16'), {}], '3.5'],
    ['3.6 -> 3.7', '3.6.16', [to('3.7.3'), {}], undefined],
    ['3.7 -> 3.6, where 3.5 may have run before', '3.7.3', [to('3.6.16'), {}], undefined],
    ['3.5 -> 3.6, whose pods can not start', '3.5.35', [{ version: '3.6.16', pod: broken }, {}], '3.5'],
    ['3.7 -> 3.6, whose pods can not start', '3.7.3', [{ version: '3.6.16', pod: broken }, {}], undefined],
  ])('is taken back at any moment: %s', (_, from, wishes, logsFrom) => {
    expect(explore({ ...crashes, from: changingVersion(wishes, from, logsFrom) }).states).toBeGreaterThan(100)
  })
})

test('a note that is wrong would be noticed: 3.7 would start on entries of 3.5', () => {
  const from = changingVersion([to('3.7.3')], '3.6.16').map((world) => ({ ...world, status: { ...world.status, logsFrom: '3.6' } }))
  expect(() => explore({ ...crashes, from })).toThrow('was started although its log holds entries of 3.5')
})

const kinds = isLong ? (['pod deleted', 'leader changed', 'process killed', 'cache lags'] as const) : (['leader changed'] as const)

test.each(kinds)('a version change comes to its end beside one fault: %s', (kind) => {
  // The way back is the longer one of the two.
  const ways = [['3.6.16', to('3.7.3'), undefined], ...(isLong ? ([['3.7.3', to('3.6.16'), '3.6']] as const) : [])] as const
  for (const [from, made, logsFrom] of ways) {
    const worlds = changingVersion([made], from, logsFrom, { faultsLeft: 1 })
    expect(explore({ from: worlds, faults: [kind], missing: notFulfilled, untrue: notYet, operator: {} }).states).toBeGreaterThan(100)
  }
})
