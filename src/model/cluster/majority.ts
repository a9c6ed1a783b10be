import { needsPerson, type WaitReason } from '../../api/reasons.ts'
import { etcdctlOutside } from './etcdctl.ts'
import { markedVoters } from './marked-voters.ts'
import { answerOf, configOf, podOf } from './members.ts'
import { podTrouble } from './pod-trouble.ts'
import { quorum } from './quorum.ts'
import { whySilent } from './silence.ts'
import { staysUp } from './stays-up.ts'
import type { ClusterView } from './view.ts'
import { volumeEvidence } from './volume-evidence.ts'

/** Why no majority of the voters answers, with the members, the evidence and the way out. */
export interface MissingMajority {
  /**
   * - `AllMembersLost`       every voter lost its volume: there is nothing left to take a snapshot from
   * - `QuorumLost`           so many voters lost their volumes that the rest is no majority
   * - `MajorityUnreachable`  pods run and don't answer: their nodes or the network are away, and their volumes are not known to be lost
   * - `MajorityDown`         members don't run, are starting, or have no leader yet
   * - `NoContact`            pods run, and no member answers the operator: their clients may be served
   */
  readonly reason: Extract<WaitReason, 'AllMembersLost' | 'QuorumLost' | 'MajorityUnreachable' | 'MajorityDown' | 'NoContact'>
  readonly message: string
  /** Whether it is certain that no majority serves: a member that only the operator can't reach may serve its clients. */
  readonly isCertain: boolean
  /** Whether a majority can't come back before a person acts. */
  readonly needsPerson: boolean
  /** What is wrong with the volumes of the voters that can't come back, by the member's name. */
  readonly lost: ReadonlyMap<string, string>
  /** The members that still answer on their client port: each hands out a snapshot until its process ends. */
  readonly survivors: readonly string[]
}

/** Undefined while a majority answers, and before the cluster has members. */
export function missingMajority(view: ClusterView): MissingMajority | undefined {
  if (view.membership.known) return undefined
  const ids = lastVoters(view)
  const names = [...ids.keys()]
  const evidence = new Map(names.flatMap((name) => lossOf(view, name, ids.get(name)) ?? []))
  const lost = names.filter((name) => evidence.has(name))
  const survivors = names.filter((name) => answerOf(view, name)?.serves === true)
  if (names.length > 0 && names.length - lost.length < quorum(names.length))
    return { ...lostForGood(view, names, evidence, survivors), isCertain: true, needsPerson: true, lost: evidence, survivors }
  return { ...awayForNow(view, names), lost: evidence, survivors }
}

/** A voter whose volume can't be trusted any more never has its vote again: what is wrong with the volume, by the member's name. */
function lossOf(view: ClusterView, name: string, id: string | undefined): readonly (readonly [string, string])[] {
  const trouble = podTrouble(view, name)
  if (trouble?.reason === 'VolumeLost') return [[name, trouble.message]]
  // A survivor that answers has what it has; only a majority could say that it lacks something.
  if (answerOf(view, name) !== undefined) return []
  const found = id === undefined ? undefined : volumeEvidence(view, { name, id })
  if (found !== undefined) return [[name, found.message]]
  return isStillLost(view, name) ? [[name, `${name} lost its volume, and is started on another`]] : []
}

/**
 * Whether a voter that the status tells as lost is only being started: once its new claim has a volume, nothing but the first exit of etcd
 * tells that there is no log on it. It stops counting as lost when its process stays up.
 */
function isStillLost(view: ClusterView, name: string): boolean {
  const { conditions = [], memberStatus = [] } = view.cluster.status ?? {}
  const isTold = conditions.some(
    ({ type, status, reason }) => type === 'Stalled' && status === 'True' && (reason === 'QuorumLost' || reason === 'AllMembersLost'),
  )
  if (!isTold || memberStatus.find((row) => row.name === name)?.role !== 'Failed') return false
  const pod = podOf(view, name)
  return pod === undefined || !staysUp(view, pod)
}

/**
 * The voters as they were known last, with their IDs: those of the list that is marked on the volumes, without those whose config was
 * deleted because they left. Members that never started have no vote that could be missing.
 */
function lastVoters(view: ClusterView): ReadonlyMap<string, string | undefined> {
  if (view.config.state !== 'ours') return new Map()
  const started = [...view.config.value.members.keys()].filter((name) => configOf(view, name)?.state !== 'joining').toSorted()
  const marked = markedVoters(view)
  const voters = started.filter((name) => marked.has(name))
  return new Map((voters.length > 0 ? voters : started).map((name) => [name, marked.get(name)]))
}

function lostForGood(
  view: ClusterView,
  names: readonly string[],
  evidence: ReadonlyMap<string, string>,
  survivors: readonly string[],
): Pick<MissingMajority, 'reason' | 'message'> {
  const lost = [...evidence.keys()]
  const why = [...evidence.values()].join('; ')
  if (lost.length === names.length) {
    return {
      reason: 'AllMembersLost',
      message: `every voter lost its volume, so that no member is left to take a snapshot from: ${why}. Nothing is deleted. ${newestBackup(view)} into a new EtcdCluster`,
    }
  }
  return {
    reason: 'QuorumLost',
    message: `${lost.length} of ${names.length} voters lost their volumes, so that no majority can come back: ${why}. Nothing is deleted. ${rescue(view, names, lost, survivors)}`,
  }
}

function rescue(view: ClusterView, names: readonly string[], lost: readonly string[], survivors: readonly string[]): string {
  const [first] = survivors
  if (first === undefined) {
    const kept = names.filter((name) => !lost.includes(name))
    return `${inWords(kept)} ${kept.length === 1 ? 'does' : 'do'} not answer and may hold newer data than any backup: keep ${kept.length === 1 ? 'its volume' : 'their volumes'}. ${newestBackup(view)} into a new EtcdCluster`
  }
  const which =
    survivors.length === 1 ? `${first} still answers` : `${inWords(survivors)} still answer; take the one with the highest revision`
  const { newest } = view.backups
  const otherwise =
    newest === undefined ? '. No verified backup is known' : `; ${lowerFirst(newestBackup(view))} only if there is no snapshot`
  return `${which}: take a snapshot of it now, with ${etcdctlOutside(view, first, 'snapshot save rescued.db')}, and restart, delete or drain no pod before that, because after a restart a member without a majority serves nothing, not even a snapshot. Restore the snapshot into a new EtcdCluster${otherwise}`
}

function newestBackup({ backups: { newest } }: ClusterView): string {
  if (newest === undefined) return 'No verified backup is known: look for the old disks, or restore a stored file of a backup'
  return `Restore backup ${newest.name} (revision ${newest.revision}, completed ${newest.time})`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** Volumes are not known to be lost: the members may all come back with their data. */
function awayForNow(view: ClusterView, names: readonly string[]): Omit<MissingMajority, 'lost' | 'survivors'> {
  const answering = names.filter((name) => answerOf(view, name) !== undefined)
  const silent = names.filter((name) => !answering.includes(name))
  const unreachable = silent.filter((name) => isUnreachable(view, name))
  const why = view.membership.known ? '' : view.membership.why
  const needed = quorum(names.length)
  if (answering.length === 0 && (names.length === 0 || unreachable.length >= needed)) {
    const silence = unreachable.length === 0 ? why : silent.map((name) => whySilent(view, name)).join('; ')
    return { reason: 'NoContact', message: `no member answers the operator: ${silence || why}`, isCertain: false, needsPerson: false }
  }
  const mayServe = names.filter((name) => answerOf(view, name)?.hasLeader || isPerhapsServing(view, name))
  const isCertain = mayServe.length < needed
  const isHelpless = names.length - silent.filter((name) => needsHelp(view, name)).length < needed
  const reasons = silent.map((name) => whySilent(view, name)).join('; ')
  if (answering.length + unreachable.length < needed || unreachable.length === 0) {
    const state = answering.length < needed ? reasons : [`no majority gives the member list: ${why}`, reasons].filter(Boolean).join('; ')
    const message = `no majority of ${names.length} voters runs with a leader: ${state}. Their volumes stay, and a majority goes on with its data as soon as its members have started`
    return { reason: 'MajorityDown', message, isCertain, needsPerson: isHelpless }
  }
  const away = unreachable.map((name) => whySilent(view, name)).join('; ')
  const down = silent.flatMap((name) => (unreachable.includes(name) ? [] : `; ${whySilent(view, name)}`)).join('')
  const others =
    answering.length === 0 ? '' : ` ${inWords(answering)} ${answering.length === 1 ? 'answers and knows' : 'answer and know'} no majority.`
  return {
    reason: 'MajorityUnreachable',
    message: `${away}, although ${unreachable.length === 1 ? 'its pod runs' : 'their pods run'}${down}.${others} Bring the nodes or the network back: the members then go on with their data. Restore no backup before that`,
    isCertain,
    needsPerson: isHelpless,
  }
}

/** Whether the kubelet's last word is that its etcd runs, and it does not answer: its node, its network or its process stands still. */
function isUnreachable(view: ClusterView, name: string): boolean {
  const pod = podOf(view, name)
  if (pod?.etcd.state !== 'running' || answerOf(view, name) !== undefined) return false
  // A pod on a node that is away stays terminating for as long.
  const trouble = podTrouble(view, name)
  return trouble?.reason === 'PodTerminating' || (trouble === undefined && pod.endsBy === undefined)
}

/** Whether a member that does not answer may serve its clients: nothing that still speaks says otherwise. */
function isPerhapsServing(view: ClusterView, name: string): boolean {
  const pod = podOf(view, name)
  if (pod === undefined || !isUnreachable(view, name)) return false
  const node = pod.node === undefined ? undefined : view.nodes.get(pod.node)
  // Kubernetes itself marks the pods of a node that is away as not ready: their kubelet did not say so.
  return pod.ready || (node?.known === true && node.value.state === 'not-ready')
}

/** Whether the member can't start before a person acts. */
function needsHelp(view: ClusterView, name: string): boolean {
  const trouble = podTrouble(view, name)
  return trouble !== undefined && needsPerson(trouble.reason)
}

/** `demo-0`, `demo-0 and demo-1`, `demo-0, demo-1 and demo-2` */
function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
