import { isStopped, listed, podOf, replicasFor, voters } from '../../../model/cluster/members.ts'
import { leavingMembers } from '../../../model/cluster/scaling.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { type Decision, step, wait } from '../step.ts'
import { stepAside } from '../step-aside.ts'

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
    stepAside(view, leaving, { reason: 'ScalingDown', verb: 'leaves', next: 'RemoveMember' }) ??
    (voters(view).length > 2 ? stopThenRemove(view, leaving) : remove(leaving))
  )
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
