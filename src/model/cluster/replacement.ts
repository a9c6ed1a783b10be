import { ordinalOf } from '../names.ts'
import { failedMembers } from './failed.ts'
import { isOurs, learners, listed, voters } from './members.ts'
import { joinBackoffMs, wantedNames } from './scaling.ts'
import { isSize } from './spec-problems.ts'
import type { ClusterView } from './view.ts'

/**
 * The names of removed members that join again, lowest ordinals first: they are wanted and not listed, and their pods exist or are being
 * recreated, because their ordinals are below the StatefulSet's replicas. While spec.size is invalid every such name is wanted.
 */
export function rejoiningNames(view: ClusterView): readonly string[] {
  if (!view.membership.known || view.statefulSet.state !== 'ours' || !listed(view).every(isOurs)) return []
  const { replicas } = view.statefulSet.value
  const taken = new Set(listed(view).flatMap(({ name }) => name ?? []))
  const wanted = wantedNames(isSize(view.cluster.spec.size) ? view : withSize(view, replicas))
  return wanted.filter((name) => !taken.has(name) && (ordinalOf(view.cluster, name) ?? replicas) < replicas)
}

function withSize(view: ClusterView, size: number): ClusterView {
  return { ...view, cluster: { ...view.cluster, spec: { ...view.cluster.spec, size } } }
}

/** The rejoining names that did not fail to join a moment ago. */
export function namesToRejoin(view: ClusterView): readonly string[] {
  return rejoiningNames(view).filter((name) => joinBackoffMs(view, name) === 0)
}

/**
 * Whether a member is being replaced: it has failed, its name is to join again, or its successor is a learner. A learner that fills a
 * gap, or beside an even number of voters, counts as a successor.
 */
export function isReplacing(view: ClusterView): boolean {
  if (failedMembers(view).length > 0 || rejoiningNames(view).length > 0) return true
  const all = voters(view)
  const highest = Math.max(...all.map(({ name }) => ordinalOf(view.cluster, name ?? '') ?? -1))
  const isSuccessor = (name: string | undefined) => all.length % 2 === 0 || (ordinalOf(view.cluster, name ?? '') ?? highest) < highest
  return learners(view).some(({ name }) => isSuccessor(name))
}
