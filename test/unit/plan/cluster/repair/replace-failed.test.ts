import { describe, expect, test } from 'vitest'
import { replaceFailed } from '../../../../../src/plan/cluster/repair/replace-failed.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const three = aCluster().running()
const five = aCluster({ size: 5 }).running()
const lost = three.crashed('demo-1', 'empty-volume')
const twoLost = five.crashed('demo-3', 'empty-volume').crashed('demo-4', 'empty-volume')
const waiting = (reason: string) => ({ etcd: { state: 'waiting', reason, message: '' }, ready: false }) as const

describe('replaceFailed', () => {
  decides(replaceFailed, {
    'has nothing to do when all run': [three],
    'removes a voter whose volume is lost': [lost, 'RemoveMember demo-1'],
    'removes one whose node is lost': [three.onLostNode('demo-1'), 'RemoveMember demo-1'],
    'keeps it while the others are no majority': [
      three.onLostNode('demo-1').withPod('demo-2', { endsBy: 1 }),
      'wait MemberUnhealthy demo-1',
    ],
    'removes one that is to leave as well': [lost.resized(1), 'RemoveMember demo-1'],
    'removes it for a spec that can not be': [lost.resized(2), 'RemoveMember demo-1'],
    'removes it while a change is not applied': [lost.withSpec({ version: '3.6.17' }), 'RemoveMember demo-1'],
    'keeps a member whose guard was never set': [lost.withConfig('demo-1', { state: 'bootstrap' })],
    'keeps one that answers by now': [lost.withAnswer('demo-1')],

    'waits for a member that is not failed, where the others are no majority without it': [
      lost.withPod('demo-2', { endsBy: 1 }),
      'wait MemberUnhealthy demo-1',
    ],
    'waits while two others have no leader': [lost.withLeader(undefined), 'wait StartingMembers demo-1'],
    'waits while it seems to lead': [lost.withLeader('demo-1'), 'wait StartingMembers demo-1'],
    'waits for a learner that is starting': [
      five.without('demo-4').withLearner('demo-4', { started: false }).crashed('demo-1', 'empty-volume'),
      'wait StartingMembers demo-1',
    ],
    'does not wait for a learner that can not start': [
      five
        .without('demo-4')
        .withLearner('demo-4', { started: false })
        .withPod('demo-4', waiting('ImagePullBackOff'))
        .crashed('demo-1', 'empty-volume'),
      'RemoveMember demo-1',
    ],
    'does not wait for a learner that has started: the shorter list has the larger margin': [
      five.without('demo-4').withLearner('demo-4').crashed('demo-1', 'empty-volume'),
      'RemoveMember demo-1',
    ],
    'removes the first of two': [twoLost, 'RemoveMember demo-3'],
    'removes the second before the first joins again: etcd adds no member beside a voter that is away': [
      twoLost.unlisted('demo-3'),
      'RemoveMember demo-4',
    ],
    'keeps both of two beside a third that is silent: the majority needs every other': [
      twoLost.silent('demo-2'),
      'wait MemberUnhealthy demo-3',
    ],
    'keeps the only member': [aCluster({ size: 1 }).running().crashed('demo-0', 'empty-volume'), 'wait StartingMembers demo-0'],
    'leaves a learner to its own rule': [aCluster({ size: 5 }).running(3).withLearner('demo-3').crashed('demo-3', 'empty-volume')],
  })
})

describe('a member that has not failed is never replaced:', () => {
  decides(replaceFailed, {
    frozen: [three.silent('demo-1')],
    'frozen for a day': [three.silent('demo-1').later(24 * 3600_000)],
    slow: [three.withAnswer('demo-1', { raftAppliedIndex: 1 })],
    'cut off from the others': [three.withAnswer('demo-1', { hasLeader: false, leaderId: undefined })],
    'cut off from all': [three.silent('demo-1').withPod('demo-1', { ready: false })],
    restarting: [three.silent('demo-1').withPod('demo-1', waiting('ContainerCreating'))],
    'out of memory': [three.crashed('demo-1', 'other', 'exit code 137')],
    'crashing on an option': [three.crashed('demo-1', 'other', 'error verifying flags, invalid value "x" for flag')],
    'without space on its disk': [three.crashed('demo-1', 'other', 'failed to save snapshot: no space left on device')],
    'with an image that can not be pulled': [three.silent('demo-1').withPod('demo-1', waiting('ImagePullBackOff'))],
    'on a node that is lost, where the operator reaches it': [three.onLostNode('demo-1').withAnswer('demo-1')],
    'on a node that is not ready for a moment': [three.onLostNode('demo-1', 60_000)],
    'on a node that does not report it any more': [three.silent('demo-1').withPod('demo-1', { endsBy: 1 })],
    'without a pod': [three.withoutPod('demo-1')],
    'without a node that fits': [three.silent('demo-1').withPod('demo-1', { ...waiting(''), unschedulable: '0/3 nodes are available' })],
    'removed by somebody while it was down': [three.crashed('demo-1', 'left')],
    'with a claim that somebody deleted, as long as it runs': [three.withVolume('demo-1', { deleting: true })],
  })
})

test('the step names the evidence, and what comes after it', () => {
  expect(replaceFailed(lost)).toMatchObject({
    reason: 'VolumeLost',
    message: expect.stringMatching(/demo-1 refuses to start: there is no log on its volume.*demo-1 joins again with a new ID/),
    step: { do: 'RemoveMember', id: 'a1', failedToJoin: false },
  })
})

test('whoever waits is told of the member that is waited for, and of the one that is replaced then', () => {
  expect(replaceFailed(twoLost.silent('demo-2'))).toMatchObject({ message: expect.stringMatching(/demo-2.*then demo-3 is replaced/) })
})
