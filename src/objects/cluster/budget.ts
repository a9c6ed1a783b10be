import type { EtcdClusterStatus } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import { dangerOf } from '../../model/cluster/dangers.ts'
import { defragmentingMember } from '../../model/cluster/defragmenting.ts'
import { exchangeWaitsForWindow, hasSpare, membersToExchange, spareName } from '../../model/cluster/exchange.ts'
import { isOurs, listed, listedByName, voters } from '../../model/cluster/members.ts'
import { podTrouble } from '../../model/cluster/pod-trouble.ts'
import { margin } from '../../model/cluster/quorum.ts'
import { isReplacing } from '../../model/cluster/replacement.ts'
import { progressOf, restarting, unready } from '../../model/cluster/rollout.ts'
import { leavingMembers } from '../../model/cluster/scaling.ts'
import { leaveWaitsForWindow } from '../../model/cluster/turns.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { type Manifest, ownedMetadata } from '../manifest.ts'

/** Limits evictions of the members' pods. An unready pod may be evicted only while enough other pods are healthy (IfHealthyBudget). */
export function disruptionBudget(view: ClusterView): Manifest {
  const { cluster } = view
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMetadata(cluster, cluster.metadata.name),
    spec: {
      maxUnavailable: mayDisrupt(view),
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
      selector: { matchLabels: { [label.cluster]: cluster.metadata.name } },
    },
  }
}

/**
 * One, so that a node can be drained. None while a member would lose its data with its pod, or members hold different data; none
 * while a single loss would cost the majority or disturb a change in progress: while a member is replaced, exchanged, restarted or
 * defragmented, with two voters, beside a voter that somebody else added, and while three become one.
 * The pod of a cluster of one may be evicted: otherwise its node could never be drained.
 */
function mayDisrupt(view: ClusterView): 0 | 1 {
  if (dangerOf(view) !== undefined || defragmentingMember(view) !== undefined) return 0
  // A closed budget stays closed until the member list is known again.
  if (!view.membership.known) return wasOpen(view.cluster.status) ? 1 : 0
  return voters(view).length === 2 ||
    isRestarting(view) ||
    isShrinkingToOne(view) ||
    isReplacing(view) ||
    hasSpareListed(view) ||
    needsAllBesideStranger(view)
    ? 0
    : 1
}

/** Whether the budget was open when the member list was last known: with an odd number of voters, none of which had failed. */
function wasOpen({ members = 0, memberStatus = [] }: EtcdClusterStatus = {}): boolean {
  const isEven = members > 0 && members % 2 === 0
  return !isEven && !memberStatus.some(({ role }) => role === 'Failed')
}

/** Kubernetes counts the pods of this cluster; a voter that somebody else added has none of them, and makes the majority larger. */
function needsAllBesideStranger(view: ClusterView): boolean {
  return !voters(view).every(isOurs) && margin(view) <= 0
}

/**
 * Whether a member is about to be restarted, or on its way back. Where a roll stands because a member can't start, its pod may be evicted;
 * in a cluster of one as well.
 */
function isRestarting(view: ClusterView): boolean {
  if (voters(view).length === 1) return false
  const sick = progressOf(view) === undefined ? undefined : unready(view, undefined)
  return restarting(view) !== undefined || (sick !== undefined && podTrouble(view, sick.name) === undefined)
}

/** Days before its maintenance window opens it is a cluster of three. */
function isShrinkingToOne(view: ClusterView): boolean {
  const [leaving] = leavingMembers(view)
  return view.cluster.spec.size === 1 && listed(view).length > 1 && leaving !== undefined && !leaveWaitsForWindow(view, leaving)
}

/**
 * Only a listed spare counts: a spare that can't start, and is taken off the list again, must not hold up drains for ever. Nor must a spare
 * that votes, and waits for the maintenance window of the member that it is for.
 */
function hasSpareListed(view: ClusterView): boolean {
  const spare = spareName(view)
  if (spare === undefined || listedByName(view, spare) === undefined) return false
  const [next] = membersToExchange(view)
  return next === undefined || !hasSpare(view) || !exchangeWaitsForWindow(view, next)
}
