import { configOf, podOf, volumeOf } from '../../model/cluster/members.ts'
import { isOnLostNode, whyStranded } from '../../model/cluster/node-loss.ts'
import { isRestored } from '../../model/cluster/restored.ts'
import { neverHeldData } from '../../model/cluster/retained-volumes.ts'
import { isVolumeDeletionDenied } from '../../model/cluster/scaling.ts'
import { whyStillThere } from '../../model/cluster/silence.ts'
import type { ClusterView, VolumeFacts } from '../../model/cluster/view.ts'
import { deleteLostPod } from './delete-lost-pod.ts'
import { block, type Decision, step, wait } from './step.ts'

/**
 * The volume of an earlier member of this name is deleted first: its data would bring back a removed member. The joining config is
 * written only once that volume is being deleted, so a volume beside a joining config is the new one.
 */
export function clearOldVolume(view: ClusterView, names: readonly string[]): Decision | undefined {
  for (const name of names) {
    const volume = volumeOf(view, name)
    if (volume === undefined || volume.deleting || isNewVolume(view, volume)) continue
    if (isBeingProved(view, volume))
      return wait('ClearingOldVolume', `waiting for ${name} to find its new volume empty again`, 200, { member: name, next: 'AddLearner' })
    const ours =
      volume.clusterUid === view.cluster.metadata.uid || volume.clusterId === view.cluster.status?.clusterID || neverHeldData(volume)
    if (!ours && mayJoinBeside(view, name)) continue
    if (!ours)
      return block(
        'RetainedVolumesFound',
        `${volume.name} holds data of an earlier cluster of this name and is in the way of ${name}; delete the PersistentVolumeClaim when that data is not needed any more`,
        { member: name },
      )
    if (isVolumeDeletionDenied(view))
      return block(
        'MissingPermission',
        `the operator may not delete ${volume.name}, which ${name} left behind; delete it, or allow the operator to`,
        { member: name },
      )
    // Safety: a majority just answered that this name is not listed, or the claim never had a volume; it is named by its uid.
    return step('ClearingOldVolume', `deleting ${volume.name}, which ${name} left behind`, {
      do: 'DeleteVolume',
      member: name,
      volume: volume.name,
      uid: volume.uid,
    })
  }
  return undefined
}

/** A volume beside a joining config is new. On a lost node no volume is of use. */
function isNewVolume(view: ClusterView, volume: VolumeFacts): boolean {
  if (whyStranded(view, volume.member) !== undefined) return false
  return configOf(view, volume.member)?.state === 'joining' || isProvedEmpty(view, volume) || isUnusedByPod(view, volume)
}

/** The pod waits for this very claim, which never had a volume; after a failed try a new claim may fare better. */
function isUnusedByPod(view: ClusterView, volume: VolumeFacts): boolean {
  const pod = podOf(view, volume.member)
  return (
    pod !== undefined &&
    pod.endsBy === undefined &&
    isUnmarked(view, volume) &&
    volume.unused &&
    !view.memory.failedJoins.has(volume.member)
  )
}

/**
 * Whether the claim was made for this EtcdCluster, no member has started on it, and the guard of an established config has just found no
 * log on it: then it is as good as the claim that would take its place, and the pod's next container can start at once.
 */
function isProvedEmpty(view: ClusterView, volume: VolumeFacts): boolean {
  return seemsEmpty(view, volume) && podOf(view, volume.member)?.etcd.state !== 'running'
}

/** The kubelet has started the container once more: etcd finds out within a second what it has found before. */
function isBeingProved(view: ClusterView, volume: VolumeFacts): boolean {
  const etcd = podOf(view, volume.member)?.etcd
  const sinceMs = etcd?.state === 'running' ? view.now - etcd.since : Number.POSITIVE_INFINITY
  return seemsEmpty(view, volume) && sinceMs >= 0 && sinceMs < 5_000
}

function seemsEmpty(view: ClusterView, volume: VolumeFacts): boolean {
  const pod = podOf(view, volume.member)
  return isUnmarked(view, volume) && pod?.lastExit?.cause === 'empty-volume' && pod.endsBy === undefined
}

/** Made for this EtcdCluster, and no member has started on it. */
function isUnmarked({ cluster }: ClusterView, { clusterUid, clusterId, memberId }: VolumeFacts): boolean {
  return clusterUid === cluster.metadata.uid && clusterId === undefined && memberId === undefined
}

/**
 * A restored cluster has a data directory of its own on volumes that an earlier cluster of its name left: that data is neither
 * opened nor deleted. A member that failed to join may have left its own log on the volume, and can't start with that log again.
 */
function mayJoinBeside(view: ClusterView, name: string): boolean {
  return isRestored(view) && !view.memory.failedJoins.has(name)
}

/**
 * No member begins on a volume that is being deleted. The joining config is written by now, so the pod that Kubernetes creates
 * next, with a new volume, can join; the old pod can't join, because the member is added only after this.
 */
export function awaitOldVolume(view: ClusterView, names: readonly string[]): Decision | undefined {
  for (const name of names) {
    const volume = volumeOf(view, name)
    const pod = podOf(view, name)
    if (volume?.deleting !== true) continue
    // Safety: the list is linearizable and lacks this name, so the process can't vote if it still runs; its node has been lost for as
    // long as the spec says, and the pod is named by its uid.
    if (pod !== undefined && isOnLostNode(view, pod)) return deleteLostPod(view, pod)
    if (pod !== undefined && pod.endsBy === undefined) {
      // Safety: the pod's name is not listed, so its etcd is no member.
      return step('ClearingOldVolume', `deleting pod ${name}, which still uses the old volume`, {
        do: 'DeletePod',
        member: name,
        uid: pod.uid,
      })
    }
    const why = pod === undefined ? '' : whyStillThere(view, pod)
    return wait('ClearingOldVolume', `waiting for the old volume ${volume.name} to be deleted${why}`, 500, {
      member: name,
      next: 'AddLearner',
    })
  }
  return undefined
}
