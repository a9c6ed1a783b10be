import { retainedVolumes } from '../../../model/cluster/retained-volumes.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { tooSmall } from '../../../model/cluster/volume-size.ts'
import { formatBytes } from '../../../model/quantity.ts'
import { block, type Decision } from '../step.ts'

/** Retained volumes that a cluster would begin on, and that have less than its spec asks for. Nothing is begun yet: the spec can be right. */
export function volumesTooSmall(view: ClusterView): Decision | undefined {
  const small = tooSmall(view, retainedVolumes(view))
  if (small.length === 0) return undefined
  const sizes = small.map(({ name, capacityBytes = 0 }) => `${name} has ${formatBytes(capacityBytes)}`).join(', ')
  const smallest = Math.min(...small.map(({ capacityBytes = 0 }) => capacityBytes))
  return block(
    'VolumeTooSmall',
    `${sizes}, and spec.storage.size asks for ${view.cluster.spec.storage.size}: etcd's quota would be made for a disk that isn't there. Delete this EtcdCluster, which keeps these volumes, and create it again with spec.storage.size ${formatBytes(smallest)}; or delete these PersistentVolumeClaims when their data is not needed`,
  )
}
