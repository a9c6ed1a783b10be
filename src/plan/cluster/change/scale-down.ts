import { removalOf } from '../../../model/cluster/approval.ts'
import { listed, replicasFor, voters } from '../../../model/cluster/members.ts'
import { isOut } from '../../../model/cluster/out.ts'
import { areWantedIn, leavingMembers } from '../../../model/cluster/scaling.ts'
import { leaveWaitsForWindow } from '../../../model/cluster/turns.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { removeStopped, removeVoter } from '../leave.ts'
import { awaitWindow } from '../maintenance-window.ts'
import { type Decision, step } from '../step.ts'
import { awaitOthers, stepAside } from '../step-aside.ts'

/**
 * Removes members one at a time; first those whose process was already stopped, then the highest ordinals:
 *
 *   out of the client Service -> leadership moved -> pod ended by SIGTERM -> MemberRemove -> (finish) config and volume
 *
 * A healthy member begins to leave while a maintenance window is open, and only when every wanted member has its vote. A change of spec.size can turn everything back until MemberRemove.
 * The process is stopped before the member is removed, because a removed follower accepts clients for another second and loses their
 * proposals. With two voters the member is removed first, because one of two voters is no majority.
 */
export function scaleDown(view: ClusterView): Decision | undefined {
  const [leaving] = leavingMembers(view)
  if (leaving === undefined) return undefined
  // Safety: a learner carries no vote.
  if (leaving.isLearner) return step('ScalingDown', `removing learner ${leaving.name}`, removalOf(leaving))
  if (isOut(view, leaving)) return removeStopped(view, leaving) ?? awaitOthers(view, leaving, toLeave)
  // A wanted member joins first: scaleUp, awaitStart and awaitLearners say what is waited for.
  if (!areWantedIn(view)) return undefined
  const held = leaveWaitsForWindow(view, leaving) ? awaitWindow(view, removalOf(leaving), `removing ${leaving.name}`) : undefined
  if (held !== undefined) return held
  return stepAside(view, leaving, toLeave) ?? (voters(view).length > 2 ? stop(view, leaving) : removeVoter(view, leaving))
}

const toLeave = { reason: 'ScalingDown', verb: 'leaves', next: 'RemoveMember' } as const

function stop(view: ClusterView, leaving: OurMember): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  const staying = listed(view).flatMap((member) => (member.name !== undefined && member.id !== leaving.id ? member.name : []))
  const needed = replicasFor(view, staying)
  // Safety: all other voters are healthy, and without this one they are still a majority of the list.
  if (replicasFor(view, [leaving.name]) > needed && view.statefulSet.value.replicas > needed)
    return step('ScalingDown', `ending ${leaving.name}`, {
      do: 'SetReplicas',
      uid: view.statefulSet.uid,
      replicas: needed,
      member: leaving.name,
    })
  return removeStopped(view, leaving)
}
