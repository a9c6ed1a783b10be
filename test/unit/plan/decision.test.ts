import { describe, expect, test } from 'vitest'
import { isReason, needsPerson, patienceMs, type Reason, reasons, type WaitReason } from '../../../src/api/reasons.ts'
import { wait } from '../../../src/plan/cluster/step.ts'
import { isStalled } from '../../../src/plan/decision.ts'
import { conditionsOf } from '../../../src/report/cluster/conditions.ts'
import { aCluster, now } from '../../builders/a-cluster.ts'

const all = Object.keys(reasons).filter(isReason)
const isWaited = (reason: Reason): reason is WaitReason => reasons[reason].needs !== 'nothing' && reasons[reason].needs !== 'clock'
const hour = 60 * 60_000

describe('no wait is without an end:', () => {
  test.each(all.filter(isWaited))('%s', (reason) => {
    const decision = wait(reason, 'as it is', 1000)
    const patience = patienceMs(reason) ?? 0
    expect(patience).toBeLessThanOrEqual(hour)
    const stalled = (lastedMs: number) =>
      conditionsOf(aCluster().running(), decision, now - lastedMs).find(({ type }) => type === 'Stalled')
    // What a person must end is said at once; what time should end, when that time is over.
    expect(stalled(0)?.status).toBe(needsPerson(reason) ? 'True' : 'False')
    expect(stalled(patience)?.status).toBe(needsPerson(reason) ? 'True' : 'False')
    expect(stalled(patience + 1)).toMatchObject({ status: 'True', reason })
  })
})

test.each(all.filter((reason): reason is WaitReason => reasons[reason].needs === 'clock'))(
  '%s ends at a time that is known: nothing is being changed until then, and no person has to act',
  (reason) => {
    const decision = wait(reason, 'as it is', 1000, { notBefore: now + 24 * hour })
    const conditions = conditionsOf(aCluster().running(), decision, now - 300 * 24 * hour)
    const said = (type: string) => conditions.find((condition) => condition.type === type)
    expect(said('Stalled')).toMatchObject({ status: 'False' })
    expect(said('Progressing')).toMatchObject({ status: 'False', reason })
    expect(said('Ready')).toMatchObject({ status: 'False', reason })
  },
)

test('a reason says in a sentence what it means', () => {
  expect(all.filter((reason) => reasons[reason].means.length < 10)).toEqual([])
})

test('a block is for a person, and a step once it is due for long without being carried out', () => {
  expect(isStalled({ kind: 'block', reason: 'Paused' })).toBe(true)
  expect(isStalled({ kind: 'fail', reason: 'TimedOut' })).toBe(true)
  expect(isStalled({ kind: 'step', reason: 'NotAnswered' }, hour / 12)).toBe(false)
  expect(isStalled({ kind: 'step', reason: 'NotAnswered' }, hour / 4)).toBe(true)
  expect(isStalled({ kind: 'step', reason: 'ScalingUp' }, 24 * hour)).toBe(true)
  expect(isStalled({ kind: 'steady' }, 24 * hour)).toBe(false)
})
