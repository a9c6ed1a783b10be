import { memberName, ordinalOf } from '../names.ts'
import { hasMaxLearners } from '../versions.ts'
import { spareName } from './exchange.ts'
import { byOrdinal, configOf, isOurs, learners, listed, podOf } from './members.ts'
import { isOut } from './out.ts'
import { isSize } from './spec-problems.ts'
import { templateVersion, versionOf } from './versions-running.ts'
import type { ClusterView, Member, OurMember, PodFacts } from './view.ts'

/** Compares the spec with the member list. */

/** Milliseconds that a listed member may take to start before it is removed from the list again. */
export const startDeadlineMs = 5 * 60_000

/** etcd promotes at 90 % of the leader's log (server.go, readyPercentThreshold), which is far behind when the log is long. */
export const inSyncEntries = 100

/**
 * The names of the members that the spec asks for: a set, not a count. Of five members that become three, demo-3 and demo-4 leave, even
 * if demo-1 is missing: demo-1 joins first. While a member is exchanged, the spare is one of them.
 */
export function wantedNames(view: ClusterView): readonly string[] {
  const { cluster } = view
  const names = Array.from({ length: cluster.spec.size }, (_, ordinal) => memberName(cluster, ordinal))
  const spare = spareName(view)
  return spare === undefined ? names : [...names, spare]
}

/**
 * The listed members that the spec doesn't ask for, in the order in which they are removed: learners, which have no vote; members that
 * are out, because the removal of a healthy member would wait for them; the highest ordinals. Empty while the list isn't known or
 * spec.size is invalid. `scaleDown` waits for the wanted members before a healthy member leaves.
 */
export function leavingMembers(view: ClusterView): readonly OurMember[] {
  if (!isSize(view.cluster.spec.size)) return []
  const wanted = new Set(wantedNames(view))
  const order = byOrdinal(view)
  const rank = (member: OurMember) => (member.isLearner ? 2 : isOut(view, member) || wasEnded(view, member) ? 1 : 0)
  return listed(view)
    .filter(isOurs)
    .filter(({ name }) => !wanted.has(name))
    .toSorted((a, b) => rank(b) - rank(a) || order(b.name, a.name))
}

/** Whether the member's pod was stopped so that the member can be removed. */
function wasEnded({ cluster, statefulSet }: ClusterView, { name }: OurMember): boolean {
  return statefulSet.state === 'ours' && (ordinalOf(cluster, name) ?? 0) >= statefulSet.value.replicas
}

/** How many learners the cluster accepts at once (etcd's max-learners, which every member checks when it applies the entry). */
export function learnersAllowed(view: ClusterView): 1 | 2 {
  const all = listed(view).filter((member) => member.published)
  const everyTakesTwo = all.every((member) => {
    if (member.name === undefined) return false
    // A member that has just joined may not report its version yet: pods are created with this one.
    const version = versionOf(view, member.name) ?? templateVersion(view) ?? view.cluster.spec.version
    return hasMaxLearners(version) && (configOf(view, member.name)?.maxLearners ?? 1) >= 2
  })
  return everyTakesTwo ? 2 : 1
}

/** The wanted names that etcd does not list, lowest ordinals first. */
export function absentNames(view: ClusterView): readonly string[] {
  if (!view.membership.known || !listed(view).every(isOurs)) return []
  const taken = new Set(listed(view).flatMap((member) => member.name ?? []))
  return wantedNames(view).filter((name) => !taken.has(name))
}

/** Whether every wanted member is listed and has its vote. */
export function areWantedIn(view: ClusterView): boolean {
  const wanted = new Set(wantedNames(view))
  return absentNames(view).length === 0 && !learners(view).some(({ name }) => name !== undefined && wanted.has(name))
}

/** The absent names that may join, lowest ordinals first: all but those that failed to join a moment ago. */
export function missingNames(view: ClusterView): readonly string[] {
  return absentNames(view).filter((name) => joinBackoffMs(view, name) === 0)
}

/** The missing names that join next: as many as etcd accepts learners beside the present ones. */
export function joiningNames(view: ClusterView): readonly string[] {
  return missingNames(view).slice(0, Math.max(0, learnersAllowed(view) - learners(view).length))
}

/** The head start of the first of two pods that join together, milliseconds; Kubernetes gives creation times in whole seconds. */
const headStartMs = 2000

/**
 * The name that joins next, once its pod may be created: a little after the pod that is starting now, so that the first member has
 * started by then. A member that starts before etcd lists it exits, and loses more time than it gained.
 */
export function preparedNames(view: ClusterView): readonly string[] {
  const starting = unstartedLearner(view)
  const pod = starting && podOf(view, starting.name)
  if (pod === undefined || isYoung(view, pod)) return []
  return joiningNames(view).filter((name) => configOf(view, name)?.state === 'joining')
}

/** Measured by the operator's wall clock. If that was set back, the pod seems to be from the future, and nothing waits for it. */
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
 * How long the next try to join may last before a person has to look, in milliseconds. Each single try ends in time, but a name that
 * fails again and again does not join without help. Undefined: as long as the reason allows.
 */
export function joinPatienceMs(view: ClusterView, name: string): number | undefined {
  return (view.memory.failedJoins.get(name)?.count ?? 0) >= 3 ? 0 : undefined
}

/**
 * The learner that was added and has never started; at most one is added at a time. Not a learner that has started and is silent now:
 * its config must go on refusing an empty volume.
 */
export function unstartedLearner(view: ClusterView): OurMember | undefined {
  return learners(view)
    .filter(isOurs)
    .find((member) => !member.published)
}

/** How long the operator has seen this member listed and never started, milliseconds. */
export function unstartedMs(view: ClusterView, member: Member): number {
  return view.monotonicMs - (view.memory.unstartedSince.get(member.id) ?? view.monotonicMs)
}

/** Whether the API server lately forbade the operator to delete a volume: an admin may withhold that right. */
export function isVolumeDeletionDenied(view: ClusterView): boolean {
  const { volumeDeletionDeniedAt } = view.memory
  return volumeDeletionDeniedAt !== undefined && view.monotonicMs - volumeDeletionDeniedAt < 10 * 60_000
}

/** Whether any pod's etcd may be running. */
export function anyMayTakePart(view: ClusterView): boolean {
  return view.pods.some((pod) => pod.etcd.state === 'running')
}
