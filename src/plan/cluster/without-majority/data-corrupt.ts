import { corruption } from '../../../model/cluster/dangers.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/**
 * Members hold different data, and nobody knows yet which of them is right: no member is added, promoted, stopped or removed, no
 * leadership moves and no volume is deleted, because each of these may spread the wrong data or end the right one.
 */
export function dataCorrupt(view: ClusterView): Decision | undefined {
  const corrupt = corruption(view)
  return corrupt && block(corrupt.reason, corrupt.message)
}
