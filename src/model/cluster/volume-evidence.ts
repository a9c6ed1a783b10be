import type { Reason } from '../../api/reasons.ts'
import { compareMinors } from '../versions.ts'
import { answerOf, configOf, isLed, listedByName, podOf, volumeOf } from './members.ts'
import { farBehind } from './progress.ts'
import { repeatedExit } from './repeated-exits.ts'
import { stoodStillMs } from './standing-still.ts'
import { templateVersion, versionOf } from './versions-running.ts'
import type { ClusterView, VolumeFacts } from './view.ts'

/**
 * - `VolumeLost`       the volume has no log, although the member had one, or the disk behind the claim is gone
 * - `VolumeExchanged`  it is another claim or disk than the member ran on, or holds the data of another member
 * - `VolumeSetBack`    it holds less than the member once had: what the member acknowledged since is forgotten
 * - `VolumeDamaged`    etcd could not read the log or the database on it, at two starts in a row
 */
export type VolumeReason = Extract<Reason, 'VolumeLost' | 'VolumeExchanged' | 'VolumeSetBack' | 'VolumeDamaged'>

/** What is wrong with a member's volume, so that the member can't go on under its ID. */
export interface VolumeEvidence {
  readonly reason: VolumeReason
  /** The evidence in words; begins with the member's name. */
  readonly message: string
}

/** A member by its identity; without a majority the ID is the one on its volume's mark. */
export interface Identity {
  readonly name: string
  readonly id: string
}

/**
 * What proves that a started member's volume is lost, exchanged, set back or damaged; undefined while nothing proves it. A member that
 * answers and knows a leader has whatever it lacked from that leader, so nothing is wrong with it.
 */
export function volumeEvidence(view: ClusterView, member: Identity): VolumeEvidence | undefined {
  if (!refusesEmptyVolume(view, member.name) || isLed(view, member)) return undefined
  const volume = volumeOf(view, member.name)
  if (volume === undefined) return undefined
  for (const [reason, check] of checks) {
    const message = check(view, member, volume)
    if (message !== undefined) return { reason, message: `${member.name} ${message}` }
  }
  return undefined
}

/** Whether the member has started once, so that an empty volume means that its log is lost. */
export function refusesEmptyVolume(view: ClusterView, name: string): boolean {
  const isPublished = !view.membership.known || listedByName(view, name)?.published === true
  return isPublished && configOf(view, name)?.state === 'established'
}

type Check = (view: ClusterView, member: Identity, volume: VolumeFacts) => string | undefined

/** The first check that has something to say decides. */
const checks: readonly (readonly [VolumeReason, Check])[] = [
  ['VolumeLost', withoutLog],
  ['VolumeLost', emptied],
  ['VolumeExchanged', exchanged],
  ['VolumeSetBack', setBack],
  ['VolumeDamaged', corrupt],
]

/** For people, after the member's name, of a member whose config refuses an empty volume. */
export const withoutLogInWords =
  'refuses to start: there is no log on its volume, and a voter without its log could lose acknowledged writes'

function withoutLog(view: ClusterView, { name }: Identity, volume: VolumeFacts): string | undefined {
  if (volume.lost) return `has lost its disk: the PersistentVolume of ${volume.name} is gone`
  const pod = podOf(view, name)
  if (volume.unused && pod?.etcd.state !== 'running') return `has a new claim: ${volume.name} never had a volume`
  if (pod?.lastExit?.cause !== 'empty-volume' || pod.etcd.state === 'running') return undefined
  return withoutLogInWords
}

function emptied(view: ClusterView, { name }: Identity): string | undefined {
  const pod = podOf(view, name)
  if (pod?.lastExit?.cause !== 'emptied' || pod.etcd.state === 'running') return undefined
  return 'has an empty log, and the leader remembers what it had acknowledged'
}

function exchanged(view: ClusterView, { name, id }: Identity, volume: VolumeFacts): string | undefined {
  // Marks of another EtcdCluster are of adopted volumes; they are written anew when the member has started.
  if (volume.clusterUid !== view.cluster.metadata.uid) return undefined
  const answer = answerOf(view, name)
  if (volume.memberId !== undefined && volume.memberId !== id)
    return `has the volume of member ${volume.memberId}, which is not its ID: etcd lists it as ${id}`
  if (answer !== undefined && answer.memberId !== id) return `runs on the data of member ${answer.memberId}: etcd lists it as ${id}`
  if (volume.markedClaimUid !== undefined && volume.markedClaimUid !== volume.uid)
    return `has another claim than it ran on: ${volume.name} has the UID ${volume.uid} and is marked as ${volume.markedClaimUid}`
  if (volume.markedVolumeName !== undefined && volume.volumeName !== undefined && volume.markedVolumeName !== volume.volumeName)
    return `has another disk than it ran on: ${volume.name} is bound to ${volume.volumeName} and is marked with ${volume.markedVolumeName}`
  return undefined
}

/** A member that replays its log gets further within this time. */
const stillMs = 10_000

function setBack(view: ClusterView, { name }: Identity, { clusterUid, progress }: VolumeFacts): string | undefined {
  if (repeatedExit(view, name) === 'set-back')
    return 'lacks entries that it had acknowledged to the leader: etcd exited for that at two starts in a row'
  const answer = answerOf(view, name)
  if (answer === undefined || progress === undefined || clusterUid !== view.cluster.metadata.uid) return undefined
  // etcd shows 0 until it has applied its first entry after a start.
  if (answer.raftAppliedIndex === 0 || stoodStillMs(view, name) < stillMs) return undefined
  if (answer.revision + farBehind > progress.revision || answer.raftAppliedIndex + farBehind > progress.applied) return undefined
  return `holds revision ${answer.revision} and entry ${answer.raftAppliedIndex}, and had reached revision ${progress.revision} and entry ${progress.applied} before`
}

function corrupt(view: ClusterView, { name }: Identity): string | undefined {
  if (repeatedExit(view, name) !== 'corrupt') return undefined
  // Data of another version, which this one may not be able to read, looks like damage: 3.7 exits at entries of 3.5 with a panic.
  const ran = versionOf(view, name) ?? view.cluster.status?.version
  if (ran !== undefined && compareMinors(ran, templateVersion(view) ?? ran) !== 0) return undefined
  return `can't read its log or its database, at two starts in a row: ${podOf(view, name)?.lastExit?.message ?? ''}`
}
