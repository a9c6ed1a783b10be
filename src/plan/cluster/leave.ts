import { removalOf } from '../../model/cluster/approval.ts'
import { isStopped, leaderOf, podOf } from '../../model/cluster/members.ts'
import { isBeyondItsEnd, isOut, majorityWithout } from '../../model/cluster/out.ts'
import type { ClusterView, OurMember } from '../../model/cluster/view.ts'
import { type Decision, step, wait } from './step.ts'
import { stopServing } from './step-aside.ts'

/**
 * Removes a voter whose pod is already stopped, or has been asked to stop:
 *
 *   out of the client Service -> its pod has ended, or its node is lost -> MemberRemove
 *
 * undefined: the members that stay are no majority without it, so its pod has to come back.
 */
export function removeStopped(view: ClusterView, leaving: OurMember): Decision | undefined {
  if (!majorityWithout(view, leaving)) return undefined
  return (
    stopServing(view, leaving, { reason: 'ScalingDown' }) ??
    awaitStop(view, leaving) ??
    awaitOtherLeader(view, leaving) ??
    removeVoter(view, leaving)
  )
}

export function removeVoter(view: ClusterView, leaving: OurMember): Decision {
  const pod = podOf(view, leaving.name)
  const why =
    pod !== undefined && isBeyondItsEnd(view, pod)
      ? `: its pod should have terminated by now, and its node ${pod.node} does not report it`
      : ''
  // Safety: a majority of the list without this member is healthy, and this member doesn't lead.
  return step('ScalingDown', `removing ${leaving.name} from the member list${why}`, removalOf(leaving))
}

function awaitStop(view: ClusterView, leaving: OurMember): Decision | undefined {
  const pod = podOf(view, leaving.name)
  if (isOut(view, leaving) || isStopped(pod)) return undefined
  // Until the StatefulSet controller deletes the pod the wait is for that controller, and needs no quick looks.
  const recheckMs = pod?.endsBy === undefined ? 500 : 100
  return wait('MemberStopping', `waiting for pod ${leaving.name} to terminate`, recheckMs, { member: leaving.name, next: 'RemoveMember' })
}

/** The stopped member may have been the leader until a moment ago. */
export function awaitOtherLeader(view: ClusterView, leaving: OurMember): Decision | undefined {
  const leader = leaderOf(view)
  if (leader !== undefined && leader.id !== leaving.id) return undefined
  return wait('StartingMembers', 'waiting for a leader', 500, { member: leaving.name, next: 'RemoveMember' })
}
