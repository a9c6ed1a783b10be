import { removalOf } from '../../../model/cluster/approval.ts'
import {
  exchangeWaitsForWindow,
  hasSpare,
  isGone,
  membersToExchange,
  othersLoseVolumes,
  spareName,
} from '../../../model/cluster/exchange.ts'
import { answerOf, isOurs, listed, podOf, voters } from '../../../model/cluster/members.ts'
import { isOut, majorityWithout } from '../../../model/cluster/out.ts'
import type { ClusterView, OurMember, PodFacts } from '../../../model/cluster/view.ts'
import { awaitApproval } from '../approval.ts'
import { awaitOtherLeader } from '../leave.ts'
import { awaitWindow } from '../maintenance-window.ts'
import { type Decision, step, wait } from '../step.ts'
import { awaitOthers, awaitServing, stepAside } from '../step-aside.ts'

/**
 * Removes a member that spec.repair.replaceMembers names, once a spare has its vote (model/cluster/exchange.ts):
 *
 *   (scaleUp: spare) -> out of the client Service -> leadership moved -> process ended by SIGTERM -> MemberRemove -> (scaleUp: its name)
 *
 * The process is ended first, because a removed follower accepts clients for another moment and loses their proposals. A member that does
 * not run, and does not come back by itself, is removed without a spare and in any hour; the exchange of a healthy member begins while a
 * maintenance window is open.
 */
export function exchangeMember(view: ClusterView): Decision | undefined {
  const [member] = membersToExchange(view)
  if (member === undefined || !listed(view).every(isOurs) || othersLoseVolumes(view, member)) return undefined
  const removal = step('ExchangingMember', `removing ${member.name} (${member.id}), which is exchanged${beside(view)}`, removalOf(member))
  if (isOut(view, member)) {
    if (!majorityWithout(view, member) || !(hasSpare(view) || isGone(view, member))) return undefined
    // Safety: a majority of the list without this member is healthy; its process does not run or its node is lost, and it doesn't lead.
    return awaitApproval(view, removal) ?? awaitOtherLeader(view, member) ?? removal
  }
  const held = exchangeWaitsForWindow(view, member)
    ? awaitWindow(view, removal.step, `exchanging ${member.name} (${member.id})`)
    : undefined
  if (held !== undefined || !hasSpare(view)) return held
  // Safety: the spare has its vote, all others are healthy, and this member doesn't lead: the majority of the list stands without it.
  return (
    awaitOthers(view, member, toBeExchanged) ??
    awaitServing(view, member, toBeExchanged) ??
    awaitApproval(view, removal) ??
    stepAside(view, member, toBeExchanged) ??
    endProcess(view, member) ??
    removal
  )
}

const toBeExchanged = { reason: 'ExchangingMember', verb: 'is exchanged', next: 'RemoveMember' } as const

/**
 * Ends the process once. With two voters the member is removed first, because one of two voters is no majority; its process exits by
 * itself.
 */
function endProcess(view: ClusterView, { name }: OurMember): Decision | undefined {
  const pod = podOf(view, name)
  if (pod === undefined || voters(view).length <= 2) return undefined
  if (pod.endsBy === undefined) {
    if (cameBack(view, pod)) return undefined
    // Safety: all other voters are healthy and a majority without this one, and clients are sent elsewhere; the claim stays.
    return step('ExchangingMember', `deleting pod ${name}, whose member is exchanged`, { do: 'DeletePod', member: name, uid: pod.uid })
  }
  if (answerOf(view, name)?.serves !== true) return undefined
  return wait('MemberStopping', `waiting for ${name} to stop serving clients`, 100, { member: name, next: 'RemoveMember' })
}

/**
 * Whether the pod was recreated since the spare joined: its member came back before the operator, slow or away, could remove it. Stopping
 * it again and again would be no use, and few clients have connected to it since.
 */
function cameBack(view: ClusterView, { createdAt }: PodFacts): boolean {
  const spare = podOf(view, spareName(view) ?? '')
  return spare !== undefined && createdAt > spare.createdAt
}

function beside(view: ClusterView): string {
  return hasSpare(view) ? `; ${spareName(view)} votes in its place until it has joined again` : ''
}
