import { dangerOf } from '../../../model/cluster/dangers.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** While a member's volume is being deleted, no other member is removed. Members may still be added: that is the way out. */
export function volumeBeingDeleted(view: ClusterView): Decision | undefined {
  const danger = dangerOf(view)
  return danger && block(danger.reason, danger.message)
}
