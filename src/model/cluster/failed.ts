import type { Reason } from '../../api/reasons.ts'
import { byOrdinal, isOurs, listed } from './members.ts'
import { nodeLoss } from './node-loss.ts'
import { podTrouble } from './pod-trouble.ts'
import type { ClusterView, OurMember } from './view.ts'
import { type VolumeReason, volumeEvidence } from './volume-evidence.ts'
import { wrongMembers } from './wrong-data.ts'

/** Why a member has failed for good. */
export type FailedReason = VolumeReason | Extract<Reason, 'DataCorrupt' | 'NodeLost'>

/** A listed member that can't come back under its ID, so that it has to be replaced. */
export interface FailedMember {
  readonly member: OurMember
  readonly reason: FailedReason
  /** The evidence; begins with the member's name. */
  readonly message: string
}

/** In the order in which a replacement has its vote, the quickest first. */
const quickestFirst: readonly FailedReason[] = [
  'VolumeLost', // its node lives, and its new volume is there
  'VolumeSetBack', // its node lives, and its volume is deleted first
  'VolumeExchanged',
  'VolumeDamaged',
  'DataCorrupt',
  'NodeLost', // another node has to take its pod and make a volume
]

/**
 * The listed members that have failed for good, in the order in which they are replaced. A member that is frozen, slow, cut off, restarting
 * or out of memory, that crashes on a bad option, or whose volume is full has not failed: it comes back with its log.
 */
export function failedMembers(view: ClusterView): readonly FailedMember[] {
  const order = byOrdinal(view)
  return listed(view)
    .filter(isOurs)
    .flatMap((member) => evidence(view, member) ?? [])
    .toSorted((a, b) => quickestFirst.indexOf(a.reason) - quickestFirst.indexOf(b.reason) || order(a.member.name, b.member.name))
}

function evidence(view: ClusterView, member: OurMember): FailedMember | undefined {
  return wrongVolume(view, member) ?? lostVolume(view, member) ?? wrongData(view, member) ?? lostNode(view, member)
}

function wrongVolume(view: ClusterView, member: OurMember): FailedMember | undefined {
  const evidence = volumeEvidence(view, member)
  return evidence && { member, ...evidence }
}

function lostNode(view: ClusterView, member: OurMember): FailedMember | undefined {
  const message = nodeLoss(view, member)
  return message === undefined ? undefined : { member, reason: 'NodeLost', message }
}

/** The guard of the member's config found no log on its volume. */
function lostVolume(view: ClusterView, member: OurMember): FailedMember | undefined {
  const trouble = podTrouble(view, member.name)
  return trouble?.reason === 'VolumeLost' ? { member, reason: trouble.reason, message: trouble.message } : undefined
}

/** Its data differs from that of a majority of all voters. The rules of the stage `corruption` remove such a member. */
function wrongData(view: ClusterView, member: OurMember): FailedMember | undefined {
  const wrong = wrongMembers(view).find((one) => one.member.id === member.id)
  return wrong && { member, reason: 'DataCorrupt', message: wrong.message }
}
