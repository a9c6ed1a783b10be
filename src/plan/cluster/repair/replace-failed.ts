import { isHealthy, isOurs, isStarted, leaderOf, voters } from '../../../model/cluster/members.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { leavingMembers, startDeadlineMs, unstartedMs } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision, step } from '../step.ts'

/**
 * A member of the first list that had not started when the cluster ID was pinned: it is removed from the list and added again
 * as a learner, because a config that begins a cluster is never written a second time.
 */
export function replaceNeverStarted(view: ClusterView): Decision | undefined {
  const member = voters(view)
    .filter(isOurs)
    .find((voter) => !voter.published && !isStarted(view, voter))
  if (member === undefined || unstartedMs(view, member) < startDeadlineMs) return undefined
  const others = voters(view).filter((voter) => voter.id !== member.id)
  if (!others.every((voter) => isHealthy(view, voter)) || leaderOf(view)?.id === member.id) return undefined
  // Safety: all others are healthy, so the majority of the shorter list stands without it; its ID never comes back.
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

/** A voter without its log is never started again under its old ID; replacing it is not supported yet. */
export function reportLostVolume(view: ClusterView): Decision | undefined {
  const leaving = new Set(leavingMembers(view).map(({ id }) => id))
  for (const member of voters(view).filter(isOurs)) {
    const trouble = podTrouble(view, member.name)
    if (trouble?.reason !== 'VolumeLost' || leaving.has(member.id)) continue
    return block(
      'VolumeLost',
      `${trouble.message}. While all other members are ready run etcdctl member remove ${member.id} on one of them, and the operator adds ${member.name} again with a new volume. Never bring an older copy of its disk back: the other members go on serving`,
      { member: member.name },
    )
  }
  return undefined
}
