import { neverHeldData, retainedVolumes } from '../../../model/cluster/retained-volumes.ts'
import { isVolumeDeletionDenied } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision, step } from '../step.ts'

/**
 * Claims of an earlier cluster of this name that never had a volume, for example because their StorageClass was mistyped. They hold
 * no data, and they must be deleted: the new cluster would wait for the same volume.
 */
export function clearUnusedVolumes(view: ClusterView): Decision | undefined {
  const [unused] = retainedVolumes(view).filter((volume) => neverHeldData(volume) && !volume.deleting)
  if (unused === undefined) return undefined
  const { name, uid, member } = unused
  if (isVolumeDeletionDenied(view)) {
    return block(
      'MissingPermission',
      `the operator may not delete ${name}, a claim of an earlier cluster of this name that never had a volume; delete it, or allow the operator to`,
    )
  }
  // Safety: the claim never had a volume; as soon as it gets one its resourceVersion is another, and it is not deleted.
  return step('ClearingOldVolume', `deleting ${name}, a claim of an earlier cluster of this name that never had a volume`, {
    do: 'DeleteVolume',
    member,
    volume: name,
    uid,
  })
}
