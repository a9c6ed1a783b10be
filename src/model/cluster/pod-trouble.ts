import { volumeName } from '../names.ts'
import { creationTrouble, startTrouble, type Trouble } from '../pod-start.ts'
import { isRefusedByPeers, refusalInWords } from './data-signs.ts'
import { hasExitOfEarlierMember } from './earlier-exit.ts'
import { exitTrouble } from './exit-trouble.ts'
import { answerOf, listedByName, podOf, volumeOf } from './members.ts'
import type { ProvedTrouble } from './memory.ts'
import { staysUp } from './stays-up.ts'
import type { ClusterView, PodFacts } from './view.ts'
import { refusesEmptyVolume, volumeEvidence, withoutLogInWords } from './volume-evidence.ts'

type Check = (view: ClusterView, pod: PodFacts) => Trouble | undefined

/** The first one that has something to say decides. */
const checks: readonly Check[] = [
  withoutClass, // a missing StorageClass is the commonest cause of a pod that isn't scheduled, and the scheduler doesn't name it
  withoutLog, // the guard of an empty volume looks like any other crash
  onWrongVolume, // what two exits in a row prove counts more than the words of the last
  notStarting,
  refusedByOthers, // a healthy member exits like that, too, while a member with wrong data runs
  crashing,
  provedBefore, // the container of a member that can't start runs for a moment at each try
]

/**
 * Why a member's pod doesn't run etcd, as far as its own objects tell; undefined when it answers or nothing is wrong yet. The
 * message begins with the member's name.
 */
export function podTrouble(view: ClusterView, member: string): Trouble | undefined {
  if (answerOf(view, member) !== undefined) return undefined
  const pod = podOf(view, member)
  if (pod === undefined) return refusal(view, member)
  if (isStarting(view, pod)) return undefined
  for (const check of checks) {
    const trouble = check(view, pod)
    if (trouble !== undefined) return trouble
  }
  return undefined
}

function refusal(view: ClusterView, member: string): Trouble | undefined {
  const refused = view.podRefusals.find(({ pod }) => pod === member)
  return refused && creationTrouble(refused.message, member)
}

/** Whether the pod is in a state that ends by itself. */
function isStarting(view: ClusterView, { name, lastExit, unschedulable = '' }: PodFacts): boolean {
  // The scheduler did not have the new claim in its cache yet.
  if (/persistentvolumeclaim "[^"]*" not found|Operation cannot be fulfilled/.test(unschedulable)) return true
  if (hasExitOfEarlierMember(view, name)) return true
  // The member started before etcd listed it, or with the config of an earlier member of its name; the kubelet starts it again.
  return !refusesEmptyVolume(view, name) && (lastExit?.cause === 'list-differs' || lastExit?.cause === 'empty-volume')
}

function withoutClass(view: ClusterView, { name, unschedulable }: PodFacts): Trouble | undefined {
  const { storageClass } = view
  if (unschedulable === undefined || !storageClass.known || storageClass.value === 'exists' || volumeOf(view, name)?.bound) return undefined
  const wanted = view.cluster.spec.storage.className
  const existing = view.storageClasses.length === 0 ? '' : ` (there are ${view.storageClasses.join(', ')})`
  // Members that have their volumes keep them while another class is named.
  const other = view.cluster.status?.clusterID === undefined ? 'delete the EtcdCluster and name another' : 'name another'
  const how = view.cluster.status?.clusterID === undefined ? '' : ' (with spec.storage.migration MemberByMember)'
  const missing =
    storageClass.value === 'missing'
      ? `StorageClass ${wanted} does not exist${existing}; create it, or ${other} in spec.storage.className${how}`
      : `there is no default StorageClass${existing}; mark one, or ${other.replace('another', 'one')} in spec.storage.className${how}`
  return { reason: 'StorageClassMissing', message: `${name} waits for its volume: ${missing}` }
}

function withoutLog(_view: ClusterView, { name, lastExit, etcd }: PodFacts): Trouble | undefined {
  if (lastExit?.cause !== 'empty-volume' || etcd.state === 'running') return undefined
  return {
    reason: 'VolumeLost',
    message: `${name} ${withoutLogInWords}`,
  }
}

function onWrongVolume(view: ClusterView, { name }: PodFacts): Trouble | undefined {
  const id = listedByName(view, name)?.id ?? volumeOf(view, name)?.memberId
  return id === undefined ? undefined : volumeEvidence(view, { name, id })
}

/** The fields of the spec that a person can change. */
const waysOut: Partial<Record<Trouble['reason'], string>> = {
  ImagePullFailed: 'correct spec.version or spec.image',
  Unschedulable: 'correct spec.pod, or make room',
}

function notStarting({ now }: ClusterView, { name, node, createdAt, unschedulable, etcd, warning, endsBy }: PodFacts): Trouble | undefined {
  const waiting = etcd.state === 'waiting' ? etcd : undefined
  const overdueMs = endsBy === undefined ? undefined : now - endsBy
  const trouble = startTrouble({ name, node, ageMs: now - createdAt, unschedulable, waiting, warning, overdueMs }, name)
  const wayOut = trouble && waysOut[trouble.reason]
  return trouble && wayOut ? { ...trouble, message: `${trouble.message}; ${wayOut}` } : trouble
}

function refusedByOthers(view: ClusterView, pod: PodFacts): Trouble | undefined {
  if (pod.etcd.state === 'running' || !isRefusedByPeers(view, pod)) return undefined
  return {
    reason: 'DataCorrupt',
    message: `${refusalInWords(pod.name)}; either may be wrong, and if the other is, ${pod.name} starts once the other is removed`,
  }
}

function crashing(_view: ClusterView, { name, etcd, lastExit }: PodFacts): Trouble | undefined {
  if (etcd.state !== 'waiting' || etcd.reason !== 'CrashLoopBackOff') return undefined
  return exitTrouble(name, volumeName(name), lastExit?.cause ?? 'other', lastExit?.message ?? etcd.message)
}

/**
 * A cause that was proved stands until it is disproved: the member answers, another pod takes its place, or its container stays up. It
 * says nothing of the member that joins under this name after the first was removed, although its pod may be the same.
 */
function provedBefore(view: ClusterView, pod: PodFacts): Trouble | undefined {
  const proved = view.memory.provedTroubles.get(pod.name)
  if (view.membership.known && proved?.memberId !== listedByName(view, pod.name)?.id) return undefined
  if (proved?.podUid !== pod.uid || staysUp(view, pod)) return undefined
  return proved.trouble
}

/** Reasons of a container that restarts again and again; all other reasons stay visible in the pod until they are over. */
const lasting: ReadonlySet<Trouble['reason']> = new Set([
  'VolumeLost',
  'CrashLooping',
  'DataCorrupt',
  'OptionRefused',
  'OutOfMemory',
  'VolumeFull',
  'VolumeReadOnly',
  'VolumeFailed',
  'NewerVersion',
  'VersionTooOld',
])

/** Without a majority the ID is the one of the last proof. */
function idOf(view: ClusterView, name: string): string | undefined {
  return view.membership.known ? listedByName(view, name)?.id : view.memory.provedTroubles.get(name)?.memberId
}

/** The proved troubles of the members' pods, by member name. */
export function provedTroubles(view: ClusterView): ReadonlyMap<string, ProvedTrouble> {
  const proved = view.pods.flatMap(({ name, uid }) => {
    const trouble = podTrouble(view, name)
    return trouble !== undefined && lasting.has(trouble.reason)
      ? [[name, { podUid: uid, memberId: idOf(view, name), trouble }] as const]
      : []
  })
  return new Map(proved)
}
