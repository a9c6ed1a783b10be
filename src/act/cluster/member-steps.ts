import { Failure, isFailure } from '../../adapters/failure.ts'
import { leaderOf, podOf, voters } from '../../model/cluster/members.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { endpointOf, type MemberEndpoint } from '../../model/names.ts'
import { statusOfMember } from './member-itself.ts'
import type { StepContext, StepOf } from './performer.ts'

/** Steps that change etcd's member list, its leader or its alarms. */

export async function addLearner({ etcd, view, signal }: StepContext, { peerUrl }: StepOf<'AddLearner'>): Promise<void> {
  try {
    await etcd.addLearner(leaderEndpoint(view), peerUrl, { signal })
  } catch (error) {
    // A member with this peer URL is listed: the reply of an earlier try was lost. The operator adopts the member by its peer URL.
    if (!isFailure(error, 'conflict')) throw error
  }
}

export async function updatePeerUrl({ etcd, view, signal }: StepContext, { id, peerUrl }: StepOf<'UpdatePeerUrl'>): Promise<void> {
  // Safety: etcd before 3.5.31 and 3.6.12 makes a learner a voter by it.
  if (!voters(view).some((member) => member.id === id)) throw new Failure('conflict', `${id} is no voter`)
  await etcd.updatePeerUrl(leaderEndpoint(view), id, peerUrl, { signal })
}

export async function promoteLearner({ etcd, view, signal }: StepContext, { id }: StepOf<'PromoteLearner'>): Promise<void> {
  await etcd.promote(leaderEndpoint(view), id, { signal })
}

export async function removeMember({ etcd, view, signal }: StepContext, { id }: StepOf<'RemoveMember'>): Promise<void> {
  await etcd.remove(leaderEndpoint(view), id, { signal })
}

/** A transfer takes a tenth of a second. One that takes longer has failed: raft gives it up, and the next look shows who leads. */
const transferMs = 2_000

export async function moveLeader({ etcd, view, signal }: StepContext, { toId }: StepOf<'MoveLeader'>): Promise<void> {
  await etcd.moveLeader(leaderEndpoint(view), toId, { signal, deadlineMs: transferMs })
}

/** Disarms each alarm by the ID that it names: in a restored cluster these IDs are of the cluster that the snapshot was taken from. */
export async function disarmNoSpace(context: StepContext, { id }: StepOf<'DisarmNoSpace'>): Promise<void> {
  const { etcd, view, signal } = context
  const endpoint = leaderEndpoint(view)
  const { alarms } = await statusOfMember(context, endpoint, id)
  for (const alarm of alarms) if (alarm.alarm === 'NOSPACE') await etcd.disarm(endpoint, alarm, { signal })
}

/** Disarms only the alarms that the step names: an alarm that was raised since stays, because nothing is known of its cause. */
export async function disarmCorrupt(context: StepContext, { id, entries }: StepOf<'DisarmCorrupt'>): Promise<void> {
  const { etcd, view, signal } = context
  const endpoint = leaderEndpoint(view)
  await statusOfMember(context, endpoint, id)
  for (const entry of entries) await etcd.disarm(endpoint, { memberId: entry, alarm: 'CORRUPT' }, { signal })
}

/** Membership is changed through the leader: only the leader knows how far the other members have replicated. */
function leaderEndpoint(view: ClusterView): MemberEndpoint {
  const leader = leaderOf(view)
  const pod = leader?.name === undefined ? undefined : podOf(view, leader.name)
  if (pod?.ip === undefined) throw new Failure('unavailable', 'no leader can be reached')
  return endpointOf(view.cluster, pod)
}
