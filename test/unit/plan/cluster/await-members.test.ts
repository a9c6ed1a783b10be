import { describe } from 'vitest'
import { aCluster } from '../../../builders/a-cluster.ts'
import { decides, stage } from '../../../builders/decides.ts'

const three = aCluster().running()
const growing = aCluster({ size: 5 }).running(3)

describe('what was begun is waited for:', () => {
  decides(stage('await-members'), {
    'is silent when everything has ended': [three],
    'waits for a learner to start': [growing.withLearner('demo-3', { started: false }), 'wait StartingMembers demo-3'],
    'says why it does not': [
      growing.withLearner('demo-3', { started: false }).withPod('demo-3', { etcd: { state: 'none' }, unschedulable: 'no node fits' }),
      'wait Unschedulable demo-3',
    ],
    'waits for a learner to catch up': [growing.withLearner('demo-3', { lag: 4000 }), 'wait LearnerCatchingUp demo-3'],
    'waits for one that is silent': [growing.withLearner('demo-3').silent('demo-3'), 'wait LearnerCatchingUp demo-3'],
    'says why a learner crashes': [growing.withLearner('demo-3').crashed('demo-3'), 'wait CrashLooping demo-3'],
    'says that a silent voter holds a learner up': [growing.withLearner('demo-3').silent('demo-1'), 'wait MemberUnhealthy demo-3'],
    'waits for a leader': [three.withLeader(undefined), 'wait StartingMembers'],
    'waits for a silent voter': [three.silent('demo-1'), 'wait MemberUnhealthy demo-1'],
    'says why a voter crashes': [three.crashed('demo-1'), 'wait CrashLooping demo-1'],
    'waits for a pod to become ready': [three.withPod('demo-1', { ready: false }), 'wait StartingMembers demo-1'],
    'waits for a pod to be served to clients': [three.withPod('demo-1', { serving: false }), 'wait StartingMembers demo-1'],
    'waits for a pod to get its label back': [three.withPod('demo-1', { labelled: false }), 'wait StartingMembers demo-1'],
    'waits for a client port to serve': [three.takingPart('demo-1'), 'wait StartingMembers demo-1'],
    'waits for the pod of a member that left': [three.withPod('demo-3'), 'wait MemberStopping demo-3'],
    'says that etcd takes no writes, which no wait ends': [
      three.withAnswer('demo-1', { alarms: [{ memberId: 'a0', alarm: 'NOSPACE' }] }),
      'block NoSpace',
    ],
    'waits for a volume that is going': [three.withVolume('demo-3', { deleting: true }), 'wait CleaningUp'],
  })
})
