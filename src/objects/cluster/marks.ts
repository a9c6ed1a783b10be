import { annotation, label } from '../../api/labels.ts'
import { corruption } from '../../model/cluster/dangers.ts'
import { steppingAside } from '../../model/cluster/exchange.ts'
import { failedMembers } from '../../model/cluster/failed.ts'
import { pinnedClusterId } from '../../model/cluster/identity.ts'
import { answerOf, isStarted, listedByName } from '../../model/cluster/members.ts'
import { revisionOf } from '../../model/cluster/revision.ts'
import { leavingMembers } from '../../model/cluster/scaling.ts'
import type { ClusterView, PodFacts } from '../../model/cluster/view.ts'
import { voteOfNow } from '../../model/cluster/wrong-data.ts'
import { readyzRefusesLearners } from '../../model/versions.ts'

/** Labels and annotations that the operator keeps on pods, which Kubernetes' controllers made. */
export interface PodMarks {
  readonly name: string
  readonly uid: string
  /** null removes. */
  readonly labels: Readonly<Record<string, string | null>>
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * The labels and annotations that pods should have and lack:
 * - the label that sends clients to the pod, on a started voter that stays; templates of earlier versions don't set it
 * - the hash of the member's config: when it changes, the kubelet refreshes the mounted file at once instead of within a minute
 * - the cluster's own label, where somebody removed it
 *
 * The label for clients is removed from a learner that Kubernetes would send clients to. Removing it from a member that leaves is a step
 * of its own. While members hold different data and it is not known which are wrong, no pod gets the label back: it may have
 * lost the label for that.
 */
export function podMarks(view: ClusterView): readonly PodMarks[] {
  return view.pods.flatMap((pod) => {
    const serving = servingOf(view, pod)
    const { runs, desired } = revisionOf(view, pod.name)
    const config = runs.config === desired.config || pod.endsBy !== undefined ? undefined : desired.config
    // With the label the StatefulSet adopts the pod again, and the Services select it again.
    const isLost = pod.ours && !pod.labelled && pod.endsBy === undefined
    if (serving === undefined && config === undefined && !isLost) return []
    return [
      {
        name: pod.name,
        uid: pod.uid,
        labels: {
          ...(serving === undefined ? {} : { [label.serving]: serving }),
          ...(isLost ? { [label.cluster]: view.cluster.metadata.name } : {}),
        },
        annotations: config === undefined ? {} : { [annotation.config]: config },
      },
    ]
  })
}

/** The value that the label should get, null to remove it; undefined when it is right. */
function servingOf(view: ClusterView, pod: PodFacts): 'true' | null | undefined {
  if (pod.endsBy !== undefined || pinnedClusterId(view) === undefined) return undefined
  const member = listedByName(view, pod.name)
  if (member === undefined) return undefined
  const answer = answerOf(view, pod.name)
  // A learner may become a voter, and its pod ready, before its client port serves: requests of clients would hang.
  if (member.isLearner)
    return pod.serving && (answer?.serves === false || !readyzRefusesLearners(versionOf(view, pod.name))) ? null : undefined
  if (isDataInDoubt(view)) return undefined
  const goes = [leavingMembers(view)[0]?.id, steppingAside(view)?.id, ...failedMembers(view).map((one) => one.member.id)]
  return !pod.serving && answer?.serves && isStarted(view, member) && !goes.includes(member.id) ? 'true' : undefined
}

/** Something says that the data differs, and no comparison has told yet, or tells any more, who holds the wrong data. */
function isDataInDoubt(view: ClusterView): boolean {
  const verdict = voteOfNow(view)?.verdict
  return corruption(view) !== undefined && verdict !== 'agree' && verdict !== 'wrong'
}

function versionOf(view: ClusterView, member: string): string {
  return answerOf(view, member)?.version ?? view.cluster.spec.version
}
