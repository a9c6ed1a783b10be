import { volumesFinalizer } from '../../../api/labels.ts'
import { hasVolumesFinalizer, volumesGoToo, volumesToDelete } from '../../../model/cluster/deletion.ts'
import { isVolumeDeletionDenied } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision, step, wait } from '../step.ts'

/**
 * What happens to an EtcdCluster that is being deleted and has the finalizer. No member is asked: no answer would change anything.
 *
 *   no pod is made any more -> every pod is going -> each volume deleted by its uid -> finalizer removed
 *
 * The pods are deleted first, because the StatefulSet would create a new claim for each pod that it creates.
 */
export function deleteVolumes(view: ClusterView): Decision | undefined {
  const { cluster } = view
  if (cluster.metadata.deletionTimestamp === undefined || !hasVolumesFinalizer(cluster)) return undefined
  if (!volumesGoToo(cluster)) return letGo('the volumes stay, as spec.storage.deletionPolicy says')
  if (view.namespaceTerminating) return letGo('the namespace is being deleted, and its volumes with it')
  if (isOrphaned(view)) return letGo('the pods were told to outlive the EtcdCluster, so their volumes stay')
  return endPods(view) ?? awaitPods(view) ?? deleteVolume(view) ?? letGo('its volumes are deleted')
}

function letGo(why: string): Decision {
  // Safety: what the finalizer waits for is done, by a live look, or must not be done; removing it deletes no volume.
  return step('Deleting', `removing the finalizer of the EtcdCluster: ${why}`, { do: 'RemoveFinalizer' })
}

/** `kubectl delete --cascade=orphan`: the garbage collector removes the owner reference of the StatefulSet, whose pods run on. */
function isOrphaned({ cluster, statefulSet }: ClusterView): boolean {
  return statefulSet.state === 'foreign' || cluster.metadata.finalizers?.includes('orphan') === true
}

function endPods({ statefulSet }: ClusterView): Decision | undefined {
  if (statefulSet.state !== 'ours' || statefulSet.deleting || statefulSet.value.replicas === 0) return undefined
  // Safety: the deletion of the EtcdCluster can't be taken back, and its garbage collection ends the same pods.
  return step('Deleting', 'deleting the pods, so that the StatefulSet creates no new volume', {
    do: 'SetReplicas',
    uid: statefulSet.uid,
    replicas: 0,
  })
}

function awaitPods(view: ClusterView): Decision | undefined {
  const { statefulSet, pods } = view
  const living = pods.filter((pod) => pod.ours && pod.endsBy === undefined).map(({ name }) => name)
  if (living.length > 0) return pending(view, `waiting for ${living.join(', ')} to be deleted`)
  if (statefulSet.state !== 'ours' || statefulSet.deleting || statefulSet.value.current) return undefined
  return pending(view, 'waiting for the StatefulSet controller to create no more pods')
}

function deleteVolume(view: ClusterView): Decision | undefined {
  const [volume] = volumesToDelete(view).filter(({ deleting }) => !deleting)
  if (volume === undefined) return undefined
  if (isVolumeDeletionDenied(view)) {
    const names = volumesToDelete(view).map(({ name }) => name)
    return block(
      'MissingPermission',
      `the operator may not delete PersistentVolumeClaims, and spec.storage.deletionPolicy is Delete: delete ${names.join(', ')}, or allow the operator to; ${wayOut(view)}`,
    )
  }
  // Safety: the user deleted the EtcdCluster, and its policy says Delete; the claim carries the UID of this very EtcdCluster.
  return step('Deleting', `deleting ${volume.name}, as spec.storage.deletionPolicy says`, {
    do: 'DeleteVolume',
    member: volume.member,
    volume: volume.name,
    uid: volume.uid,
  })
}

function pending(view: ClusterView, message: string): Decision {
  return wait('Deleting', `${message}; ${wayOut(view)}`, 500)
}

function wayOut({ cluster }: ClusterView): string {
  return `to keep the volumes, remove the finalizer ${volumesFinalizer} from EtcdCluster ${cluster.metadata.name}`
}
