import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../src/api/labels.ts'
import { withApproval } from '../../../../src/plan/cluster/approval.ts'
import { type Decision, step, stepId, wait } from '../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../src/report/cluster/status.ts'
import { aCluster } from '../../../builders/a-cluster.ts'
import { inShort } from '../../../builders/decides.ts'

const removal = step('VolumeLost', 'demo-1 lost its volume; replacing it', {
  do: 'RemoveMember',
  member: 'demo-1',
  id: 'a1',
  failedToJoin: false,
})
const id = stepId(removal.step)
const asked = aCluster({ repair: { automatic: false } }).running()
const decided = (view: typeof asked, decision: Decision | undefined = removal) => inShort(withApproval(() => decision)(view))

describe('a removal that begins a replacement', () => {
  test.each([
    ['is taken where repair is automatic', aCluster().running(), 'RemoveMember demo-1'],
    ['waits for an approval where it is not', asked, 'block ApprovalNeeded demo-1'],
    ['is taken once it is approved', asked.annotated({ [annotation.approve]: id }), 'RemoveMember demo-1'],
    ['is not taken with the approval of another step', asked.annotated({ [annotation.approve]: 'abcd' }), 'block ApprovalNeeded demo-1'],
    ['is taken of a member that leaves anyway, because the spec asks for that', asked.resized(1), 'RemoveMember demo-1'],
    ['waits for an approval where the spec can not be, so that nobody leaves', asked.resized(2), 'block ApprovalNeeded demo-1'],
    ['is not taken with an empty approval', asked.annotated({ [annotation.approve]: '' }), 'block ApprovalNeeded demo-1'],
  ])('%s', (_, view, says) => {
    expect(decided(view)).toBe(says)
  })

  test('is approved of one member only: the same name with another ID needs another approval', () => {
    const approved = asked.annotated({ [annotation.approve]: id })
    const later = step(removal.reason, removal.message, {
      ...removal.step,
      do: 'RemoveMember',
      member: 'demo-1',
      id: 'b1',
      failedToJoin: false,
    })
    expect(decided(approved, later)).toBe('block ApprovalNeeded demo-1')
  })

  test('tells the command that approves of it', () => {
    expect(withApproval(() => removal)(asked)).toMatchObject({
      message: `demo-1 lost its volume; replacing it. spec.repair.automatic is false, so this step waits for an approval: kubectl annotate etcdcluster demo etcd-operator.dev/approve=${id} --overwrite`,
    })
  })

  test('stands in the status with its own ID and action', () => {
    const blocked = withApproval(() => removal)(asked)
    if (blocked === undefined) throw new Error('nothing was decided')
    const { nextStep, conditions } = statusOf(asked, blocked)
    expect(nextStep).toMatchObject({ id, action: 'RemoveMember', member: 'demo-1', reason: 'ApprovalNeeded' })
    expect(conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason: 'ApprovalNeeded' })
  })
})

describe('without an approval', () => {
  test.each<readonly [string, Decision | undefined, string | undefined]>([
    ['a member joins', step('ScalingUp', '', { do: 'AddLearner', member: 'demo-1', peerUrl: '' }), 'AddLearner demo-1'],
    ['a wait goes on', wait('StartingMembers', '', 500), 'wait StartingMembers'],
    ['nothing stays nothing', undefined, undefined],
  ])('%s', (_, decision, says) => {
    expect(inShort(withApproval(() => decision)(asked))).toBe(says)
  })
})
