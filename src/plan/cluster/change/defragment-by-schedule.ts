import { winOf } from '../../../model/cluster/space.ts'
import type { ClusterView, ServingAnswer } from '../../../model/cluster/view.ts'
import { parseQuantity } from '../../../model/quantity.ts'
import { previousRun, problemOf } from '../../../model/schedule/cron.ts'
import { isCalm, nextDefragmentation } from '../defragment.ts'
import type { Decision } from '../step.ts'

/** A run goes on for so long, and begins within it or is skipped. */
const runMs = 60 * 60_000

/**
 * Defragments, one after the other, the members that have enough free space in their database, within an hour of each time of
 * spec.maintenance.defragment. What was done is seen from the databases themselves: a member that was defragmented has no free space.
 */
export function defragmentBySchedule(view: ClusterView): Decision | undefined {
  const wish = view.cluster.spec.maintenance.defragment
  if (wish === undefined || problemOf(wish) !== undefined || !isCalm(view)) return undefined
  const due = previousRun(wish, view.now)
  if (due === undefined || view.now - due >= runMs || due < Date.parse(view.cluster.metadata.creationTimestamp)) return undefined
  const { percent, bytes } = wish.freeSpaceAbove
  const isWorthIt = (answer: ServingAnswer) =>
    winOf(answer) >= (parseQuantity(bytes) ?? Number.POSITIVE_INFINITY) && winOf(answer) * 100 >= answer.dbBytes * percent
  return nextDefragmentation(view, 'Defragmenting', isWorthIt).next
}
