import type { Reason } from '../../api/reasons.ts'
import { hasCaughtUp } from '../../model/cluster/caught-up.ts'
import { hasSpare, membersToExchange, spareName } from '../../model/cluster/exchange.ts'
import { answerOf, byOrdinal, isHealthy, isOurs, leaderOf, podOf, voters } from '../../model/cluster/members.ts'
import { whyOutdated } from '../../model/cluster/revision.ts'
import { inSyncEntries, leavingMembers } from '../../model/cluster/scaling.ts'
import { idleMember } from '../../model/cluster/serving.ts'
import type { ClusterView, OurMember } from '../../model/cluster/view.ts'
import { awaitHealthy } from './await-healthy.ts'
import { type Action, type Decision, step, wait } from './step.ts'

/** Why a member steps aside. */
interface Purpose {
  readonly reason: Reason
  /** What the member does afterwards: `leaves`. */
  readonly verb: string
  readonly next: Action
}

/**
 * What comes before a voter's process is ended on purpose:
 *
 *   all others are healthy, and those that stay serve -> leadership moved -> out of the client Service -> the Service knows
 *
 * The leadership is moved while clients are still sent to the leader: those on the old leader are refused at once and try again, while
 * those on a follower would hang. Undefined once the process can be stopped without clients noticing.
 * `meanwhile` is what has to be done, too, before the process ends: it costs no time while the Service takes its moment.
 */
export function stepAside(
  view: ClusterView,
  member: OurMember,
  purpose: Purpose,
  meanwhile: () => Decision | undefined = () => undefined,
): Decision | undefined {
  return (
    awaitOthers(view, member, purpose) ??
    awaitServing(view, member, purpose) ??
    moveLeader(view, member, purpose) ??
    stopServing(view, member, purpose) ??
    meanwhile() ??
    awaitNoNewClients(view, member, purpose)
  )
}

/** Waits for all other members: a failed member is repaired or removed before a healthy member leaves. */
export function awaitOthers(view: ClusterView, leaving: OurMember, { verb, next }: Purpose): Decision | undefined {
  const sick = voters(view).find((member) => member.id !== leaving.id && !isHealthy(view, member))
  const until = `; ${leaving.name} ${verb} when all others do`
  return sick === undefined ? undefined : awaitHealthy(view, sick, { member: leaving.name, next, until })
}

/** A member that has just got its vote serves when its pod is ready, a second or two later: until then clients have nowhere else to go. */
export function awaitServing(view: ClusterView, { id, name }: OurMember, { verb, next }: Purpose): Decision | undefined {
  const idle = idleMember(view, new Set([id, ...leavingMembers(view).map((leaving) => leaving.id), ...takenOut(view)]))
  if (idle === undefined) return undefined
  return wait('StartingMembers', `waiting for pod ${idle.name} to be ready; ${name} ${verb} then`, 250, { member: name, next })
}

/** A member that is exchanged is out of the client Service until it is removed, and its spare serves in its place. */
function takenOut(view: ClusterView): readonly string[] {
  if (!hasSpare(view)) return []
  return membersToExchange(view).flatMap(({ id, name }) => (podOf(view, name)?.serving === false ? id : []))
}

/** Clients are sent elsewhere before a member goes. */
export function stopServing(view: ClusterView, leaving: OurMember, { reason }: Pick<Purpose, 'reason'>): Decision | undefined {
  const pod = podOf(view, leaving.name)
  if (pod === undefined || !pod.serving) return undefined
  return step(reason, `taking ${leaving.name} out of the client Service`, {
    do: 'StopServing',
    member: leaving.name,
    uid: pod.uid,
  })
}

/**
 * Kubernetes' controllers and every node's proxy need a moment to see that the pod is out of the Service. Clients of real members noticed
 * no difference between none and half a second of it, as long as no new connection reached the one that ends.
 */
const redirectMs = 500

/** No new client must reach the process when it is told to end; those that are connected are told by etcd itself. */
function awaitNoNewClients(view: ClusterView, { name }: OurMember, { verb, next }: Purpose): Decision | undefined {
  const pod = podOf(view, name)
  if (pod === undefined || pod.endsBy !== undefined) return undefined
  const leftMs = (view.memory.outSince.get(pod.uid) ?? view.monotonicMs) + redirectMs - view.monotonicMs
  if (leftMs <= 0) return undefined
  return wait('MemberStopping', `no new client is sent to ${name}, which ${verb} in a moment`, leftMs, { member: name, next })
}

function moveLeader(view: ClusterView, leaving: OurMember, { reason, verb }: Purpose): Decision | undefined {
  const leader = leaderOf(view)
  if (leader === undefined) return wait('StartingMembers', 'waiting for a leader', 500, { next: 'MoveLeader' })
  if (leader.id !== leaving.id) return undefined
  const order = byOrdinal(view)
  // A member that is to go soon, too, would have to hand the leadership on again.
  const goes = new Set([...membersToExchange(view).map(({ name }) => name), spareName(view)])
  // Safety: it answered just now, or it would not be healthy: a leader that hands on to a frozen member stops all writes for a while.
  const heir = voters(view)
    .filter(isOurs)
    .filter((member) => member.id !== leaving.id && isHealthy(view, member))
    .filter((member) => hasCaughtUp(view, member, inSyncEntries))
    .toSorted(
      (a, b) =>
        Number(goes.has(a.name)) - Number(goes.has(b.name)) ||
        whyOutdated(view, a.name).length - whyOutdated(view, b.name).length ||
        (answerOf(view, b.name)?.raftAppliedIndex ?? 0) - (answerOf(view, a.name)?.raftAppliedIndex ?? 0) ||
        order(a.name, b.name),
    )
    .find((member) => !leavingMembers(view).some(({ id }) => id === member.id))
  if (heir === undefined)
    return wait('LearnerCatchingUp', `no other member has the leader's log yet; ${leaving.name} ${verb} when one does`, 500, {
      member: leaving.name,
      next: 'MoveLeader',
    })
  return step(reason, `moving the leadership from ${leaving.name} to ${heir.name}`, {
    do: 'MoveLeader',
    member: leaving.name,
    id: leaving.id,
    to: heir.name,
    toId: heir.id,
  })
}
