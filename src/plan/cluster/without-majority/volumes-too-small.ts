import { retainedVolumes } from '../../../model/cluster/retained-volumes.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { tooSmall } from '../../../model/cluster/volume-size.ts'
import { formatBytes } from '../../../model/quantity.ts'
import { block, type Decision } from '../step.ts'

/** A cluster would begin on retained volumes that are smaller than its spec asks for. Nothing has begun, so the spec can still change. */
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
