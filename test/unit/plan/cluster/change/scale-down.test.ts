import { describe, expect, test } from 'vitest'
import { scaleDown } from '../../../../../src/plan/cluster/change/scale-down.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { aCluster, now, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const five = aCluster({ size: 3 }).running(5)
const out = five.withPod('demo-4', { serving: false })
const ended = out.withStatefulSet({ replicas: 4 })
/** On a node that is lost: the API server goes on saying that the container runs. */
const dead = (scene: Scene, name: string) =>
  scene.silent(name).withPod(name, { ready: false, etcd: { state: 'running', since: now - 60_000 } })
const two = aCluster({ size: 1 }).running(2)

describe('scaleDown', () => {
  decides(scaleDown, {
    'has nothing to do when no more are listed than are wished for': [aCluster().running()],
    'first takes the highest ordinal out of the client Service': [five, 'StopServing demo-4'],
    'lets it serve until those that stay do': [five.withPod('demo-1', { ready: false }), 'wait StartingMembers demo-4'],
    'does not wait for one that leaves, too': [five.withPod('demo-3', { ready: false }), 'StopServing demo-4'],
    'then ends its process': [out, 'SetReplicas 4'],
    'waits until the controller has deleted the pod': [ended, 'wait MemberStopping demo-4'],
    'waits until the process has ended': [ended.withPod('demo-4', { endsBy: now + 20_000 }), 'wait MemberStopping demo-4'],
    'waits a little longer than its grace period for one that is silent': [
      ended.withPod('demo-4', { endsBy: now - 4_999 }).silent('demo-4'),
      'wait MemberStopping demo-4',
    ],
    'removes it then: its node is lost': [ended.withPod('demo-4', { endsBy: now - 5_000 }).silent('demo-4'), 'RemoveMember demo-4'],
    'waits longer for one that answers': [ended.withPod('demo-4', { endsBy: now - 59_999 }), 'wait MemberStopping demo-4'],
    'but not for ever: its kubelet is lost': [ended.withPod('demo-4', { endsBy: now - 60_000 }), 'RemoveMember demo-4'],
    'then removes it': [ended.withPod('demo-4', { endsBy: now + 20_000, etcd: { state: 'terminated' } }), 'RemoveMember demo-4'],
    'removes it as well when the pod is gone': [ended.withoutPod('demo-4'), 'RemoveMember demo-4'],
    'ends one at a time': [ended.withoutPod('demo-4').unlisted('demo-4').resized(1), 'StopServing demo-3'],
    'moves the leadership away first, to a member that stays': [out.withLeader('demo-4'), 'MoveLeader demo-4 to demo-0'],
    'moves it to the member that has most of the log': [
      out
        .withLeader('demo-4')
        .withAnswer('demo-0', { raftAppliedIndex: 4990 })
        .withAnswer('demo-1', { raftAppliedIndex: 4999 })
        .withAnswer('demo-2', { raftAppliedIndex: 4980 }),
      'MoveLeader demo-4 to demo-1',
    ],
    'moves it to nobody who is far behind': [
      ['demo-0', 'demo-1', 'demo-2'].reduce((scene, name) => scene.withAnswer(name, { raftAppliedIndex: 10 }), out.withLeader('demo-4')),
      'wait LearnerCatchingUp demo-4',
    ],
    'waits for a leader': [out.withLeader(undefined), 'wait MemberUnhealthy demo-4'],
    'waits while another voter is silent': [five.silent('demo-1'), 'wait MemberUnhealthy demo-4'],
    'waits while another voter ends': [five.withPod('demo-1', { endsBy: 1 }), 'wait MemberUnhealthy demo-4'],
    'lets one go that is silent itself': [five.silent('demo-4'), 'StopServing demo-4'],
    'lets the one whose volume is lost go first, without ending a healthy one': [
      five.crashed('demo-3', 'empty-volume').withPod('demo-3', { serving: false }),
      'RemoveMember demo-3',
    ],
    'keeps to the order for one that is silent for a moment': [five.silent('demo-3'), 'wait MemberUnhealthy demo-4'],
    'lets the dead go first, out of the Service before': [dead(five, 'demo-3'), 'StopServing demo-3'],
    'keeps to the order for one that has just started': [
      five.silent('demo-3').withPod('demo-3', { ready: false }),
      'wait MemberUnhealthy demo-4',
    ],
    'removes the dead without ending anybody': [dead(five, 'demo-3').withPod('demo-3', { serving: false }), 'RemoveMember demo-3'],
    'removes two that are dead, although no failure more is tolerated': [
      dead(dead(five, 'demo-3'), 'demo-4').withPod('demo-4', { serving: false }),
      'RemoveMember demo-4',
    ],
    'removes the second of two that are dead': [
      dead(dead(five, 'demo-3'), 'demo-4').unlisted('demo-4').withPod('demo-3', { serving: false }),
      'RemoveMember demo-3',
    ],
    'removes one whose pod is gone': [five.withoutPod('demo-4'), 'RemoveMember demo-4'],
    'removes the dead although one that stays is ill': [
      dead(five, 'demo-4').withPod('demo-4', { serving: false }).silent('demo-1'),
      'RemoveMember demo-4',
    ],
    'keeps the dead while those that stay are no majority': [
      dead(five, 'demo-4').silent('demo-1').silent('demo-2'),
      'wait MemberUnhealthy demo-4',
    ],
    'waits for another leader than the dead': [
      dead(five, 'demo-4').withPod('demo-4', { serving: false }).withLeader('demo-4'),
      'wait StartingMembers demo-4',
    ],
    'lets nobody healthy go while a wanted name is missing': [five.unlisted('demo-1')],
    'lets nobody healthy go while a wanted name is still a learner': [five.unlisted('demo-1').withLearner('demo-1')],
    'removes the dead although a wanted name is missing': [
      dead(five.unlisted('demo-1'), 'demo-4').withPod('demo-4', { serving: false }),
      'RemoveMember demo-4',
    ],
    'lets nobody go for a size that can not be': [five.resized(2)],
    'takes a learner off first: it has no vote': [aCluster({ size: 3 }).running(3).withLearner('demo-3'), 'RemoveMember demo-3'],
    'takes a learner off although a voter is silent': [
      aCluster({ size: 3 }).running(3).withLearner('demo-3').silent('demo-1'),
      'RemoveMember demo-3',
    ],

    'of two voters takes the second out of the Service': [two, 'StopServing demo-1'],
    'of two voters removes the second before it ends: one alone is no majority of two': [
      two.withPod('demo-1', { serving: false }),
      'RemoveMember demo-1',
    ],
    'of two voters moves the leadership first': [
      two.withPod('demo-1', { serving: false }).withLeader('demo-1'),
      'MoveLeader demo-1 to demo-0',
    ],
    'of two voters keeps the second while the first is silent': [two.silent('demo-0'), 'wait MemberUnhealthy demo-1'],
    'ends nobody without a StatefulSet': [out.with({ statefulSet: { state: 'absent' } })],
  })
})

describe('members with a gap in their ordinals', () => {
  const gap = aCluster({ size: 3 }).running(3).without('demo-1').withVoter('demo-3').withStatefulSet({ replicas: 4 })
  const joined = gap.withLearner('demo-1')
  decides(planCluster, {
    'are filled up first': [gap, 'WriteConfig demo-1=joining(0 2 3 1)'],
    'get their fourth vote before anybody leaves': [joined, 'PromoteLearner demo-1'],
    'wait for the learner before anybody leaves': [joined.remembering({ inSyncLooks: new Map() }), 'wait LearnerCatchingUp demo-1'],
    'then become three': [gap.withVoter('demo-1'), 'StopServing demo-3'],
    'wait for a name that failed to join': [
      gap.remembering({ failedJoins: new Map([['demo-1', { count: 1, at: now }]]) }),
      'wait MemberNotStarting demo-1',
    ],
    'lose a learner that is not wanted first': [
      aCluster({ size: 3, version: '3.5.35' }).running(3).without('demo-1').withVoter('demo-3').withLearner('demo-4'),
      'RemoveMember demo-4',
    ],
  })
})

test('a member on a lost node is removed with the name of that node', () => {
  const lost = ended.withPod('demo-4', { endsBy: now - 5_000, node: 'n3' }).silent('demo-4')
  expect(scaleDown(lost)).toMatchObject({ message: expect.stringContaining('node n3') })
})

test('nobody is waited for at short intervals for ever', () => {
  const waits = [ended, ended.withPod('demo-4', { endsBy: now - 1 })].map((view) => scaleDown(view))
  expect(waits.map((decision) => decision?.kind === 'wait' && decision.recheckMs)).toEqual([500, 100])
})

describe('a voter that was ended to leave', () => {
  const gone = ended.withoutPod('demo-4')
  decides(planCluster, {
    'is removed although another falls ill': [gone.silent('demo-1').withPod('demo-1', { ready: false }), 'RemoveMember demo-4'],
    'is removed although the spec can not be any more': [gone.withSpec({ version: '3.9.0' }), 'RemoveMember demo-4'],
    'is removed although a roll is asked for': [
      gone.withSpec({ etcd: { ...gone.cluster.spec.etcd, snapshotCount: 5 } }),
      'RemoveMember demo-4',
    ],
    'is gone on with before another that is dead': [
      dead(ended.withPod('demo-4', { endsBy: now + 20_000 }), 'demo-3'),
      'wait MemberStopping demo-4',
    ],
    'comes back when the others are no majority without it': [gone.silent('demo-1').silent('demo-2'), 'SetReplicas 5'],
    'comes back when the spec asks for it again': [gone.resized(5), 'SetReplicas 5'],
    'comes back for a size that can not be': [gone.resized(2), 'SetReplicas 5'],
  })
})
