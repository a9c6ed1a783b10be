import { isOurs, isStarted, leaderOf, voters } from '../../../model/cluster/members.ts'
import { majorityWithout } from '../../../model/cluster/out.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { startDeadlineMs, unstartedMs } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { type Decision, step } from '../step.ts'

/**
 * A member of the first list that had not started when the cluster ID was pinned: it is removed from the list and added again
 * as a learner, because a config that begins a cluster is never written a second time.
 */
export function replaceNeverStarted(view: ClusterView): Decision | undefined {
  const member = voters(view)
    .filter(isOurs)
    .find((voter) => !voter.published && !isStarted(view, voter))
  if (member === undefined || unstartedMs(view, member) < startDeadlineMs) return undefined
  const leader = leaderOf(view)
  if (leader === undefined || leader.id === member.id || !majorityWithout(view, member)) return undefined
  // Safety: another member leads, and a majority of the shorter list is healthy without it; its ID never comes back.
  return step(
    'NeverStarted',
    `${podTrouble(view, member.name)?.message ?? `${member.name} never started`}; it is taken off the list and joins again as a learner`,
    {
      do: 'RemoveMember',
      member: member.name,
      id: member.id,
      failedToJoin: true,
    },
  )
}
