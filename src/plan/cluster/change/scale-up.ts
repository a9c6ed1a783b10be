import { exchangedMembers, spareName } from '../../../model/cluster/exchange.ts'
import { configOf, isHealthy, leaderOf, learners, listed, podOf, volumeOf, voters } from '../../../model/cluster/members.ts'
import { goneNode, isOnLostNode, whyStranded } from '../../../model/cluster/node-loss.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { isRestored } from '../../../model/cluster/restored.ts'
import { neverHeldData } from '../../../model/cluster/retained-volumes.ts'
import {
  absentNames,
  isVolumeDeletionDenied,
  joinBackoffMs,
  joiningNames,
  joinPatienceMs,
  missingNames,
  unstartedLearner,
} from '../../../model/cluster/scaling.ts'
import { whyStillThere } from '../../../model/cluster/silence.ts'
import type { ClusterView, VolumeFacts } from '../../../model/cluster/view.ts'
import { peerUrl } from '../../../model/names.ts'
import type { InitialState } from '../../../objects/etcd-config/member-config.ts'
import { awaitHealthy } from '../await-healthy.ts'
import { block, type Decision, step, wait } from '../step.ts'

/**
 * Adds members as learners; `promoteLearner` makes them voters on a later pass. Per member:
 *
 *   old volume gone -> joining config -> MemberAdd as learner -> (settle) pod -> started -> config established -> promoted
 *
 * Where two may be learners at once the second pod is created a little after the first, and the second member added the
 * moment the first has started: two that bootstrap at the same moment would each wait seven seconds for the other's version.
 */
export function scaleUp(view: ClusterView): Decision | undefined {
  if (absentNames(view).length === 0) return undefined
  const names = joiningNames(view)
  const [next] = names
  if (next === undefined) return missingNames(view).length === 0 && learners(view).length === 0 ? backOff(view) : undefined

  return join(view, names, next)
}

/** Prepares these names, and adds the next of them as a learner. */
export function join(view: ClusterView, names: readonly string[], next: string): Decision | undefined {
  return clearOldVolume(view, names) ?? writeConfigs(view, names) ?? awaitOldVolume(view, names) ?? add(view, next)
}

/**
 * Of two members that join together the second is added the moment the first has started, and before the first is promoted: the
 * second pod exits at once as long as etcd doesn't list it, and etcd adds no member for five seconds after a promotion.
 */
export function addWaiting(view: ClusterView): Decision | undefined {
  const [next] = joiningNames(view)
  if (next === undefined || learners(view).length === 0 || configOf(view, next)?.state !== 'joining') return undefined
  const decision = join(view, [next], next)
  return decision?.kind === 'step' ? decision : undefined
}

/** Names failed to join, and the next try is not due yet. */
export function backOff(view: ClusterView): Decision {
  const [name, failed] = [...view.memory.failedJoins.entries()].toSorted(
    (a, b) => joinBackoffMs(view, b[0]) - joinBackoffMs(view, a[0]),
  )[0] ?? ['', { count: 0 }]
  const ms = Math.max(1000, joinBackoffMs(view, name))
  // Its pod was kept, so it shows the cause as long as that lasts.
  const trouble = podTrouble(view, name)
  const why = trouble === undefined ? '' : `. ${trouble.message}`
  const times = failed.count === 1 ? 'once' : `${failed.count} times`
  return wait('MemberNotStarting', `${name} failed to join ${times}; next try in ${Math.ceil(ms / 1000)} s${why}`, ms, {
    member: name,
    next: 'AddLearner',
    patienceMs: joinPatienceMs(view, name),
  })
}

/**
 * The volume of an earlier member of this name is deleted first: its data would bring back a removed member. The joining config is
 * written only once that volume is being deleted, so a volume beside a joining config is the new one.
 */
function clearOldVolume(view: ClusterView, names: readonly string[]): Decision | undefined {
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
function awaitOldVolume(view: ClusterView, names: readonly string[]): Decision | undefined {
  for (const name of names) {
    const volume = volumeOf(view, name)
    const pod = podOf(view, name)
    if (volume?.deleting !== true) continue
    // Safety: the list is linearizable and lacks this name, so the process can't vote if it still runs; its node has been lost for as
    // long as the spec says, and the pod is named by its uid.
    if (pod !== undefined && isOnLostNode(view, pod))
      return step('NodeLost', `${goneNode(view, pod.node ?? '')}: deleting pod ${name} without waiting for its kubelet`, {
        do: 'DeletePod',
        member: name,
        uid: pod.uid,
        force: true,
      })
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

/** The config of a joining member holds the member list as it will be after that member has been added. */
function writeConfigs(view: ClusterView, names: readonly string[]): Decision | undefined {
  const inList = listed(view).flatMap((member) => member.name ?? [])
  const wanted = new Map(names.map((name, index) => [name, [...inList, ...names.slice(0, index + 1)]]))
  const stale = [...wanted].filter(([name, members]) => {
    const entry = configOf(view, name)
    return (
      entry?.state !== 'joining' || entry.members.length !== members.length || !members.every((member) => entry.members.includes(member))
    )
  })
  if (stale.length === 0) return undefined
  const write: Record<string, InitialState> = Object.fromEntries(stale.map(([name, members]) => [name, { state: 'joining', members }]))
  return step('ScalingUp', `writing the config with which ${stale.map(([name]) => name).join(' and ')} will join`, {
    do: 'WriteConfig',
    write,
    remove: [],
  })
}

function add(view: ClusterView, next: string): Decision | undefined {
  if (unstartedLearner(view) !== undefined) return undefined
  if (leaderOf(view) === undefined) return wait('StartingMembers', 'waiting for a leader', 500, { next: 'AddLearner' })
  const sick = voters(view).find((member) => !isHealthy(view, member))
  if (sick !== undefined) return awaitHealthy(view, sick, { next: 'AddLearner', until: '; members are added when all answer' })
  const refused = podTrouble(view, next)
  if (refused?.reason === 'QuotaExceeded') return wait(refused.reason, refused.message, 5000, { member: next, next: 'AddLearner' })
  // Safety: all voters are healthy, a learner carries no vote, and none that has not started is listed beside it.
  const isSpare = next === spareName(view)
  return step(isSpare ? 'ExchangingMember' : 'ScalingUp', `adding ${next} as a learner${isSpare ? inPlaceOf(view) : ''}`, {
    do: 'AddLearner',
    member: next,
    peerUrl: peerUrl(view.cluster, next),
  })
}

function inPlaceOf(view: ClusterView): string {
  const [exchanged] = exchangedMembers(view)
  return exchanged === undefined ? '' : `, a spare while ${exchanged.name} (${exchanged.id}) is exchanged`
}
