import {
  answerOf,
  byOrdinal,
  isHealthy,
  isOurs,
  isStopped,
  leaderOf,
  listed,
  podOf,
  raftLag,
  replicasFor,
  voters,
} from '../../../model/cluster/members.ts'
import { quorum } from '../../../model/cluster/quorum.ts'
import { inSyncEntries, leavingMembers } from '../../../model/cluster/scaling.ts'
import type { ClusterView, Member } from '../../../model/cluster/view.ts'
import { type Decision, step, wait } from '../step.ts'

type OurMember = Member & { readonly name: string }

/**
 * Takes members out, the highest ordinals first, one at a time:
 *
 *   out of the client Service -> leadership moved -> pod ended by SIGTERM -> MemberRemove -> (settle) config and volume
 *
 * It can turn back until MemberRemove. The process is ended first because a removed follower goes on accepting clients for
 * a second and loses their proposals; from two voters it is removed first, because one voter alone has no majority of two.
 */
export function scaleDown(view: ClusterView): Decision | undefined {
  const [leaving] = leavingMembers(view)
  if (leaving === undefined) return undefined
  // Safety: a learner carries no vote.
  if (leaving.isLearner)
    return step('ScalingDown', `removing learner ${leaving.name}`, {
      do: 'RemoveMember',
      member: leaving.name,
      id: leaving.id,
      failedToJoin: false,
    })
  return (
    waitForOthers(view, leaving) ??
    stopServing(view, leaving) ??
    moveLeader(view, leaving) ??
    (voters(view).length > 2 ? stopThenRemove(view, leaving) : remove(leaving))
  )
}

/** A failed member is repaired or removed before a healthy one leaves. */
function waitForOthers(view: ClusterView, leaving: OurMember): Decision | undefined {
  const others = voters(view).filter((member) => member.id !== leaving.id)
  const sick = others.find((member) => !isHealthy(view, member))
  if (sick === undefined && others.length >= quorum(Math.max(1, voters(view).length - 1))) return undefined
  return wait('MemberUnhealthy', `${sick?.name ?? 'a member'} does not answer; ${leaving.name} leaves when all others do`, 1000, {
    member: leaving.name,
    next: 'RemoveMember',
  })
}

function stopServing(view: ClusterView, leaving: OurMember): Decision | undefined {
  const pod = podOf(view, leaving.name)
  if (pod === undefined || !pod.serving) return undefined
  return step('ScalingDown', `taking ${leaving.name} out of the client Service`, {
    do: 'StopServing',
    member: leaving.name,
    uid: pod.uid,
  })
}

function moveLeader(view: ClusterView, leaving: OurMember): Decision | undefined {
  const leader = leaderOf(view)
  if (leader === undefined) return wait('StartingMembers', 'waiting for a leader', 500, { next: 'MoveLeader' })
  if (leader.id !== leaving.id) return undefined
  const order = byOrdinal(view)
  const heir = voters(view)
    .filter(isOurs)
    .filter((member) => member.id !== leaving.id && (raftLag(view, member) ?? Number.POSITIVE_INFINITY) <= inSyncEntries)
    .toSorted(
      (a, b) => (answerOf(view, b.name)?.raftAppliedIndex ?? 0) - (answerOf(view, a.name)?.raftAppliedIndex ?? 0) || order(a.name, b.name),
    )
    .find((member) => !leavingMembers(view).some(({ id }) => id === member.id))
  if (heir === undefined)
    return wait('LearnerCatchingUp', `no other member has the leader's log yet; ${leaving.name} leaves when one does`, 500, {
      member: leaving.name,
      next: 'MoveLeader',
    })
  return step('ScalingDown', `moving the leadership from ${leaving.name} to ${heir.name}`, {
    do: 'MoveLeader',
    member: leaving.name,
    id: leaving.id,
    to: heir.name,
    toId: heir.id,
  })
}

function stopThenRemove(view: ClusterView, leaving: OurMember): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  const staying = listed(view).flatMap((member) => (member.name !== undefined && member.id !== leaving.id ? member.name : []))
  const needed = replicasFor(view, staying)
  const isHighest = replicasFor(view, [leaving.name]) > needed
  if (isHighest && view.statefulSet.value.replicas > needed) {
    // Safety: all other voters are healthy, and without this one they are still a majority of the list.
    return step('ScalingDown', `ending ${leaving.name}`, {
      do: 'SetReplicas',
      uid: view.statefulSet.uid,
      replicas: needed,
      member: leaving.name,
    })
  }
  if (isHighest && !isStopped(podOf(view, leaving.name)))
    return wait('MemberStopping', `waiting for ${leaving.name} to end`, 100, { member: leaving.name, next: 'RemoveMember' })
  return remove(leaving)
}

function remove(leaving: OurMember): Decision {
  // Safety: all other voters are healthy (checked above), so the shorter list has its majority; this one doesn't lead.
  return step('ScalingDown', `removing ${leaving.name} from the member list`, {
    do: 'RemoveMember',
    member: leaving.name,
    id: leaving.id,
    failedToJoin: false,
  })
}
