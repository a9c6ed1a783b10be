import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { volumesFinalizer } from '../../api/labels.ts'
import type { ClusterView, VolumeFacts } from './view.ts'

/**
 * Whether the volumes are deleted with the EtcdCluster: by spec.storage.deletionPolicy, which no answer of a member changes.
 * The volumes of an unfinished restore always are: no Service has sent clients to it, so nobody has written to it.
 */
export function volumesGoToo(cluster: EtcdCluster): boolean {
  return cluster.spec.storage.deletionPolicy === 'Delete' || isUnfinishedRestore(cluster)
}

export function hasVolumesFinalizer({ metadata }: EtcdCluster): boolean {
  return metadata.finalizers?.includes(volumesFinalizer) ?? false
}

/**
 * The volumes that are deleted with this EtcdCluster: those that carry the UID of this very EtcdCluster. Never a volume that an
 * earlier cluster of its name left, and for an unfinished restore never a volume that is marked with a member ID.
 */
export function volumesToDelete({ cluster, volumes }: ClusterView): readonly VolumeFacts[] {
  const own = volumes.filter(({ labelled, clusterUid }) => labelled && clusterUid === cluster.metadata.uid)
  return cluster.spec.storage.deletionPolicy === 'Delete' ? own : own.filter(({ clusterId, memberId }) => !clusterId && !memberId)
}

function isUnfinishedRestore({ status }: EtcdCluster): boolean {
  return status?.bootstrap?.restore !== undefined && status.clusterID === undefined
}
