import { expect, test } from 'vitest'
import { Recheck } from '../../../src/controllers/recheck.ts'
import { block, wait } from '../../../src/plan/cluster/step.ts'

const times = [0, 1_000, 4_000, 20_000, 60_000, 3_600_000]

test('what is waited for in vain is looked at ever more rarely, down to every five seconds', () => {
  const looks = (recheckMs: number) => {
    const recheck = new Recheck()
    return times.map((nowMs) => recheck.afterMs(wait('StartingMembers', 'waiting for demo-0 to start', recheckMs), nowMs, 1))
  }
  expect(looks(100)).toEqual([100, 100, 200, 1_000, 3_000, 5_000])
  expect(looks(1_000)).toEqual([1_000, 1_000, 1_000, 1_000, 3_000, 5_000])
  expect(looks(15_000)).toEqual(Array(6).fill(15_000))
})

test('another wait, or one that gets on, is looked at as often as it asks for', () => {
  const recheck = new Recheck()
  recheck.afterMs(wait('LearnerCatchingUp', 'demo-3 is 900 entries behind', 100), 0, 1)
  expect(recheck.afterMs(wait('LearnerCatchingUp', 'demo-3 is 700 entries behind', 100), 60_000, 1)).toBe(100)
  expect(recheck.afterMs(block('Paused', 'spec.paused is true'), 70_000, 1)).toBe(5_000)
  expect(recheck.afterMs(wait('LearnerCatchingUp', 'demo-3 is 700 entries behind', 100), 80_000, 1)).toBe(100)
  expect(recheck.afterMs({ kind: 'steady' }, 90_000, 1)).toBe(5_000)
})

test('many steady clusters are looked at more rarely, and each in time for what Available promises', () => {
  const paces = [1, 200, 333, 500, 1_000, 5_000].map((clusters) => new Recheck().afterMs({ kind: 'steady' }, 0, clusters))
  expect(paces).toEqual([5_000, 5_000, 5_000, 7_500, 15_000, 15_000])
})
