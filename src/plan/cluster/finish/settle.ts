import { configOf, isStarted, learners, listed, listedByName, podOf, replicasFor } from '../../../model/cluster/members.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import {
  isOurs,
  isVolumeDeletionDenied,
  leavingMembers,
  missingNames,
  preparedNames,
  startDeadlineMs,
  unstartedLearner,
  unstartedMs,
} from '../../../model/cluster/scaling.ts'
import type { ClusterView, Member } from '../../../model/cluster/view.ts'
import { formatDuration } from '../../../model/duration.ts'
import type { InitialState } from '../../../objects/etcd-config/member-config.ts'
import { type Decision, takeStep } from '../step.ts'

/** Finishes what was begun, by a pass before this one or by an operator that is no longer there, before anything new. */
export function settle(view: ClusterView): Decision | undefined {
  return (
    establishStarted(view) ??
    correctJoiningConfig(view) ??
    keepPods(view) ??
    retryJoin(view) ??
    giveUpJoining(view) ??
    dropLostLearner(view) ??
    dropPods(view) ??
    dropConfigs(view) ??
    dropVolumes(view)
  )
}

/**
 * The amnesia guard: as soon as a member has started, its config refuses an empty volume, so that it can't come back
 * without its log under its old ID. Done before it is ever promoted.
 */
function establishStarted(view: ClusterView): Decision | undefined {
  const open = listed(view)
    .filter(isOurs)
    .filter((member) => isStarted(view, member) && configOf(view, member.name)?.state !== 'established')
    .map((member) => member.name)
  if (open.length === 0) return undefined
  const established: InitialState = { state: 'established' }
  return takeStep('MemberStarted', `${open.join(', ')} started; from now on refusing an empty volume`, {
    do: 'WriteConfig',
    write: Object.fromEntries(open.map((name) => [name, established])),
    remove: [],
  })
}

/** A learner that was added but has not started needs exactly the live list, or etcd refuses it ("member count is unequal"). */
function correctJoiningConfig(view: ClusterView): Decision | undefined {
  const joining = unstartedLearner(view)
  if (joining === undefined || leavingMembers(view).some(({ id }) => id === joining.id)) return undefined
  const members = listed(view).flatMap((member) => member.name ?? [])
  const entry = configOf(view, joining.name)
  if (entry?.state === 'joining' && sameNames(entry.members, members)) return undefined
  // Safety: it never started under this ID (it has published nothing), so it has no vote that an empty volume could forget.
  return takeStep('ScalingUp', `writing the config with which ${joining.name} joins`, {
    do: 'WriteConfig',
    write: { [joining.name]: { state: 'joining', members } },
    remove: [],
  })
}

/** Every listed member has its pod; only one that is leaving may go without. */
function keepPods(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  const [leaving] = leavingMembers(view)
  const names = [
    ...listed(view).flatMap((member) => (member.name !== undefined && member.id !== leaving?.id ? member.name : [])),
    ...preparedNames(view),
  ]
  const needed = replicasFor(view, names)
  if (view.statefulSet.value.replicas >= needed) return undefined
  const member = names.find((name) => replicasFor(view, [name]) === needed) ?? ''
  return takeStep('ScalingUp', `creating the pods of listed members up to ${member}`, {
    do: 'SetReplicas',
    uid: view.statefulSet.uid,
    replicas: needed,
    member,
  })
}

/** A joining member that came before it was listed exits and sits in the kubelet's back-off; a new pod starts at once. */
function retryJoin(view: ClusterView): Decision | undefined {
  const joining = unstartedLearner(view)
  const pod = joining && podOf(view, joining.name)
  if (joining === undefined || pod === undefined || pod.endsBy !== undefined) return undefined
  // The kubelet's first restart comes at once, the ones after it later and later.
  const isHeldBack =
    pod.etcd.state === 'waiting' ? pod.etcd.reason === 'CrashLoopBackOff' : pod.etcd.state === 'terminated' && pod.restarts > 0
  if (!isHeldBack) return undefined
  if (pod.lastExit?.cause !== 'list-differs' && pod.lastExit?.cause !== 'empty-volume') return undefined
  // Safety: its container does not run, and it never started under this ID.
  return takeStep('ReplacingPod', `${joining.name} came before it was listed; starting it again`, {
    do: 'DeletePod',
    member: joining.name,
    uid: pod.uid,
  })
}

/** A member that does not start is taken off the list, so that it isn't in the way of others; it is tried again later. */
function giveUpJoining(view: ClusterView): Decision | undefined {
  const joining = unstartedLearner(view)
  if (joining === undefined || unstartedMs(view, joining) < startDeadlineMs) return undefined
  const why = podTrouble(view, joining.name)?.message ?? `${joining.name} did not start`
  // Safety: a learner carries no vote, and this one never started.
  return takeStep('MemberNotStarting', `${why}; taken off the list after ${formatDuration(startDeadlineMs)}, to be tried again later`, {
    do: 'RemoveMember',
    member: joining.name,
    id: joining.id,
    failedToJoin: true,
  })
}

/** A learner whose volume is lost refuses to start, like any member; it leaves, and its name joins again with a new ID. */
function dropLostLearner(view: ClusterView): Decision | undefined {
  const lost = learners(view)
    .filter(isOurs)
    .find((member) => podTrouble(view, member.name)?.reason === 'VolumeLost')
  if (lost === undefined) return undefined
  // Safety: a learner carries no vote.
  return takeStep('VolumeLost', `${lost.name} lost its volume while it was a learner; it joins again`, {
    do: 'RemoveMember',
    member: lost.name,
    id: lost.id,
    failedToJoin: false,
  })
}

/** Pods of names that are neither listed nor about to join. */
function dropPods(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours' || !listed(view).every(isOurs)) return undefined
  const { uid, value: set } = view.statefulSet
  const wanted = replicasFor(view, [...listed(view).flatMap((member) => member.name ?? []), ...missingNames(view)])
  if (set.replicas <= wanted) return undefined
  const leftover = view.pods.filter((pod) => replicasFor(view, [pod.name]) > wanted).map((pod) => pod.name)
  // Safety: the list is linearizable, and no member of it has an ordinal that goes.
  return takeStep('CleaningUp', `removing pods of members that left: ${leftover.join(', ') || 'none left'}`, {
    do: 'SetReplicas',
    uid,
    replicas: wanted,
    member: leftover[0] ?? '',
  })
}

/** A name that left must find no config when it comes again: its next start needs a new list. */
function dropConfigs(view: ClusterView): Decision | undefined {
  if (view.config.state !== 'ours') return undefined
  const keep = new Set(missingNames(view))
  const remove = [...view.config.value.members.entries()]
    .filter(([name, entry]) => listedByName(view, name) === undefined && !(entry.state === 'joining' && keep.has(name)))
    .map(([name]) => name)
  if (remove.length === 0 || !listed(view).every(isOurs)) return undefined
  return takeStep('CleaningUp', `removing the configs of members that left: ${remove.join(', ')}`, { do: 'WriteConfig', write: {}, remove })
}

/** The volumes of members that left, where the spec says so; one at a time, and only while a majority is healthy. */
function dropVolumes(view: ClusterView): Decision | undefined {
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
  return takeStep('CleaningUp', `deleting ${left.name}: ${left.member} left the cluster, and spec.storage.scaleDownPolicy is Delete`, {
    do: 'DeleteVolume',
    member: left.member,
    volume: left.name,
    uid: left.uid,
  })
}

function isListed(view: ClusterView, name: string, id: string | undefined): boolean {
  return listed(view).some((member: Member) => member.name === name || member.id === id)
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}
