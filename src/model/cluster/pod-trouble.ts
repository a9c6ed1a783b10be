import type { WaitReason } from '../../api/reasons.ts'
import { answerOf, configOf, listedByName, podOf, volumeOf } from './members.ts'
import type { ClusterView } from './view.ts'

export interface Trouble {
  readonly reason: WaitReason
  /** Begins with the member's name. */
  readonly message: string
}

/** Why the kubelet says that a container waits when it can't have the image. */
export const pullReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])

/** Why a member's pod doesn't run etcd, as far as its own objects tell; undefined when it answers or nothing is wrong yet. */
export function podTrouble(view: ClusterView, member: string): Trouble | undefined {
  if (answerOf(view, member) !== undefined) return undefined
  const pod = podOf(view, member)
  if (pod === undefined) return refusal(view, member)
  if (pod.unschedulable !== undefined) return unscheduled(view, member, pod.unschedulable)
  // One that came before it was listed, or with a config of its predecessor, is started again: no action is needed.
  if (!refusesEmptyVolume(view, member) && (pod.lastExit?.cause === 'list-differs' || pod.lastExit?.cause === 'empty-volume'))
    return undefined
  if (pod.lastExit?.cause === 'empty-volume' && pod.etcd.state !== 'running') {
    return {
      reason: 'VolumeLost',
      message: `${member} refuses to start: its volume is empty, and a voter without its log could lose acknowledged writes`,
    }
  }
  if (pod.etcd.state === 'waiting') {
    const { reason, message } = pod.etcd
    if (pullReasons.has(reason))
      return {
        reason: 'ImagePullFailed',
        message: `${member} can't pull its image: ${message || reason}; correct spec.version or spec.image`,
      }
    if (reason === 'CrashLoopBackOff')
      return { reason: 'CrashLooping', message: `${member} ends again and again: ${pod.lastExit?.message ?? message}` }
    if (reason === 'CreateContainerConfigError' || reason === 'CreateContainerError' || reason === 'RunContainerError') {
      return { reason: 'PodRejected', message: `${member}'s container can't be created: ${message || reason}` }
    }
  }
  return undefined
}

/** Whether the member has started once, so that an empty volume means that its log is lost. */
function refusesEmptyVolume(view: ClusterView, member: string): boolean {
  const isPublished = !view.membership.known || listedByName(view, member)?.published === true
  return isPublished && configOf(view, member)?.state === 'established'
}

function refusal(view: ClusterView, member: string): Trouble | undefined {
  const refused = view.podRefusals.find(({ pod }) => pod === member)
  if (refused === undefined) return undefined
  const reason: WaitReason = /exceeded quota|LimitRange|maximum .* usage|minimum .* usage/i.test(refused.message)
    ? 'QuotaExceeded'
    : 'PodRejected'
  return { reason, message: `${member} can't be created: ${refused.message}` }
}

function unscheduled(view: ClusterView, member: string, why: string): Trouble | undefined {
  const volume = volumeOf(view, member)
  if (view.storageClass.known && view.storageClass.value !== 'exists' && volume?.bound !== true) {
    const wanted = view.cluster.spec.storage.className
    const missing =
      view.storageClass.value === 'missing'
        ? `StorageClass ${wanted} does not exist; create it`
        : 'there is no default StorageClass; mark one, or delete the EtcdCluster and name one in spec.storage.className'
    return { reason: 'StorageClassMissing', message: `${member} waits for its volume: ${missing}` }
  }
  // The scheduler was quicker than its cache of claims.
  if (/persistentvolumeclaim "[^"]*" not found|Operation cannot be fulfilled/.test(why)) return undefined
  // The scheduler says so when a claim can't be bound by any node or has no class: the volume is the cause, not the nodes.
  if (/unbound (immediate )?PersistentVolumeClaims|persistentvolumeclaim/i.test(why))
    return { reason: 'VolumePending', message: `${member} waits for its volume: ${why}` }
  return { reason: 'Unschedulable', message: `${member} fits on no node: ${why}; correct spec.pod, or make room` }
}
