import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { shortHash } from '../hash.ts'
import type { ClusterView } from './view.ts'

/**
 * The cluster ID that was pinned, wherever it is still written: in the status, on the StatefulSet, or on a volume of this
 * EtcdCluster. A status that was lost (a restore from a backup of the API objects) must not begin a second cluster.
 */
export function pinnedClusterId(view: Marked): string | undefined {
  const onSet = view.statefulSet.state === 'ours' ? view.statefulSet.value.clusterId : undefined
  return view.cluster.status?.clusterID ?? onSet ?? ownVolumes(view).find((volume) => volume.clusterId !== undefined)?.clusterId
}

/** Where a cluster ID is written. */
type Marked = Pick<ClusterView, 'cluster' | 'statefulSet' | 'volumes'>

/** The directory below /var/lib/etcd that this cluster's members use. */
export function incarnation(view: ClusterView): string {
  const onSet = view.statefulSet.state === 'ours' ? view.statefulSet.value.incarnation : undefined
  return (
    view.cluster.status?.bootstrap?.incarnation ??
    onSet ??
    ownVolumes(view).find((volume) => volume.incarnation !== undefined)?.incarnation ??
    firstIncarnation(view.cluster)
  )
}

/** A new directory per EtcdCluster: data of an earlier cluster of the same name is never opened and never overwritten. */
export function firstIncarnation(cluster: EtcdCluster): string {
  return shortHash([cluster.metadata.uid, 0])
}

function ownVolumes(view: Marked) {
  return view.volumes.filter((volume) => volume.clusterUid === view.cluster.metadata.uid)
}
