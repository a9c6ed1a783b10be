import { dangerOf } from '../../../model/cluster/dangers.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** While the data of a member is about to go, no other member leaves. Members are added all the same: that is the way out. */
export function volumeBeingDeleted(view: ClusterView): Decision | undefined {
  const danger = dangerOf(view)
  return danger && block(danger.reason, danger.message)
}
