import { ordinalOf } from '../names.ts'
import { hasMaxLearners } from '../versions.ts'
import { answerOf, byOrdinal, configOf, freeNames, isOurs, learners, listed, podOf } from './members.ts'
import { isOut } from './out.ts'
import { isSize } from './spec-problems.ts'
import type { ClusterView, Member, OurMember, PodFacts } from './view.ts'

/** What the spec asks for, measured against the member list. */

/** Milliseconds that a member may take from its listing to its start before it is taken off the list again. */
export const startDeadlineMs = 5 * 60_000

/** etcd promotes at 90 % of the leader's log (server.go, readyPercentThreshold), which is far behind when the log is long. */
export const inSyncEntries = 100

/**
 * The members that are to leave: learners and the highest ordinals. They go in this order: learners, which carry no votes; those
 * that take no part any more, so that no healthy member waits for them; the highest ordinals.
 * Empty while the list isn't known or is no longer than spec.size, and for a size that can't be.
 */
export function leavingMembers(view: ClusterView): readonly OurMember[] {
  const ours = listed(view).filter(isOurs)
  const surplus = ours.length - view.cluster.spec.size
  if (surplus <= 0 || !isSize(view.cluster.spec.size)) return []
  const order = byOrdinal(view)
  const leaving = ours.toSorted((a, b) => Number(b.isLearner) - Number(a.isLearner) || order(b.name, a.name)).slice(0, surplus)
  const rank = (member: OurMember) => (member.isLearner ? 2 : isOut(view, member) || wasEnded(view, member) ? 1 : 0)
  return leaving.toSorted((a, b) => rank(b) - rank(a) || order(b.name, a.name))
}

/** Whether its pod was ended for it to leave. */
function wasEnded({ cluster, statefulSet }: ClusterView, { name }: OurMember): boolean {
  return statefulSet.state === 'ours' && (ordinalOf(cluster, name) ?? 0) >= statefulSet.value.replicas
}

/** How many learners the cluster takes at once (etcd's max-learners, judged by every member when the entry is applied). */
export function learnersAllowed(view: ClusterView): 1 | 2 {
  const all = listed(view).filter((member) => member.published)
  const everyTakesTwo = all.every((member) => {
    if (member.name === undefined) return false
    // One that has just joined may not serve clients yet; its config says what it was started with.
    const version = answerOf(view, member.name)?.version ?? view.cluster.spec.version
    return hasMaxLearners(version) && (configOf(view, member.name)?.maxLearners ?? 1) >= 2
  })
  return everyTakesTwo ? 2 : 1
}

/** The names that the spec asks for and etcd does not list, lowest ordinals first; without those that failed to join a moment ago. */
export function missingNames(view: ClusterView): readonly string[] {
  if (!view.membership.known || !listed(view).every(isOurs)) return []
  const taken = new Set(listed(view).flatMap((member) => member.name ?? []))
  const missing = Math.max(0, view.cluster.spec.size - taken.size)
  return freeNames(view, taken, missing).filter((name) => joinBackoffMs(view, name) === 0)
}

/** The missing names that join next: as many as may be learners beside those that are already. */
export function joiningNames(view: ClusterView): readonly string[] {
  return missingNames(view).slice(0, Math.max(0, learnersAllowed(view) - learners(view).length))
}

/** The head start of the first of two pods that join together, milliseconds; Kubernetes tells their ages in whole seconds. */
const headStartMs = 2000

/**
 * The name that joins next, once its pod may be created: a little after that of the one that is starting, so that this one
 * is done when it begins. A member that comes before it is listed ends, and loses more time than it gained.
 */
export function preparedNames(view: ClusterView): readonly string[] {
  const starting = unstartedLearner(view)
  const pod = starting && podOf(view, starting.name)
  if (pod === undefined || isYoung(view, pod)) return []
  return joiningNames(view).filter((name) => configOf(view, name)?.state === 'joining')
}

/** By the operator's wall clock; one that was set back, so that the pod is from the future, holds nothing up. */
function isYoung({ now }: ClusterView, { createdAt }: PodFacts): boolean {
  return createdAt <= now && now - createdAt < headStartMs
}

/** Milliseconds until a member name that failed to join may try again. */
export function joinBackoffMs(view: ClusterView, name: string): number {
  const failed = view.memory.failedJoins.get(name)
  if (failed === undefined) return 0
  const delay = Math.min(10 * 60_000, 30_000 * 2 ** (failed.count - 1))
  return Math.max(0, failed.at + delay - view.monotonicMs)
}

/**
 * How long the next try to join may last before a person has to look, in milliseconds. Each try by itself ends in time; a name that
 * fails again and again does not join without help. Undefined: as long as any wait of this kind.
 */
export function joinPatienceMs(view: ClusterView, name: string): number | undefined {
  return (view.memory.failedJoins.get(name)?.count ?? 0) >= 3 ? 0 : undefined
}

/**
 * The learner that was added and has never started; at most one is added at a time. One that started and is silent now is
 * not meant: it has a log that its config must go on protecting.
 */
export function unstartedLearner(view: ClusterView): OurMember | undefined {
  return learners(view)
    .filter(isOurs)
    .find((member) => !member.published)
}

/** How long a listed member has been seen without its ever having started, milliseconds. */
export function unstartedMs(view: ClusterView, member: Member): number {
  return view.monotonicMs - (view.memory.unstartedSince.get(member.id) ?? view.monotonicMs)
}

/** Whether the API server refused lately to let the operator delete a volume: an admin may withhold that right. */
export function isVolumeDeletionDenied(view: ClusterView): boolean {
  const { volumeDeletionDeniedAt } = view.memory
  return volumeDeletionDeniedAt !== undefined && view.monotonicMs - volumeDeletionDeniedAt < 10 * 60_000
}

/** Whether any pod's etcd may be running. */
export function anyMayTakePart(view: ClusterView): boolean {
  return view.pods.some((pod) => pod.etcd.state === 'running')
}
