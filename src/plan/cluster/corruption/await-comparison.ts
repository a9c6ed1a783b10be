import { corruptAlarms, refusalInWords, refusedByPeers } from '../../../model/cluster/data-signs.ts'
import { voters } from '../../../model/cluster/members.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { voteOfNow } from '../../../model/cluster/wrong-data.ts'
import { type Decision, wait } from '../step.ts'

/**
 * While something says that the data of members differs nothing else is done: a healthy member that restarts does not come back while a
 * member with wrong data runs, and a member that joins may copy the wrong data.
 */
export function awaitComparison(view: ClusterView): Decision | undefined {
  const [refused] = refusedByPeers(view)
  const isAlarmed = corruptAlarms(view).length > 0
  if (!isAlarmed && refused === undefined) return undefined
  // A single voter can't be compared with any other: `dataCorrupt` tells a person at once.
  if (voteOfNow(view) !== undefined || voters(view).length < 2) return undefined
  const sign = isAlarmed || refused === undefined ? "etcd's CORRUPT alarm is raised" : refusalInWords(refused.name)
  const why = view.hashVote.known ? 'the member list has just changed' : view.hashVote.why
  return wait('ComparingData', `${sign}; the operator compares the data of all voters, and does nothing else meanwhile: ${why}`, 500)
}
