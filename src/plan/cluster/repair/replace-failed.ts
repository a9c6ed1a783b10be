import { removalOf } from '../../../model/cluster/approval.ts'
import { type FailedMember, failedMembers } from '../../../model/cluster/failed.ts'
import { answerOf, isHealthy, leaderOf, voters } from '../../../model/cluster/members.ts'
import { majorityWithout } from '../../../model/cluster/out.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { unstartedLearner, wantedNames } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { awaitHealthy } from '../await-healthy.ts'
import { type Decision, step, wait } from '../step.ts'
import { stopServing } from '../step-aside.ts'

/**
 * Replaces a voter that has failed for good, one step at a time:
 *
 *   (finish) a member that was begun has started -> MemberRemove -> `rejoin`: its name joins again with a new ID and a new volume
 *
 * A removal costs no vote that is cast, so all failed voters are removed before the first of their names joins again: etcd adds no
 * member while a voter of its list is not connected.
 */
export function replaceFailed(view: ClusterView): Decision | undefined {
  const failed = failedMembers(view).filter(({ member }) => !member.isLearner)
  const [first] = failed
  if (first === undefined) return undefined
  const next = failed.find((one) => mayRemove(view, one))
  if (next === undefined) return awaitOthers(view, first)
  return awaitJoining(view, next) ?? sendClientsElsewhere(view, next) ?? remove(view, next)
}

/** Whether another member leads and a majority of the list without the failed member is healthy. */
function mayRemove(view: ClusterView, { member }: FailedMember): boolean {
  const leader = leaderOf(view)
  return leader !== undefined && leader.id !== member.id && majorityWithout(view, member)
}

/** Only a member that runs serves clients. */
function sendClientsElsewhere(view: ClusterView, { member, reason }: FailedMember): Decision | undefined {
  return answerOf(view, member.name) === undefined ? undefined : stopServing(view, member, { reason })
}

function remove(view: ClusterView, { member, reason, message }: FailedMember): Decision {
  const joins = wantedNames(view).includes(member.name) ? `, and ${member.name} joins again with a new ID and a new volume` : ''
  // Safety: it can't come back under its ID, another member leads, and a majority of the shorter list is healthy without it.
  return step(reason, `${message}; it is removed from the member list${joins}`, removalOf(member))
}

/** A learner that is starting right now needs the list as it is; one that can't start is not waited for. */
function awaitJoining(view: ClusterView, { member, message }: FailedMember): Decision | undefined {
  const joining = unstartedLearner(view)
  if (joining === undefined || podTrouble(view, joining.name) !== undefined) return undefined
  return wait('StartingMembers', `${message}; it is replaced when ${joining.name}, which is starting, has started`, 500, {
    member: member.name,
    next: 'RemoveMember',
  })
}

/** The other members are no majority without it: the members that have not failed are waited for. */
function awaitOthers(view: ClusterView, { member, message }: FailedMember): Decision {
  const about = { member: member.name, next: 'RemoveMember' } as const
  const until = `; then ${member.name} is replaced: ${message}`
  if (leaderOf(view) === undefined) return wait('StartingMembers', `waiting for a leader${until}`, 500, about)
  const failed = new Set(failedMembers(view).map((one) => one.member.id))
  const sick = voters(view).find((voter) => !failed.has(voter.id) && !isHealthy(view, voter))
  return sick === undefined
    ? wait('StartingMembers', `waiting for a leader${until}`, 500, about)
    : awaitHealthy(view, sick, { ...about, until })
}
