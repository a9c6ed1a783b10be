import { describe, expect, test } from 'vitest'
import { deleteVolumes } from '../../../../../src/plan/cluster/people/delete-volumes.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { aCluster, now } from '../../../../builders/a-cluster.ts'
import { aRestoredCluster, atData, withRetained } from '../../../../builders/a-restored-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const finalizer = 'etcd-operator.dev/volumes'
const deleted = aCluster({ storage: { deletionPolicy: 'Delete' } })
  .running()
  .withFinalizers(finalizer)
  .deleted()
const stopped = deleted.withStatefulSet({ replicas: 0 })
const ending = ['demo-0', 'demo-1', 'demo-2'].reduce((scene, name) => scene.withPod(name, { endsBy: now + 30_000 }), stopped)
const ended = ['demo-0', 'demo-1', 'demo-2'].reduce((scene, name) => scene.withoutPod(name), stopped)
const emptied = ['demo-0', 'demo-1', 'demo-2'].reduce((scene, name) => scene.withVolume(name, { deleting: true }), ending)
const silent = ending.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2')
const withRetain = deleted.withSpec({ storage: { ...deleted.cluster.spec.storage, deletionPolicy: 'Retain' } })
const denied = { volumeDeletionDeniedAt: now }

describe('the volumes of an EtcdCluster that is being deleted', () => {
  decides(deleteVolumes, {
    'are no concern before that': [
      aCluster({ storage: { deletionPolicy: 'Delete' } })
        .running()
        .withFinalizers(finalizer),
    ],
    'are no concern without the finalizer: somebody removed it to keep them': [deleted.withFinalizers()],
    'have their pods ended first': [deleted, 'SetReplicas 0'],
    'have their pods ended first, whatever members answer': [deleted.withoutMajority().silent('demo-0').silent('demo-1'), 'SetReplicas 0'],
    'wait for pods that were not told to end yet': [stopped, 'wait Deleting'],
    'wait until the StatefulSet controller makes no more pods': [ended.withStatefulSet({ current: false }), 'wait Deleting'],
    'go while their pods are ending: Kubernetes keeps each until its pod has ended': [ending, 'DeleteVolume demo-0'],
    'go although no member ever answers': [silent, 'DeleteVolume demo-0'],
    'go although the cluster is paused': [ending.paused(), 'DeleteVolume demo-0'],
    'go one after the other': [ending.withVolume('demo-0', { deleting: true }), 'DeleteVolume demo-1'],
    'go when the garbage collector has taken the StatefulSet first': [
      ended.with({ statefulSet: { state: 'absent' } }),
      'DeleteVolume demo-0',
    ],
    'of a member that left and was retained go too': [emptied.withVolume('demo-4', { memberId: 'a4' }), 'DeleteVolume demo-4'],
    'that an earlier cluster left stay': [emptied.withVolume('demo-3', { clusterUid: 'earlier' }), 'RemoveFinalizer'],
    'without our label stay: they are somebody else’s': [emptied.withVolume('demo-3', { labelled: false }), 'RemoveFinalizer'],
    'let the EtcdCluster go when all are going': [emptied, 'RemoveFinalizer'],
    'let it go when there are none': [ended.with({ volumes: [] }), 'RemoveFinalizer'],
    'stay when the policy says Retain at that moment': [withRetain, 'RemoveFinalizer'],
    'stay when it says so while they are being deleted': [
      ending.withVolume('demo-0', { deleting: true }).withSpec({ storage: { ...deleted.cluster.spec.storage, deletionPolicy: 'Retain' } }),
      'RemoveFinalizer',
    ],
    'hold up no namespace that is being deleted': [deleted.with({ namespaceTerminating: true }), 'RemoveFinalizer'],
    'stay with pods that outlive the EtcdCluster (--cascade=orphan)': [deleted.withFinalizers('orphan', finalizer), 'RemoveFinalizer'],
    'stay with pods that outlived it': [deleted.with({ statefulSet: { state: 'foreign', uid: 'uid-set' } }), 'RemoveFinalizer'],
    'need a person where the operator may not delete them': [ending.remembering(denied), 'block MissingPermission'],
    'need nobody when a person has deleted them': [emptied.remembering(denied), 'RemoveFinalizer'],
    'do not wait for a pod of somebody else': [emptied.withPod('demo-7', { ours: false, endsBy: undefined }), 'RemoveFinalizer'],
    'of an unfinished restore go, whatever the policy': [
      atData(aRestoredCluster()).withVolume('demo-0').withFinalizers(finalizer).deleted(),
      'DeleteVolume demo-0',
    ],
    'of an unfinished restore that an earlier cluster left stay': [
      withRetained(atData(aRestoredCluster()), ['demo-0', 'demo-1']).withFinalizers(finalizer).deleted(),
      'RemoveFinalizer',
    ],
    'of a restore that is finished stay, as the policy says': [
      atData(aRestoredCluster()).pinned().withVolume('demo-0').withFinalizers(finalizer).deleted(),
      'RemoveFinalizer',
    ],
  })

  test('name the way out where a person is needed', () => {
    for (const view of [ending.remembering(denied), stopped])
      expect(deleteVolumes(view)).toMatchObject({
        message: expect.stringContaining('to keep the volumes, remove the finalizer etcd-operator.dev/volumes from EtcdCluster demo'),
      })
    expect(deleteVolumes(ending.remembering(denied))).toMatchObject({
      message: expect.stringContaining('delete data-demo-0, data-demo-1, data-demo-2'),
    })
  })

  test('come before anything that a paused or taken name would hold up', () => {
    expect(planCluster(ending.paused())).toMatchObject({ kind: 'step', step: { do: 'DeleteVolume' } })
    const foreign = [{ kind: 'Service', name: 'demo', object: { state: 'foreign', uid: 'x' } }] as const
    expect(planCluster(ending.with({ others: foreign }))).toMatchObject({ kind: 'step', step: { do: 'DeleteVolume' } })
  })
})
