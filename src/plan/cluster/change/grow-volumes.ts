import type { EtcdCluster } from '../../../api/etcd-cluster.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { tooSmall } from '../../../model/cluster/volume-size.ts'
import { formatBytes, parseQuantity } from '../../../model/quantity.ts'
import { block, type Decision } from '../step.ts'

/** Reports a request for larger volumes. It blocks nothing else, because spec.storage.size can't be set back. */
export function growVolumes(view: ClusterView): Decision | undefined {
  const madeWith = view.statefulSet.state === 'ours' ? view.statefulSet.value.volumeSize : undefined
  const desired = String(view.cluster.spec.storage.size)
  if (madeWith === undefined) return undefined
  if (parseQuantity(madeWith) === parseQuantity(desired)) return reportSmaller(view)
  return block(
    'VolumeGrowthNotSupportedYet',
    `the volumes were made with ${madeWith} and spec.storage.size asks for ${desired}; this version of the operator cannot grow volumes, so they stay as they are. ${wayOut(view.cluster, madeWith)}`,
  )
}

/** Reports volumes smaller than the spec: an earlier version of the operator adopted volumes of any size. */
function reportSmaller(view: ClusterView): Decision | undefined {
  const small = tooSmall(
    view,
    view.volumes.filter(({ labelled, deleting }) => labelled && !deleting),
  )
  const [first] = small
  if (first === undefined) return undefined
  return block(
    'VolumeTooSmall',
    `${small.map(({ name, capacityBytes = 0 }) => `${name} has ${formatBytes(capacityBytes)}`).join(', ')}, and spec.storage.size asks for ${view.cluster.spec.storage.size}; this version of the operator cannot grow volumes. etcd's quota is made for the smallest volume. ${wayOut(view.cluster, formatBytes(first.capacityBytes ?? 0))}`,
  )
}

/** The schema refuses a lower value: only a new EtcdCluster of this name can have the old size. */
function wayOut({ metadata: { name }, spec }: EtcdCluster, madeWith: string): string {
  const retain = spec.storage.deletionPolicy === 'Retain' ? '' : 'set spec.storage.deletionPolicy to Retain, '
  return `To set the size back: ${retain}delete EtcdCluster ${name}, which keeps its volumes, and create it again with spec.storage.size ${madeWith} and spec.bootstrap.existingVolumes Adopt; its clients are not served in between. To move to larger volumes, restore a backup into a new EtcdCluster`
}
