import { oncePerObject } from '../once-per.ts'
import { reloadsAtOnce } from '../tls/must-reload.ts'
import { minorKey } from '../versions.ts'
import { hasCaughtUp } from './caught-up.ts'
import { dangerOf } from './dangers.ts'
import { defragmentingMember } from './defragmenting.ts'
import { membersToExchange, spareName } from './exchange.ts'
import { isHealthy, isOurs, leaderOf, learners, listed, podOf, voters } from './members.ts'
import { nextCluster } from './next-cluster.ts'
import { isReplacing } from './replacement.ts'
import { revisionOf, templateHash, whyOutdated } from './revision.ts'
import { absentNames, leavingMembers } from './scaling.ts'
import { isServing } from './serving.ts'
import { restartWaitsForWindow } from './turns.ts'
import type { ClusterView, OurMember } from './view.ts'

/**
 * How far the members run what they should run. Nothing is remembered of a roll: whoever runs something else is restarted, one at a time,
 * and the leader last.
 */

/** Entries of the leader's log that a member that was just restarted may lack when the next one is restarted. */
const caughtUpEntries = 50

/**
 * The voters that have to be restarted, the next first: one that was taken out of the client Service; the leader last. Those of a revocation
 * don't stand behind others that wait for a maintenance window.
 */
export const outdatedMembers = oncePerObject((view: ClusterView): readonly OurMember[] => {
  const leader = leaderOf(view)?.id
  const turn = (member: OurMember) => (member.id === leader ? 2 : podOf(view, member.name)?.serving === false ? 0 : 1)
  const isPressing = view.pods.some((pod) => pod.ours && reloadsAtOnce(view, pod))
  const rank = (member: OurMember) => turn(member) + (isPressing && restartWaitsForWindow(view, member) ? 3 : 0)
  return voters(view)
    .filter(isOurs)
    .filter(({ name }) => podOf(view, name)?.endsBy === undefined && whyOutdated(view, name).length > 0)
    .toSorted((a, b) => rank(a) - rank(b))
})

/** Whether the StatefulSet has the template that pods should be created from, and its controller has seen it. */
export function isTemplateCurrent(view: ClusterView): boolean {
  const { statefulSet: set } = view
  return set.state === 'ours' && set.value.current && set.value.template === templateHash(nextCluster(view))
}

/**
 * Whether another change is under way, which comes first: no member is restarted while one joins, leaves, is replaced or defragmented, or
 * with two voters. A cluster of one grows first, because its clients would be interrupted.
 */
export function isOtherChangeUnderWay(view: ClusterView): boolean {
  const count = voters(view).length
  return (
    learners(view).length > 0 ||
    !listed(view).every(isOurs) ||
    leavingMembers(view).length > 0 ||
    membersToExchange(view).length > 0 ||
    spareName(view) !== undefined ||
    isReplacing(view) ||
    defragmentingMember(view) !== undefined ||
    view.memory.longStep !== undefined ||
    dangerOf(view) !== undefined ||
    count % 2 === 0 ||
    (count === 1 && absentNames(view).length > 0)
  )
}

/** A voter that does not serve as it should; `out` is the one that was taken out of the client Service to be restarted. */
export function unready(view: ClusterView, out: OurMember | undefined): OurMember | undefined {
  return voters(view)
    .filter(isOurs)
    .find((member) => {
      if (!isHealthy(view, member)) return true
      if (member.id === out?.id) return false
      return !isServing(view, member.name) || !hasCaughtUp(view, member, caughtUpEntries)
    })
}

/** The member that is restarted next, or that clients are no longer sent to for that; undefined while the roll has to wait. */
export function restarting(view: ClusterView): OurMember | undefined {
  const [next] = outdatedMembers(view)
  if (next === undefined || !isTemplateCurrent(view) || isOtherChangeUnderWay(view) || restartWaitsForWindow(view, next)) return undefined
  return unready(view, next) === undefined && leaderOf(view) !== undefined ? next : undefined
}

/**
 * A member that was restarted with what it should run, and says that it runs another version of etcd all the same. An image that
 * spec.image.tag names may hold another release, but not another minor version: that would go past the gates of a version change.
 */
export function wrongVersion(view: ClusterView): OurMember | undefined {
  const isTagged = view.cluster.spec.image.tag !== ''
  return voters(view)
    .filter(isOurs)
    .find(({ name }) => {
      const { runs, wished } = revisionOf(view, name)
      const isNewest = wished.template !== undefined && runs.template === wished.template
      if (!isNewest || runs.version === undefined || wished.version === undefined) return false
      return isTagged ? minorKey(runs.version) !== minorKey(wished.version) : runs.version !== wished.version
    })
}

/** How many of the voters run what they should run and serve; undefined where no roll is due or under way. */
export function progressOf(view: ClusterView): { readonly updated: number; readonly total: number } | undefined {
  const all = voters(view).filter(isOurs)
  const outdated = new Set(outdatedMembers(view).map(({ id }) => id))
  const back = all.filter((member) => !outdated.has(member.id) && isHealthy(view, member) && isServing(view, member.name))
  const isUnderWay = view.cluster.status?.rollout !== undefined && back.length < all.length
  return outdated.size > 0 || isUnderWay ? { updated: back.length, total: all.length } : undefined
}
