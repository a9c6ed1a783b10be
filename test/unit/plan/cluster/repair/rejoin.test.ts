import { describe, expect, test } from 'vitest'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { rejoin } from '../../../../../src/plan/cluster/repair/rejoin.ts'
import { aCluster, now } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const lost = aCluster().running().crashed('demo-1', 'empty-volume')
/** Removed by the operator, or by somebody with etcdctl. */
const removed = lost.unlisted('demo-1').withoutConfig('demo-1')
const cleared = removed.withVolume('demo-1', { deleting: true })
/** Its claim was deleted, and Kubernetes has made another. */
const fresh = removed.withVolume('demo-1', { uid: 'new', memberId: undefined, clusterId: undefined })
const unused = fresh
  .withVolume('demo-1', { unused: true, bound: false })
  .withPod('demo-1', { lastExit: undefined, etcd: { state: 'none' } })
const joining = { state: 'joining', members: ['demo-0', 'demo-2', 'demo-1'] } as const
const ready = removed
  .withVolume('demo-1', { uid: 'new', memberId: undefined, clusterUid: undefined, clusterId: undefined })
  .withConfig('demo-1', joining)
/** On a node that is lost: its pod terminates for ever. */
const gone = aCluster()
  .running()
  .onLostNode('demo-1')
  .withPod('demo-1', { endsBy: now - 60_000 })
  .unlisted('demo-1')
  .withConfig('demo-1', joining)
const failedOnce = { failedJoins: new Map([['demo-1', { count: 1, at: now }]]) }
const five = aCluster({ size: 5 }).running().unlisted('demo-3').unlisted('demo-4').withConfig('demo-3', joining)

describe('rejoin', () => {
  decides(rejoin, {
    'has nothing to do when all are listed': [aCluster().running()],
    'leaves members that are to be new to scaling': [aCluster({ size: 5 }).running(3)],
    'deletes the old volume first': [removed, 'DeleteVolume demo-1'],
    'keeps a new volume that the guard has proved empty': [fresh, 'WriteConfig demo-1=joining(0 2 1)'],
    'keeps a new claim that has no volume yet': [unused, 'WriteConfig demo-1=joining(0 2 1)'],
    'makes another claim after a failed try': [
      unused.remembering({ failedJoins: new Map([['demo-1', { count: 1, at: now - 3_600_000 }]]) }),
      'DeleteVolume demo-1',
    ],
    'deletes a new claim that no pod waits for': [unused.withoutPod('demo-1'), 'DeleteVolume demo-1'],
    'deletes a new volume on a lost node': [
      fresh
        .withPod('demo-1', { node: 'n3' })
        .withNode('n3', { state: 'absent' })
        .remembering({ unreadySince: new Map([['n3', fresh.monotonicMs - 5 * 60_000]]) }),
      'DeleteVolume demo-1',
    ],
    'waits a moment for a process that has just been started on it again': [
      fresh.withPod('demo-1', { etcd: { state: 'running', since: now - 1000 } }),
      'wait ClearingOldVolume demo-1',
    ],
    'deletes a new volume whose pod goes on running': [
      fresh.withPod('demo-1', { etcd: { state: 'running', since: now - 5_000 } }),
      'DeleteVolume demo-1',
    ],
    'deletes a volume that somebody made': [fresh.withVolume('demo-1', { clusterUid: undefined }), 'block RetainedVolumesFound demo-1'],
    'then writes the config': [cleared, 'WriteConfig demo-1=joining(0 2 1)'],
    'then deletes the pod that holds the old volume': [cleared.withConfig('demo-1', joining), 'DeletePod demo-1'],
    'deletes the pod on a lost node without its kubelet, once its volume is being deleted': [
      gone.withVolume('demo-1', { deleting: true }),
      'DeletePod demo-1 by force',
    ],
    'does not wait until Kubernetes has asked a kubelet on a lost node': [
      gone.withVolume('demo-1', { deleting: true }).withPod('demo-1', { endsBy: undefined }),
      'DeletePod demo-1 by force',
    ],
    'deletes the new volume as well, if its node was lost meanwhile': [gone, 'DeleteVolume demo-1'],
    'waits for a terminating pod whose node is ready': [
      gone.withNode('n3', { state: 'ready' }).withVolume('demo-1', { deleting: true }),
      'wait ClearingOldVolume demo-1',
    ],
    'waits for a terminating pod of whose node nothing is known': [
      gone.with({ nodes: new Map() }).withVolume('demo-1', { deleting: true }),
      'wait ClearingOldVolume demo-1',
    ],
    'then adds the learner': [ready, 'AddLearner demo-1'],
    'waits for a voter that is silent, because etcd adds none beside it': [ready.silent('demo-2'), 'wait MemberUnhealthy demo-2'],
    'is not held up by a size that can not be': [removed.resized(2), 'DeleteVolume demo-1'],
    'nor by a change that is not applied': [ready.withSpec({ version: '3.6.17' }), 'AddLearner demo-1'],
    'brings nobody back that is to leave': [removed.resized(1)],
    'adds nobody beside a member that somebody else added': [removed.withStranger()],
    'waits after a failed try': [ready.remembering(failedOnce), 'wait MemberNotStarting demo-1'],
    'lets the name go first whose pod can start': [
      five.withPod('demo-3', { unschedulable: '0/3 nodes are available', etcd: { state: 'none' } }),
      'DeleteVolume demo-4',
    ],
  })
})

describe('the plan of a replacement', () => {
  decides(planCluster, {
    'goes on although the spec can not be': [removed.resized(4), 'DeleteVolume demo-1'],
    'goes on before a change that is not supported': [removed.withSpec({ version: '3.6.17' }), 'DeleteVolume demo-1'],
    'goes before members leave': [
      aCluster({ size: 5 }).running().unlisted('demo-1').withoutConfig('demo-1').resized(3),
      'DeleteVolume demo-1',
    ],
    'keeps the pod of a name that failed to join': [
      aCluster()
        .running()
        .unlisted('demo-2')
        .withoutConfig('demo-2')
        .remembering({ failedJoins: new Map([['demo-2', { count: 1, at: now }]]) }),
      'wait MemberNotStarting demo-2',
    ],
    'replaces another failed member meanwhile': [
      aCluster({ size: 5 })
        .running()
        .unlisted('demo-4')
        .withoutConfig('demo-4')
        .remembering({ failedJoins: new Map([['demo-4', { count: 1, at: now }]]) })
        .crashed('demo-3', 'empty-volume'),
      'RemoveMember demo-3',
    ],
  })
})

test('the old claim is deleted by its uid', () => {
  expect(rejoin(removed)).toMatchObject({ step: { do: 'DeleteVolume', volume: 'data-demo-1', uid: 'volume-demo-1' } })
})
