import { describe } from 'vitest'
import { scaleDown } from '../../../../../src/plan/cluster/change/scale-down.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const five = aCluster({ size: 3 }).running(5)
const out = five.withPod('demo-4', { serving: false })
const ended = out.withStatefulSet({ replicas: 4 })
const two = aCluster({ size: 1 }).running(2)

describe('scaleDown', () => {
  decides(scaleDown, {
    'has nothing to do when no more are listed than are wished for': [aCluster().running()],
    'first takes the highest ordinal out of the client Service': [five, 'StopServing demo-4'],
    'then ends its process': [out, 'SetReplicas 4'],
    'waits until the controller has deleted the pod': [ended, 'wait MemberStopping demo-4'],
    'waits until the process has ended': [ended.withPod('demo-4', { endsBy: 1 }), 'wait MemberStopping demo-4'],
    'then removes it': [ended.withPod('demo-4', { endsBy: 1, etcd: { state: 'terminated' } }), 'RemoveMember demo-4'],
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
    'keeps to the order for one that is only silent': [five.silent('demo-3'), 'wait MemberUnhealthy demo-4'],
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
