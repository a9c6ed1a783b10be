import { parseDuration } from '../duration.ts'
import { rfc3339 } from '../rfc3339.ts'
import { answerOf, podOf, volumeOf } from './members.ts'
import type { ClusterView, OurMember, PodFacts } from './view.ts'
import { blamesVolume, isVolumeConflict } from './volume-conflict.ts'

/**
 * Why a member counts as lost with its node; begins with the member's name. Undefined: it is not lost, or that can't be known. All of
 * this has to be so at once:
 *
 * - the Node object has been absent, or the node not ready, for spec.repair.nodeLossAfter
 * - the member answers the operator neither on its client port nor on its metrics page
 * - etcd's leader has no connection to it
 *
 * A member that is frozen, slow or cut off on a ready node is not lost.
 */
export function nodeLoss(view: ClusterView, { name, id }: OurMember): string | undefined {
  if (!view.heardByLeader.known || view.heardByLeader.value.has(id)) return undefined
  const why = whyStranded(view, name)
  return why && `${name} is lost: ${why}; neither the operator nor etcd's leader reaches the member`
}

/** Why a pod, or the volume that its successor needs, is on a lost node; undefined: neither is, or that can't be known. */
export function whyStranded(view: ClusterView, name: string): string | undefined {
  const pod = podOf(view, name)
  if (pod === undefined || answerOf(view, name) !== undefined) return undefined
  return pod.node === undefined ? volumeLostWithNode(view, pod) : whyNodeLost(view, pod.node)
}

/** Whether nothing reports or ends this pod any more: its node is lost, and its etcd does not answer. */
export function isOnLostNode(view: ClusterView, { name, node }: PodFacts): boolean {
  return node !== undefined && answerOf(view, name) === undefined && whyNodeLost(view, node) !== undefined
}

/** Milliseconds after which a node that is not ready counts as lost. */
export function nodeLossMs({ cluster }: ClusterView): number {
  return parseDuration(cluster.spec.repair.nodeLossAfter) ?? 5 * 60_000
}

/**
 * For how long the operator itself has to see that a node is not ready, at most: the wall clock, with which the time of the node's
 * condition is compared, may be wrong.
 */
const ownLookMs = 60_000

/** Why a node counts as lost; undefined: it does not, or it can't be known. */
export function whyNodeLost(view: ClusterView, node: string): string | undefined {
  const facts = view.nodes.get(node)
  if (facts === undefined || !facts.known || facts.value.state === 'ready') return undefined
  const seenMs = view.monotonicMs - (view.memory.unreadySince.get(node) ?? view.monotonicMs)
  // Since when it has been absent stands nowhere: its machine may register again, and a disk of the network may be attached elsewhere.
  if (facts.value.state === 'absent') return seenMs >= nodeLossMs(view) ? `Node ${node} does not exist any more` : undefined
  const { since } = facts.value
  return view.now - since >= nodeLossMs(view) && seenMs >= Math.min(nodeLossMs(view) / 2, ownLookMs)
    ? `node ${node} has not been ready since ${rfc3339(since)}`
    : undefined
}

/**
 * The pod was deleted with its node, and its successor fits on no node, because its volume is on the lost one. A volume in another place
 * may be usable on a node that is created soon, so a Node object that is absent is believed only after a while.
 */
function volumeLostWithNode(view: ClusterView, { name, unschedulable, createdAt }: PodFacts): string | undefined {
  const volume = volumeOf(view, name)
  if (volume?.node === undefined || unschedulable === undefined || !blamesVolume(unschedulable)) return undefined
  const facts = view.nodes.get(volume.node)
  const isAbsent = facts?.known === true && facts.value.state === 'absent'
  if (isAbsent && (!isVolumeConflict(unschedulable) || view.now - createdAt < nodeLossMs(view))) return undefined
  const why = whyNodeLost(view, volume.node)
  return why && `${why}, and ${volume.name} can be used on no other node`
}

/**
 * The nodes whose state may explain that members are silent, once the cluster has begun. A pod that is starting is silent for a moment,
 * and its node is not asked for.
 */
export function suspectNodes(view: Pick<ClusterView, 'now' | 'pods' | 'volumes' | 'answers' | 'cluster'>): readonly string[] {
  if (view.cluster.status?.clusterID === undefined) return []
  const nodes = view.pods.flatMap((pod) => {
    if (view.answers.get(pod.name)?.known === true) return []
    if (pod.node === undefined)
      return pod.unschedulable !== undefined && blamesVolume(pod.unschedulable)
        ? (view.volumes.find(({ member }) => member === pod.name)?.node ?? [])
        : []
    return isOverdue(view.now, pod) ? pod.node : []
  })
  return [...new Set(nodes)]
}

const startMarginMs = 20_000

function isOverdue(now: number, { endsBy, etcd, ready, createdAt }: PodFacts): boolean {
  if (endsBy !== undefined) return now >= endsBy
  if (etcd.state === 'running') return !ready && now - etcd.since >= startMarginMs
  return etcd.state !== 'terminated' && now - createdAt >= startMarginMs
}
