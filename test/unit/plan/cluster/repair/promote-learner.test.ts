import { describe } from 'vitest'
import { promoteLearner } from '../../../../../src/plan/cluster/repair/promote-learner.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const four = aCluster({ size: 5 }).running(3)
const fromOne = aCluster({ size: 3 }).running(1)

describe('promoteLearner', () => {
  decides(promoteLearner, {
    'promotes a learner that is in sync': [four.withLearner('demo-3'), 'PromoteLearner demo-3'],
    'promotes one that does not serve yet: it takes part in raft': [
      four.withLearner('demo-3').takingPart('demo-3'),
      'PromoteLearner demo-3',
    ],
    'waits until clients are not sent to one that does not serve yet': [
      four.withLearner('demo-3').takingPart('demo-3').withPod('demo-3', { serving: true }),
    ],
    'is not held up by a voter that takes part and does not serve yet': [
      four.takingPart('demo-2').withLearner('demo-3'),
      'PromoteLearner demo-3',
    ],
    'has nothing to do without a learner': [four],
    'leaves a learner that is behind': [four.withLearner('demo-3', { lag: 101 })],
    'promotes at a lag that a heartbeat makes good': [four.withLearner('demo-3', { lag: 100 }), 'PromoteLearner demo-3'],
    'leaves one that was in sync at a single look': [four.withLearner('demo-3', { looks: 1 })],
    'leaves one that has not started': [four.withLearner('demo-3', { started: false })],
    'leaves one that does not answer': [four.withLearner('demo-3').silent('demo-3')],
    'leaves one in whose pod another member answers': [four.withLearner('demo-3').withAnswer('demo-3', { memberId: 'a9' })],
    'leaves one that crashes, although the leader remembers it in sync': [four.withLearner('demo-3').crashed('demo-3', 'emptied')],
    'leaves one that knows no leader': [four.withLearner('demo-3').withAnswer('demo-3', { leaderId: undefined, hasLeader: false })],
    'leaves one whose guard is not set': [four.withLearner('demo-3', { config: { state: 'joining' } })],
    'leaves one whose pod is ending': [four.withLearner('demo-3').withPod('demo-3', { endsBy: 1 })],
    'leaves one that is to leave': [four.withLearner('demo-3').resized(3)],
    'makes up for a silent voter: of five two may be away, of four one': [
      aCluster({ size: 5 }).running(4).withLearner('demo-4').silent('demo-2'),
      'PromoteLearner demo-4',
    ],
    'waits while two of four voters do not answer': [
      aCluster({ size: 5 }).running(4).withLearner('demo-4').silent('demo-2').silent('demo-3'),
    ],
    'waits while one of two voters is silent': [aCluster({ size: 3 }).running(2).withLearner('demo-2').silent('demo-1')],
    'waits while a voter is silent': [four.withLearner('demo-3').silent('demo-2')],
    'waits while a voter ends': [four.withLearner('demo-3').withPod('demo-2', { endsBy: 1 })],
    'waits while there is no leader': [four.withLearner('demo-3').withLeader(undefined)],
    'promotes the other learner meanwhile': [four.withLearner('demo-3', { lag: 5000 }).withLearner('demo-4'), 'PromoteLearner demo-4'],

    'from one voter waits until both learners are in sync': [fromOne.withLearner('demo-1').withLearner('demo-2', { lag: 5000 })],
    'from one voter waits for the second learner to be added': [fromOne.withLearner('demo-1')],
    'from one voter promotes the first when both are': [fromOne.withLearner('demo-1').withLearner('demo-2'), 'PromoteLearner demo-1'],
    'from two voters promotes the second at once': [fromOne.withVoter('demo-1').withLearner('demo-2'), 'PromoteLearner demo-2'],
    'from one voter of etcd 3.5, which takes one learner only, promotes it alone': [
      aCluster({ size: 3, version: '3.5.35' }).running(1).withLearner('demo-1'),
      'PromoteLearner demo-1',
    ],
  })
})
