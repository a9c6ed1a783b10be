import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { volumesFinalizer } from '../../api/labels.ts'
import type { ClusterView, VolumeFacts } from './view.ts'

/**
 * Whether the volumes are deleted when the EtcdCluster is: by spec.storage.deletionPolicy, which no answer of a member changes.
 * An unfinished restore is nobody's data, whatever the policy: no Service has led clients to it.
 */
export function volumesGoToo(cluster: EtcdCluster): boolean {
  return cluster.spec.storage.deletionPolicy === 'Delete' || isUnfinishedRestore(cluster)
}

export function hasVolumesFinalizer({ metadata }: EtcdCluster): boolean {
  return metadata.finalizers?.includes(volumesFinalizer) ?? false
}

/**
 * The volumes that the deletion of this EtcdCluster deletes: those that were made for this very EtcdCluster, by its UID. Never a
 * volume that an earlier cluster of its name left, and of an unfinished restore never a volume that names a member.
 */
export function volumesToDelete({ cluster, volumes }: ClusterView): readonly VolumeFacts[] {
  const own = volumes.filter(({ labelled, clusterUid }) => labelled && clusterUid === cluster.metadata.uid)
  return cluster.spec.storage.deletionPolicy === 'Delete' ? own : own.filter(({ clusterId, memberId }) => !clusterId && !memberId)
}

function isUnfinishedRestore({ status }: EtcdCluster): boolean {
  return status?.bootstrap?.restore !== undefined && status.clusterID === undefined
}
