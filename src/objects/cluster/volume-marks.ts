import { annotation } from '../../api/labels.ts'
import { incarnation, pinnedClusterId } from '../../model/cluster/identity.ts'
import { answerOf, isOurs, isStarted, listedByName, podOf, raftLag, voters } from '../../model/cluster/members.ts'
import { farBehind, formatProgress } from '../../model/cluster/progress.ts'
import { formatVoters } from '../../model/cluster/retained-volumes.ts'
import { inSyncEntries } from '../../model/cluster/scaling.ts'
import { profileOf } from '../../model/cluster/tls.ts'
import type { Answer, ClusterView, Member, Progress, VolumeFacts } from '../../model/cluster/view.ts'

export interface VolumeMarks {
  readonly name: string
  readonly uid: string
  readonly annotations: Readonly<Record<string, string>>
  /** The same as long as the same marks are wanted, so that a writer that reverts them is noticed. */
  readonly id: string
}

/**
 * Annotations that identify the data on a volume, and the voters of its cluster, so that the volume can be recognized after the
 * EtcdCluster is deleted; the claim and the disk themselves, so that a copy of them is recognized as one; the node of the member; and how
 * far the member was.
 *
 * A volume is annotated only once its member has started and answers with its ID while it is led. What identifies the claim and the disk
 * is annotated only when the member has the leader's log: a member on an exchanged or older disk must not confirm that disk by itself.
 *
 * Marking the progress of a member costs an idle cluster nothing: the mark is written anew only `farBehind` revisions later, because a
 * smaller distance proves nothing, and at most once a minute.
 */
export function volumeMarks(view: ClusterView): readonly VolumeMarks[] {
  const clusterId = pinnedClusterId(view)
  if (clusterId === undefined || !view.membership.known) return []
  const all = formatVoters(voters(view).filter(isOurs))
  return view.volumes.flatMap((volume) => {
    const member = listedByName(view, volume.member)
    const answer = answerOf(view, volume.member)
    if (volume.deleting || member === undefined || answer === undefined || !isStarted(view, member) || !answer.hasLeader) return []
    const isFilled = hasWholeLog(view, member)
    const identity = defined({
      [annotation.clusterUid]: view.cluster.metadata.uid,
      [annotation.clusterId]: clusterId,
      [annotation.memberId]: member.id,
      [annotation.incarnation]: incarnation(view),
      // A volume of a cluster that never had TLS is not marked with that.
      [annotation.tls]: isMarkedWithTls(view, volume) ? (profileOf(view, volume.member) ?? volume.tls) : undefined,
      [annotation.voters]: all,
      [annotation.claimUid]: isFilled ? volume.uid : volume.markedClaimUid,
      [annotation.volumeName]: isFilled ? volume.volumeName : volume.markedVolumeName,
      [annotation.node]: podOf(view, volume.member)?.node ?? volume.markedNode,
    })
    const isMarked = JSON.stringify(identity) === JSON.stringify(marksOf(volume))
    if (isMarked && !(isFilled && isProgressDue(view, volume, answer))) return []
    const now: Progress = { revision: answer.revision, applied: answer.raftAppliedIndex, at: view.now }
    const progress = isFilled ? now : volume.progress
    const annotations = defined({ ...identity, [annotation.progress]: progress && formatProgress(progress) })
    const id = JSON.stringify(isMarked && volume.progress !== undefined ? annotations : identity)
    return [{ name: volume.name, uid: volume.uid, annotations, id }]
  })
}

function isMarkedWithTls(view: ClusterView, { member, tls }: VolumeFacts): boolean {
  return tls !== undefined || (profileOf(view, member) ?? 'Off') !== 'Off'
}

/** Whether the leader has sent the member whatever its volume lacked, so that an older or exchanged volume does no harm any more. */
function hasWholeLog(view: ClusterView, member: Member): boolean {
  return (raftLag(view, member) ?? Number.POSITIVE_INFINITY) <= inSyncEntries
}

const progressMs = 60_000

function isProgressDue(view: ClusterView, { progress }: VolumeFacts, { revision }: Answer): boolean {
  if (progress === undefined) return true
  // A wall clock that was set back makes the mark a thing of the future.
  return Math.abs(revision - progress.revision) >= farBehind && Math.abs(view.now - progress.at) >= progressMs
}

function marksOf(volume: VolumeFacts): Readonly<Record<string, string>> {
  return defined({
    [annotation.clusterUid]: volume.clusterUid,
    [annotation.clusterId]: volume.clusterId,
    [annotation.memberId]: volume.memberId,
    [annotation.incarnation]: volume.incarnation,
    [annotation.tls]: volume.tls,
    [annotation.voters]: volume.voters,
    [annotation.claimUid]: volume.markedClaimUid,
    [annotation.volumeName]: volume.markedVolumeName,
    [annotation.node]: volume.markedNode,
  })
}

function defined(marks: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(marks).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
}
