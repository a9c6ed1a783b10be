import type { ClusterView } from '../../../model/cluster/view.ts'
import { parseQuantity } from '../../../model/quantity.ts'
import { block, type Decision } from '../step.ts'

/** A larger volume; it holds nothing else up, because the field can't be set back. */
export function growVolumes(view: ClusterView): Decision | undefined {
  const madeWith = view.statefulSet.state === 'ours' ? view.statefulSet.value.volumeSize : undefined
  const desired = String(view.cluster.spec.storage.size)
  if (madeWith === undefined || parseQuantity(madeWith) === parseQuantity(desired)) return undefined
  return block(
    'VolumeGrowthNotSupportedYet',
    `the volumes were made with ${madeWith} and spec.storage.size asks for ${desired}; this version of the operator cannot grow volumes, so they stay as they are`,
  )
}
