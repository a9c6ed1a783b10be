import { shortHash } from '../hash.ts'
import { memberName, ordinalOf } from '../names.ts'
import { mayReplace, removalOf } from './approval.ts'
import { isHealthy, isOurs, leaderOf, listed, listedByName, podOf, volumeOf, voters } from './members.ts'
import { isBeyondItsEnd, isOut } from './out.ts'
import { podTrouble } from './pod-trouble.ts'
import { idleMember } from './serving.ts'
import { isSize } from './spec-problems.ts'
import type { ClusterView, OurMember } from './view.ts'
import { membersToMove } from './volume-tasks.ts'
import { mayDisrupt } from './windows.ts'

/**
 * The exchange of members on request (spec.repair.replaceMembers), or because their volumes can't become what spec.storage asks for
 * (spec.storage.migration), one at a time, by way of a spare:
 *
 *   demo-3 joins as a spare -> demo-1 steps aside and is removed -> demo-1 joins again on a new volume -> demo-3 leaves
 *
 * How far it has come is read from the member list alone, so that it goes on after a crash, and turns round when the ID is taken out
 * of the spec: the spare is wanted as long as a listed voter is to be exchanged; after that it is a member that the spec doesn't ask
 * for, and leaves when all others have their votes.
 */

/**
 * The voters that are to be exchanged, the next first: one whose process has ended, one whose volume is being deleted, one that was taken
 * out of the client Service, the order of the spec; the leader last. Members beyond spec.size leave without being exchanged.
 */
export function membersToExchange(view: ClusterView): readonly OurMember[] {
  const ids = [...new Set([...replaceMembers(view), ...membersToMove(view).map(({ id }) => id)])]
  if (ids.length === 0) return []
  const leader = leaderOf(view)?.id
  const rank = (member: OurMember) => {
    if (isOut(view, member) || podOf(view, member.name)?.endsBy !== undefined) return 0
    if (losesVolume(view, member)) return member.id === leader ? 2 : 1
    return podOf(view, member.name)?.serving === false ? 3 : member.id === leader ? 5 : 4
  }
  const places = new Map(placesOf(view).map((member) => [member.id, member]))
  return ids.flatMap((id) => places.get(id) ?? []).toSorted((a, b) => rank(a) - rank(b))
}

/** The learners that spec.repair.replaceMembers names: only a voter is exchanged. */
export function learnersToExchange(view: ClusterView): readonly OurMember[] {
  const ids = new Set(replaceMembers(view))
  return listed(view)
    .filter(isOurs)
    .filter((member) => member.isLearner && ids.has(member.id))
}

/** The name of the spare, while it is wanted. It joins only when all others are there and its member may be exchanged; then it stays. */
export function spareName(view: ClusterView): string | undefined {
  const { size } = view.cluster.spec
  const exchanged = membersToExchange(view)
  if (exchanged.length === 0 || !isSize(size)) return undefined
  const spare = memberName(view.cluster, size)
  if (listedByName(view, spare) !== undefined) return spare
  const [next] = exchanged
  if (next === undefined || exchangeWaitsForWindow(view, next)) return undefined
  // A member that does not run is removed first: it is of no use to the cluster, and etcd adds no member beside it.
  return placesOf(view).length === size && !exchanged.some((member) => isGone(view, member)) ? spare : undefined
}

/**
 * Whether the exchange of this member waits for a maintenance window: the member is healthy, clients are sent to it, and it keeps its
 * volume. Once it is out of the client Service it is removed in any hour.
 */
export function exchangeWaitsForWindow(view: ClusterView, member: OurMember): boolean {
  return podOf(view, member.name)?.serving === true && !losesVolume(view, member) && !mayDisrupt(view, removalOf(member))
}

/** Whether the spare has its vote, and so has every other member. */
export function hasSpare(view: ClusterView): boolean {
  const spare = spareName(view)
  if (spare === undefined || !listed(view).every(isOurs) || placesOf(view).length !== view.cluster.spec.size) return false
  return listedByName(view, spare)?.isLearner === false
}

/** Whether the claim of the member was deleted: its data goes with its pod. */
function losesVolume(view: ClusterView, { name }: OurMember): boolean {
  return volumeOf(view, name)?.deleting === true
}

/**
 * Whether another voter is about to lose its data: then no member is removed but one that loses its own, and those that are exchanged
 * beside it, because waiting would help neither.
 */
export function othersLoseVolumes(view: ClusterView, member: OurMember): boolean {
  if (losesVolume(view, member)) return false
  const exchanged = new Set(membersToExchange(view).map(({ id }) => id))
  return voters(view)
    .filter(isOurs)
    .some((other) => losesVolume(view, other) && !exchanged.has(other.id))
}

/** The member that clients are no longer sent to, because it is removed next; undefined as long as another member doesn't serve. */
export function steppingAside(view: ClusterView): OurMember | undefined {
  const [member] = membersToExchange(view)
  if (member === undefined || !hasSpare(view) || othersLoseVolumes(view, member)) return undefined
  const stay = new Set([...placesOf(view).map(({ id }) => id), listedByName(view, spareName(view) ?? '')?.id])
  const goes = voters(view).filter(({ id }) => id === member.id || !stay.has(id))
  const othersAnswer = voters(view).every((other) => other.id === member.id || isHealthy(view, other))
  if (!othersAnswer || idleMember(view, new Set(goes.map(({ id }) => id))) !== undefined) return undefined
  return mayReplace(view.cluster, shortHash(removalOf(member))) ? member : undefined
}

/** Whether the member does not run and does not come back soon by itself; a pod that is recreated, or terminates in time, does. */
export function isGone(view: ClusterView, member: OurMember): boolean {
  if (!isOut(view, member)) return false
  const pod = podOf(view, member.name)
  if (podTrouble(view, member.name) !== undefined) return true
  return pod !== undefined && (isBeyondItsEnd(view, pod) || (pod.endsBy === undefined && pod.etcd.state === 'running'))
}

/** The voters that spec.size asks for: those that can be exchanged. */
export function placesOf(view: ClusterView): readonly OurMember[] {
  return voters(view)
    .filter(isOurs)
    .filter(({ name }) => (ordinalOf(view.cluster, name) ?? Number.POSITIVE_INFINITY) < view.cluster.spec.size)
}

/** The IDs in the spec. An EtcdCluster that was stored before the field existed may lack it. */
export function replaceMembers({ cluster }: ClusterView): readonly string[] {
  return cluster.spec.repair.replaceMembers ?? []
}
