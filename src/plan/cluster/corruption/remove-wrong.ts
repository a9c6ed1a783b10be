import { removalOf } from '../../../model/cluster/approval.ts'
import { byOrdinal, isHealthy, isOurs, leaderOf, podOf, raftLag, replicasFor, voters } from '../../../model/cluster/members.ts'
import { majorityWithout } from '../../../model/cluster/out.ts'
import { quorum } from '../../../model/cluster/quorum.ts'
import { inSyncEntries, wantedNames } from '../../../model/cluster/scaling.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { voteOfNow, type WrongMember, wrongMembers } from '../../../model/cluster/wrong-data.ts'
import { awaitHealthy } from '../await-healthy.ts'
import { type Decision, step, wait } from '../step.ts'
import { stopServing } from '../step-aside.ts'

/**
 * Removes a member whose data is proved to be wrong:
 *
 *   leadership moved to a member of the majority -> out of the client Service -> MemberRemove -> (`disarmAlarms`) -> (`rejoin`)
 *
 * Its process is not stopped first. A pod that is deleted comes back, because its StatefulSet recreates it, and a member that comes back
 * with wrong data may serve it again; a removed process ends by itself within half a second, and never takes part again. No other
 * member is restarted before the removal: it would not start while the wrong one runs.
 */
export function removeWrong(view: ClusterView): Decision | undefined {
  const wrong = wrongMembers(view)
  const [first] = wrong
  if (first === undefined) return undefined
  if (leaderOf(view) === undefined)
    return wait('StartingMembers', `waiting for a leader; ${first.message}`, 500, { member: first.member.name, next: 'RemoveMember' })
  const next = wrong.find(({ member }) => majorityWithout(view, member))
  if (next === undefined) return awaitOthers(view, wrong, first)
  const kept = keepStopped(view, wrong, next)
  if (kept !== undefined) return kept
  return moveLeader(view, wrong, next) ?? sendClientsElsewhere(view, next) ?? remove(view, next)
}

/** A voter that was stopped to leave, and still runs, has to stay: the shorter list would soon have no majority without it. */
function keepStopped(view: ClusterView, wrong: readonly WrongMember[], { member, message }: WrongMember): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  const { uid, value: set } = view.statefulSet
  const right = voters(view)
    .filter(isOurs)
    .filter((voter) => !wrong.some((one) => one.member.id === voter.id))
  const staying = right.filter((voter) => isHealthy(view, voter) && replicasFor(view, [voter.name]) <= set.replicas)
  if (staying.length >= quorum(voters(view).length - 1)) return undefined
  const needed = replicasFor(
    view,
    right.map(({ name }) => name),
  )
  if (needed <= set.replicas) return undefined
  return step('DataCorrupt', `${message}; the members that were to leave stay until ${member.name} is removed`, {
    do: 'SetReplicas',
    uid,
    replicas: needed,
    member: right.find(({ name }) => replicasFor(view, [name]) === needed)?.name,
  })
}

function moveLeader(view: ClusterView, wrong: readonly WrongMember[], { member, message }: WrongMember): Decision | undefined {
  if (leaderOf(view)?.id !== member.id) return undefined
  const about = { member: member.name, next: 'MoveLeader' } as const
  const heir = heirOf(view, wrong)
  if (heir === undefined)
    return wait('LearnerCatchingUp', `no member with the right data has the leader's whole log yet; ${message}`, 500, about)
  // Safety: the heir is one of the majority whose data agrees. A leader with wrong data would hand it on in its snapshots.
  return step('DataCorrupt', `${message}; the leadership moves from ${member.name} to ${heir.name}`, {
    do: 'MoveLeader',
    member: member.name,
    id: member.id,
    to: heir.name,
    toId: heir.id,
  })
}

/** A member that gave the hash of the majority, and answers now. */
function heirOf(view: ClusterView, wrong: readonly WrongMember[]): OurMember | undefined {
  const order = byOrdinal(view)
  const hashes = voteOfNow(view)?.hashes
  return voters(view)
    .filter(isOurs)
    .filter(({ id }) => hashes?.has(id) === true && !wrong.some(({ member }) => member.id === id))
    .filter((member) => isHealthy(view, member) && (raftLag(view, member) ?? Number.POSITIVE_INFINITY) <= inSyncEntries)
    .toSorted((a, b) => order(a.name, b.name))[0]
}

function sendClientsElsewhere(view: ClusterView, { member }: WrongMember): Decision | undefined {
  return podOf(view, member.name)?.endsBy === undefined ? stopServing(view, member, { reason: 'DataCorrupt' }) : undefined
}

function remove(view: ClusterView, { member, message }: WrongMember): Decision {
  const joins = wantedNames(view).includes(member.name) ? `, and ${member.name} joins again with a new ID and a new volume` : ''
  // Safety: a majority of all voters has other data than this member, another member leads, and a majority of the shorter list is healthy.
  return step('DataCorrupt', `${message}; it is removed from the member list${joins}`, removalOf(member))
}

/** The others are no majority without it: those that hold the right data are waited for. */
function awaitOthers(view: ClusterView, wrong: readonly WrongMember[], { member, message }: WrongMember): Decision {
  const about = { member: member.name, next: 'RemoveMember' } as const
  const sick = voters(view).find((voter) => !wrong.some((one) => one.member.id === voter.id) && !isHealthy(view, voter))
  if (sick === undefined)
    return wait(
      'MemberUnhealthy',
      `no majority is healthy without ${member.name}, which is removed as soon as one is: ${message}`,
      1000,
      about,
    )
  return awaitHealthy(view, sick, { ...about, until: `; then ${member.name} is removed: ${message}` })
}
