import { annotation, label } from '../../api/labels.ts'
import { incarnation, pinnedClusterId } from '../../model/cluster/identity.ts'
import { configOf, isStarted, listedByName, voters } from '../../model/cluster/members.ts'
import { formatVoters } from '../../model/cluster/retained-volumes.ts'
import { isOurs, leavingMembers } from '../../model/cluster/scaling.ts'
import type { ClusterView, PodFacts, VolumeFacts } from '../../model/cluster/view.ts'

/** Labels and annotations that the operator keeps on pods and volumes that Kubernetes' controllers made. */
export interface PodMarks {
  readonly name: string
  readonly uid: string
  /** null removes. */
  readonly labels: Readonly<Record<string, string | null>>
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * What a pod should carry and doesn't yet: `serving` on started voters that aren't about to leave, and the hash of its
 * config, whose change makes the kubelet refresh the mounted file at once instead of within a minute.
 * Taking a pod out of the Service is a step of its own; here it is only ever put in.
 */
export function podMarks(view: ClusterView): readonly PodMarks[] {
  return view.pods.flatMap((pod) => {
    const serve = mayServe(view, pod) && !pod.serving
    const config = configOf(view, pod.name)?.hash
    const refresh = config !== undefined && pod.config !== config && pod.endsBy === undefined
    if (!serve && !refresh) return []
    return [
      {
        name: pod.name,
        uid: pod.uid,
        labels: serve ? { [label.serving]: 'true' } : {},
        annotations: refresh ? { [annotation.config]: config } : {},
      },
    ]
  })
}

function mayServe(view: ClusterView, pod: PodFacts): boolean {
  if (pod.endsBy !== undefined || pinnedClusterId(view) === undefined) return false
  const member = listedByName(view, pod.name)
  const [leaving] = leavingMembers(view)
  return member !== undefined && !member.isLearner && isStarted(view, member) && member.id !== leaving?.id
}

export interface VolumeMarks {
  readonly name: string
  readonly uid: string
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * What a volume says about its data: whose it is, and which voters make a majority, so that it can be recognized when the
 * EtcdCluster is gone. Only a member that has started and answers with its ID is written onto its volume.
 */
export function volumeMarks(view: ClusterView): readonly VolumeMarks[] {
  const clusterId = pinnedClusterId(view)
  if (clusterId === undefined || !view.membership.known) return []
  const all = voters(view).filter(isOurs)
  return view.volumes.flatMap((volume) => {
    const member = listedByName(view, volume.member)
    if (volume.deleting || member === undefined || !isStarted(view, member)) return []
    const annotations = {
      [annotation.clusterUid]: view.cluster.metadata.uid,
      [annotation.clusterId]: clusterId,
      [annotation.memberId]: member.id,
      [annotation.incarnation]: incarnation(view),
      [annotation.voters]: formatVoters(all),
    }
    if (hasMarks(view, volume, member.id, clusterId, annotations[annotation.voters] ?? '')) return []
    return [{ name: volume.name, uid: volume.uid, annotations }]
  })
}

function hasMarks(view: ClusterView, volume: VolumeFacts, memberId: string, clusterId: string, voterList: string): boolean {
  return (
    volume.clusterUid === view.cluster.metadata.uid &&
    volume.clusterId === clusterId &&
    volume.memberId === memberId &&
    volume.incarnation === incarnation(view) &&
    volume.voters === voterList
  )
}
