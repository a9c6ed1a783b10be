import type { Reason } from '../../api/reasons.ts'
import { volumeName } from '../names.ts'
import { pinnedClusterId } from './identity.ts'
import { configOf, podOf, voters } from './members.ts'
import { leavingMembers } from './scaling.ts'
import type { ClusterView, VolumeFacts } from './view.ts'

/** A threat to the data although every member serves, with the way out. */
export interface Danger {
  readonly reason: Extract<Reason, 'DataCorrupt' | 'VolumeBeingDeleted'>
  readonly message: string
}

/** The worst threat to the data of a cluster; none where a person deleted the EtcdCluster. */
export function dangerOf(view: ClusterView): Danger | undefined {
  if (view.cluster.metadata.deletionTimestamp !== undefined) return undefined
  return corruption(view) ?? volumesBeingDeleted(view)
}

/**
 * etcd's CORRUPT alarm: members hold different data, and every write is refused. Which member is wrong can't be told from the
 * alarm: it may name nobody, or a healthy member when the leader's data is wrong (server/etcdserver/corrupt.go).
 */
export function corruption(view: ClusterView): Danger | undefined {
  const alarms = [...view.answers.values()].flatMap((answer) => (answer.known && answer.value.serves ? answer.value.alarms : []))
  const ids = new Set(alarms.flatMap(({ alarm, memberId }) => (alarm === 'CORRUPT' ? memberId : [])))
  if (ids.size === 0) return undefined
  const accused = [...ids].map((id) => (id === '0' ? 'no member by its ID' : `member ${nameOf(view, id)}`)).toSorted()
  return {
    reason: 'DataCorrupt',
    message: `etcd's CORRUPT alarm is raised and names ${accused.join(', ')}: members hold different data, and every write is refused. The named member need not be the wrong one: compare all with etcdctl endpoint hashkv --cluster, remove the one that differs with etcdctl member remove, then etcdctl alarm disarm; restart no member before that`,
  }
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
  const [first] = endangered
  if (first === undefined) return undefined
  const claims = endangered.map(({ member }) => `${volumeName(member)} of ${member}`).join(', ')
  const copies = voters(view).length === 1 ? 'raise spec.size to 3 and wait until all members are ready; then ' : ''
  const others = endangered.length === 1 ? '' : '; then the next, when all members are ready again'
  return {
    reason: 'VolumeBeingDeleted',
    message: `somebody deleted PersistentVolumeClaim ${claims}: the data goes as soon as the pod ends. Back up now, and restart neither pod nor node. To replace the member, ${copies}run etcdctl member remove ${first.memberId ?? '<member ID>'} on another member, and the operator adds ${first.member} again with a new volume${others}`,
  }
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
