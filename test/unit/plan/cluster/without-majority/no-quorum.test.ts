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
    'waits while a minority answers': [lonely, 'wait QuorumLost'],
    'waits while nobody answers': [lonely.silent('demo-2'), 'wait NoContact'],
    'blocks when the volumes of a majority are lost': [lost('demo-0', 'demo-1'), 'block QuorumLost'],
    'waits for one that may come back beside one that can not': [lost('demo-0'), 'wait QuorumLost'],
    'blocks when nobody is left who may come back': [lost('demo-0').withAnswer('demo-1'), 'block QuorumLost'],
    'counts no member that has not started yet': [
      aCluster({ size: 1 })
        .running()
        .withoutMajority()
        .crashed('demo-0', 'empty-volume')
        .withConfig('demo-1', { state: 'joining', members: ['demo-0', 'demo-1'] }),
      'block QuorumLost',
    ],
    'counts no member that was removed': [lost('demo-0').withAnswer('demo-1').crashed('demo-2', 'removed'), 'block QuorumLost'],
  })
})
