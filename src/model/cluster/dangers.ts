import type { Reason } from '../../api/reasons.ts'
import { volumeName } from '../names.ts'
import { corruptAlarms, refusalInWords, refusedByPeers } from './data-signs.ts'
import { etcdctlAsRoot } from './etcdctl.ts'
import { membersToExchange, placesOf, replaceMembers } from './exchange.ts'
import { pinnedClusterId } from './identity.ts'
import { configOf, listedByName, podOf, voters } from './members.ts'
import { leavingMembers } from './scaling.ts'
import type { ClusterView, VolumeFacts } from './view.ts'
import { hashesInWords, voteOfNow, wrongMembers } from './wrong-data.ts'

/** A threat to the data although every member serves, with the way out. */
export interface Danger {
  readonly reason: Extract<Reason, 'DataCorrupt' | 'VolumeBeingDeleted'>
  readonly message: string
  /** The plan has rules for it, so the decision says whether a person has to act; otherwise the danger itself is Stalled. */
  readonly isHandled?: boolean
}

/** The worst threat to the data of a cluster; none where a person deleted the EtcdCluster. */
export function dangerOf(view: ClusterView): Danger | undefined {
  if (view.cluster.metadata.deletionTimestamp !== undefined) return undefined
  return corruption(view) ?? volumesBeingDeleted(view)
}

/**
 * Members hold different data. The alarm itself does not tell whose data is wrong: it may name no member, or a healthy one when the
 * leader's data is wrong (server/etcdserver/corrupt.go). A comparison of all voters tells it, if a majority of them agrees.
 */
export function corruption(view: ClusterView): Danger | undefined {
  const named = corruptAlarms(view)
  const vote = voteOfNow(view)
  const refused = refusedByPeers(view).map(({ name }) => name)
  if (named.length === 0 && refused.length === 0 && (vote === undefined || vote.verdict === 'agree')) return undefined
  const inWords = named.map((id) => (id === '0' ? 'no member by its ID' : `member ${nameOf(view, id)}`)).toSorted()
  const signs = [
    ...(named.length === 0 ? [] : [`etcd's CORRUPT alarm is raised and names ${inWords.join(', ')}, and every write is refused`]),
    ...refused.map(refusalInWords),
  ]
  return {
    reason: 'DataCorrupt',
    message: `members hold different data${signs.map((sign) => `; ${sign}`).join('')}. ${wayOutOfCorruption(view)}`,
    isHandled: view.membership.known && !view.cluster.spec.paused,
  }
}

function wayOutOfCorruption(view: ClusterView): string {
  const [wrong] = wrongMembers(view)
  if (wrong !== undefined) return `${wrong.message}. The operator replaces it; restart no member meanwhile`
  if (voters(view).length === 1)
    return `There is no other voter whose data could be compared with its own: if its data is right, run ${etcdctlAsRoot(view, 'alarm disarm')}; otherwise restore a backup into a new EtcdCluster`
  const vote = voteOfNow(view)
  if (vote?.verdict === 'agree') return `The voters that answer agree: ${hashesInWords(view, vote)}`
  const known = vote === undefined ? (view.hashVote.known ? '' : `: ${view.hashVote.why}`) : `: ${hashesInWords(view, vote)}`
  return `No majority of all voters tells which data is right${known}. Restart no member: a member with the right data does not start while one with wrong data runs. Find out which data is right, for example in a backup; run ${etcdctlAsRoot(view, 'member remove <ID>')} for each member that holds other data, and then etcdctl alarm disarm in the same way. Or restore a backup into a new EtcdCluster`
}

function nameOf(view: ClusterView, id: string): string {
  const name = voters(view).find((member) => member.id === id)?.name
  return name === undefined ? id : `${name} (${id})`
}

/**
 * Claims of running voters that somebody deleted: a deletion can't be taken back, and Kubernetes delays it only until the pod
 * terminates, by a restart of its node or a drain. A learner's claim is no danger: a learner has no vote, and joins again.
 */
function volumesBeingDeleted(view: ClusterView): Danger | undefined {
  const endangered = view.volumes.filter((volume) => volume.deleting && isLiving(view, volume))
  if (endangered.length === 0) return undefined
  const claims = endangered.map(({ member }) => `${volumeName(member)} of ${member}`).join(', ')
  return {
    reason: 'VolumeBeingDeleted',
    message: `somebody deleted PersistentVolumeClaim ${claims}: the data goes as soon as the pod ends. Back up now, and restart neither pod nor node. ${wayOutOfDeletion(view, endangered)}`,
  }
}

/** By way of a spare that votes in its place; a member that is removed by hand costs a vote at once. */
function wayOutOfDeletion(view: ClusterView, endangered: readonly VolumeFacts[]): string {
  const places = placesOf(view).map(({ id }) => id)
  const rows = endangered.map(({ member, memberId }) => ({ member, id: listedByName(view, member)?.id ?? memberId ?? '<member ID>' }))
  const exchangeable = rows.filter(({ id }) => places.includes(id) || !view.membership.known)
  if (exchangeable.length === 0)
    return 'It is the spare of an exchange, which goes no further meanwhile: empty spec.repair.replaceMembers, so that it leaves, and fill it again then'
  const exchanged = new Set([...replaceMembers(view), ...membersToExchange(view).map((member) => member.id)])
  const lacking = exchangeable.filter(({ id }) => !exchanged.has(id))
  if (lacking.length === 0) return 'The operator exchanges it by way of a spare, while all others are ready'
  const copies = places.length === 1 ? 'raise spec.size to 3 and wait until all members are ready; then ' : ''
  const by = lacking.length === 1 ? 'by a member with a new volume' : 'by members with new volumes'
  const [members, ids] = [lacking.map(({ member }) => member), lacking.map(({ id }) => id)]
  return `To replace ${members.join(' and ')} ${by}, ${copies}put ${ids.join(' and ')} into spec.repair.replaceMembers`
}

/** Whether the loss of this volume would cost a vote: its member is a voter that stays; without a list, a started member with a pod. */
function isLiving(view: ClusterView, { member, memberId }: VolumeFacts): boolean {
  const pod = podOf(view, member)
  // Once the pod is deleted or terminating the volume is lost: then other reasons report that member.
  if (pinnedClusterId(view) === undefined || pod === undefined || pod.endsBy !== undefined) return false
  if (!view.membership.known) return memberId !== undefined && configOf(view, member)?.state === 'established'
  const voter = voters(view).find(({ name, published }) => name === member && published)
  return voter !== undefined && !leavingMembers(view).some(({ id }) => id === voter.id)
}
