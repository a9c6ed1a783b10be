import { hasFreeSpaceFor } from '../../../model/cluster/space.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { opensAt } from '../../../model/cluster/windows.ts'
import { previousRun, problemOf } from '../../../model/schedule/cron.ts'
import { isCalm, nextDefragmentation } from '../defragment.ts'
import type { Decision } from '../step.ts'

/** How long after each time of the schedule members are defragmented; a time that can't be kept within it is skipped. */
const runMs = 60 * 60_000

/**
 * Defragments, one after the other, the members that have enough free space in their database, within an hour from each time of
 * spec.maintenance.defragment; a time outside the maintenance windows is made up for when the next window opens. Nothing is remembered of a run: a member that was defragmented has no free space any more.
 */
export function defragmentBySchedule(view: ClusterView): Decision | undefined {
  const wanted = view.cluster.spec.maintenance.defragment
  if (wanted === undefined || problemOf(wanted) !== undefined || !isCalm(view)) return undefined
  const due = previousRun(wanted, view.now)
  if (due === undefined || due < Date.parse(view.cluster.metadata.creationTimestamp)) return undefined
  const from = opensAt(view.cluster, due)
  if (from === undefined || view.now < from || view.now - from >= runMs || opensAt(view.cluster, view.now) !== view.now) return undefined
  return nextDefragmentation(view, 'Defragmenting', (answer) => hasFreeSpaceFor(wanted, answer)).next
}
