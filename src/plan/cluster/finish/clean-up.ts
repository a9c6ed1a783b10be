import { isOurs, learners, listed, listedByName, podOf, replicasFor, volumeOf } from '../../../model/cluster/members.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { isVolumeDeletionDenied, missingNames } from '../../../model/cluster/scaling.ts'
import type { ClusterView, Member } from '../../../model/cluster/view.ts'
import { type Decision, step } from '../step.ts'

/** A learner whose volume is lost or being deleted must not become a voter: it is removed, and its name joins again with a new ID. */
export function dropLostLearner(view: ClusterView): Decision | undefined {
  const lost = learners(view)
    .filter(isOurs)
    .find((member) => podTrouble(view, member.name)?.reason === 'VolumeLost' || volumeOf(view, member.name)?.deleting === true)
  if (lost === undefined) return undefined
  // Safety: a learner carries no vote.
  return step('VolumeLost', `${lost.name} lost its volume while it was a learner; it joins again`, {
    do: 'RemoveMember',
    member: lost.name,
    id: lost.id,
    failedToJoin: false,
  })
}

/** Pods of names that are neither listed nor about to join. */
export function dropPods(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours' || !listed(view).every(isOurs)) return undefined
  const { uid, value: set } = view.statefulSet
  const wanted = replicasFor(view, [...listed(view).flatMap((member) => member.name ?? []), ...missingNames(view)])
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

/** The config of a removed member is deleted: if its name joins again, it needs a config with the new member list. */
export function dropConfigs(view: ClusterView): Decision | undefined {
  if (view.config.state !== 'ours') return undefined
  const keep = new Set(missingNames(view))
  const remove = [...view.config.value.members.entries()]
    .filter(([name, entry]) => listedByName(view, name) === undefined && !(entry.state === 'joining' && keep.has(name)))
    .map(([name]) => name)
  if (remove.length === 0 || !listed(view).every(isOurs)) return undefined
  return step('CleaningUp', `removing the configs of members that left: ${remove.join(', ')}`, { do: 'WriteConfig', write: {}, remove })
}

/** The volumes of members that left, where the spec says so; one at a time, and only while a majority is healthy. */
export function dropVolumes(view: ClusterView): Decision | undefined {
  if (view.cluster.spec.storage.scaleDownPolicy !== 'Delete' || !listed(view).every(isOurs) || isVolumeDeletionDenied(view))
    return undefined
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
