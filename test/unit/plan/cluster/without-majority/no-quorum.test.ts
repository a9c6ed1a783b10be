import { describe } from 'vitest'
import { noQuorum } from '../../../../../src/plan/cluster/without-majority/no-quorum.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const lonely = aCluster().running().withoutMajority().silent('demo-0').silent('demo-1')
const lost = (...names: readonly string[]) => names.reduce((scene, name) => scene.crashed(name, 'empty-volume'), lonely)

describe('noQuorum', () => {
  decides(noQuorum, {
    'is silent while a majority answers as the pinned cluster': [aCluster().running()],
    'blocks when a majority answers as another cluster': [aCluster().running().withMembership([], 'beef'), 'block ClusterIdMismatch'],
    'names the members that are on foreign data': [
      aCluster().running().onForeignData('demo-1').onForeignData('demo-2').withoutMajority(),
      'block ClusterIdMismatch',
    ],
    'waits for nodes while a minority answers and the pods of the others run': [lonely, 'wait MajorityUnreachable'],
    'waits while nobody answers': [lonely.silent('demo-2'), 'wait NoContact'],
    'waits for members that restart': [lonely.withoutPod('demo-0').withoutPod('demo-1'), 'wait MajorityDown'],
    'blocks when the volumes of a majority are lost': [lost('demo-0', 'demo-1'), 'block QuorumLost'],
    'blocks when every volume is lost': [lost('demo-0', 'demo-1', 'demo-2'), 'block AllMembersLost'],
    'blocks when the only volume is lost': [
      aCluster({ size: 1 }).running().withoutMajority().crashed('demo-0', 'empty-volume'),
      'block AllMembersLost',
    ],
    'waits for a member that may come back beside one that can not': [lost('demo-0'), 'wait MajorityUnreachable'],
    'waits for a leader when a majority runs': [lost('demo-0').withAnswer('demo-1', { hasLeader: false }), 'wait MajorityDown'],
    'blocks when a majority can not start before a person acts': [lonely.crashed('demo-0').crashed('demo-1'), 'block MajorityDown'],
    'counts no member that has not started yet': [
      aCluster({ size: 1 })
        .running()
        .withoutMajority()
        .crashed('demo-0', 'empty-volume')
        .withConfig('demo-1', { state: 'joining', members: ['demo-0', 'demo-1'] }),
      'block AllMembersLost',
    ],
    'counts no learner, although its config refuses an empty volume already': [
      aCluster({ size: 5 })
        .running(3)
        .withLearner('demo-3')
        .withoutMajority()
        .silent('demo-1')
        .crashed('demo-0', 'empty-volume')
        .crashed('demo-3', 'empty-volume'),
      'wait MajorityUnreachable',
    ],
  })
})
