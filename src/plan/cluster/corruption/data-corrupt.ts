import { corruption } from '../../../model/cluster/dangers.ts'
import { corruptAlarms, refusedByPeers } from '../../../model/cluster/data-signs.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { voteOfNow } from '../../../model/cluster/wrong-data.ts'
import { block, type Decision } from '../step.ts'

/**
 * Members hold different data, and no majority tells which of them is right: no member is added, promoted, stopped or removed, no
 * leadership moves and no volume is deleted, because each of these may spread the wrong data or end the right one.
 */
export function dataCorrupt(view: ClusterView): Decision | undefined {
  const vote = voteOfNow(view)
  if (vote?.verdict === 'agree') return undefined
  if (vote === undefined && corruptAlarms(view).length === 0 && refusedByPeers(view).length === 0) return undefined
  const corrupt = corruption(view)
  return corrupt && block(corrupt.reason, corrupt.message)
}
