import { corruptAlarms, refusedByPeers } from '../../../model/cluster/data-signs.ts'
import { voters } from '../../../model/cluster/members.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { voteOfNow } from '../../../model/cluster/wrong-data.ts'
import { type Decision, wait } from '../step.ts'

/**
 * While something says that the data of members differs nothing else is done: a healthy member that restarts while a wrong one runs does
 * not come back, and a member that joins may copy the wrong data.
 */
export function awaitComparison(view: ClusterView): Decision | undefined {
  const [refused] = refusedByPeers(view)
  const isAlarmed = corruptAlarms(view).length > 0
  if (!isAlarmed && refused === undefined) return undefined
  // The only voter has nobody to be compared with: a person is told at once.
  if (voteOfNow(view) !== undefined || voters(view).length < 2) return undefined
  const sign = isAlarmed
    ? "etcd's CORRUPT alarm is raised"
    : `${refused?.name} does not start, because its data differs from a member's that runs`
  const why = view.hashVote.known ? 'the member list has just changed' : view.hashVote.why
  return wait('ComparingData', `${sign}; the data of the voters is compared, and nothing else is done meanwhile: ${why}`, 500)
}
