import { reloadsAtOnce } from '../tls/must-reload.ts'
import { removalOf } from './approval.ts'
import { podOf, voters } from './members.ts'
import type { ClusterView, OurMember } from './view.ts'
import { mayDisrupt } from './windows.ts'

/**
 * A member's turn to be restarted or removed: whether it waits for a maintenance window, or has begun. A turn has begun when the member is
 * out of the client Service; what was begun is finished in any hour.
 */

/** A CA whose key may be in other hands is forgotten at any hour. */
export function restartWaitsForWindow(view: ClusterView, { name }: Pick<OurMember, 'name'>): boolean {
  const pod = podOf(view, name)
  return pod?.serving === true && !reloadsAtOnce(view, pod) && !mayDisrupt(view, restartOf(name, pod.uid))
}

/** An even number of voters is no size of a cluster: another member, or the one that an exchange is for, has left or joined before. */
export function leaveWaitsForWindow(view: ClusterView, member: OurMember): boolean {
  const isBegun = podOf(view, member.name)?.serving !== true || voters(view).length % 2 === 0
  return !isBegun && !mayDisrupt(view, removalOf(member))
}

/** The step that restarts a member; it stands for the whole turn, and its hash is the ID that a person approves of. */
export function restartOf(member: string, uid: string) {
  return { do: 'DeletePod', member, uid } as const
}
