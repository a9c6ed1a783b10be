import { removalOf } from '../../../model/cluster/approval.ts'
import { failedMembers } from '../../../model/cluster/failed.ts'
import { isListOurs, isOurs, learners, listed, listedByName, podOf, replicasFor, volumeOf } from '../../../model/cluster/members.ts'
import { isOnLostNode } from '../../../model/cluster/node-loss.ts'
import { namesToRejoin, rejoiningNames } from '../../../model/cluster/replacement.ts'
import { isVolumeDeletionDenied, missingNames } from '../../../model/cluster/scaling.ts'
import type { ClusterView, Member } from '../../../model/cluster/view.ts'
import { deleteLostPod } from '../delete-lost-pod.ts'
import { type Decision, step } from '../step.ts'

/** A learner that has failed must not become a voter: it is removed, and its name joins again with a new ID. */
export function dropLostLearner(view: ClusterView): Decision | undefined {
  const failed = failedMembers(view).find(({ member }) => member.isLearner)
  const losing = learners(view)
    .filter(isOurs)
    .find((member) => volumeOf(view, member.name)?.deleting === true)
  const lost = failed?.member ?? losing
  if (lost === undefined) return undefined
  const why = failed?.message ?? `the volume of ${lost.name} is being deleted`
  // Safety: a learner carries no vote.
  return step(failed?.reason ?? 'VolumeLost', `${why}; ${lost.name} is a learner, so it is removed and joins again`, removalOf(lost))
}

/** Pods of names that are neither listed nor about to join. A removed member that joins again keeps its pod. */
export function dropPods(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours' || !isListOurs(view)) return undefined
  const { uid, value: set } = view.statefulSet
  const names = [...listed(view).flatMap((member) => member.name ?? []), ...missingNames(view), ...rejoiningNames(view)]
  const wanted = replicasFor(view, names)
  if (set.replicas <= wanted) return undefined
  const leftover = view.pods.filter((pod) => replicasFor(view, [pod.name]) > wanted).map((pod) => pod.name)
  // Safety: the list is linearizable, and no member of it has an ordinal that goes.
  return step('CleaningUp', `removing pods of members that left: ${leftover.join(', ') || 'none left'}`, {
    do: 'SetReplicas',
    uid,
    replicas: wanted,
    member: leftover[0],
  })
}

/** The pod of a member that left would stay on a lost node for ever, and so would its volume. */
export function dropLostPods(view: ClusterView): Decision | undefined {
  if (!isListOurs(view) || view.statefulSet.state !== 'ours') return undefined
  const { replicas } = view.statefulSet.value
  const lost = view.pods.find(
    (pod) => pod.ours && pod.endsBy !== undefined && replicasFor(view, [pod.name]) > replicas && isOnLostNode(view, pod),
  )
  if (lost === undefined || listedByName(view, lost.name) !== undefined) return undefined
  // Safety: the list is linearizable and lacks this name, and the node of the pod has been lost for as long as the spec says.
  return deleteLostPod(view, lost)
}

/**
 * The config of a removed member is deleted: if its name joins again, it needs a config with the new member list. Until that config is
 * written, a name that joins again at once keeps its old one, which refuses an empty volume: so etcd's exit tells that the new volume is
 * empty (`clearOldVolume`).
 */
export function dropConfigs(view: ClusterView): Decision | undefined {
  if (view.config.state !== 'ours') return undefined
  const rejoining = new Set(namesToRejoin(view))
  const keep = new Set([...missingNames(view), ...rejoining])
  const remove = [...view.config.value.members.entries()]
    .filter(([name]) => listedByName(view, name) === undefined)
    .filter(([name, { state }]) => !(state === 'joining' && keep.has(name)) && !(state === 'established' && rejoining.has(name)))
    .map(([name]) => name)
  if (remove.length === 0 || !isListOurs(view)) return undefined
  return step('CleaningUp', `removing the configs of members that left: ${remove.join(', ')}`, { do: 'WriteConfig', write: {}, remove })
}

/** The volumes of members that left, where the spec says so; one at a time, and only while a majority is healthy. */
export function dropVolumes(view: ClusterView): Decision | undefined {
  if (view.cluster.spec.storage.scaleDownPolicy !== 'Delete' || !isListOurs(view) || isVolumeDeletionDenied(view)) return undefined
  const keep = new Set(missingNames(view))
  const left = view.volumes.find(
    (volume) =>
      volume.clusterUid === view.cluster.metadata.uid &&
      !volume.deleting &&
      podOf(view, volume.member) === undefined &&
      !keep.has(volume.member) &&
      !isListed(view, volume.member, volume.memberId),
  )
  if (left === undefined) return undefined
  // Safety: a majority just answered that neither its name nor its member ID is listed, and no pod mounts it.
  return step('CleaningUp', `deleting ${left.name}: ${left.member} left the cluster, and spec.storage.scaleDownPolicy is Delete`, {
    do: 'DeleteVolume',
    member: left.member,
    volume: left.name,
    uid: left.uid,
  })
}

function isListed(view: ClusterView, name: string, id: string | undefined): boolean {
  return listed(view).some((member: Member) => member.name === name || member.id === id)
}
