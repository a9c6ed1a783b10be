import { annotation, label, recommended } from '../../api/labels.ts'
import { corruption } from '../../model/cluster/dangers.ts'
import { steppingAside } from '../../model/cluster/exchange.ts'
import { failedMembers } from '../../model/cluster/failed.ts'
import { pinnedClusterId } from '../../model/cluster/identity.ts'
import { answerOf, configOf, isStarted, listedByName } from '../../model/cluster/members.ts'
import { nextCluster } from '../../model/cluster/next-cluster.ts'
import { podSpecHash, templateHash } from '../../model/cluster/revision.ts'
import { restarting } from '../../model/cluster/rollout.ts'
import { leavingMembers } from '../../model/cluster/scaling.ts'
import { schemeOf } from '../../model/cluster/tls.ts'
import type { ClusterView, PodFacts } from '../../model/cluster/view.ts'
import { voteOfNow } from '../../model/cluster/wrong-data.ts'
import { shortHash } from '../../model/hash.ts'
import { peerScheme } from '../../model/names.ts'
import { oncePerObject } from '../../model/once-per.ts'
import { isRecord } from '../../model/record.ts'
import { ownSecret, uses } from '../../model/tls/uses.ts'
import { readyzRefusesLearners } from '../../model/versions.ts'
import { podLabels } from './stateful-set.ts'

/** Labels and annotations that the operator keeps on pods, which Kubernetes' controllers made. */
export interface PodMarks {
  readonly name: string
  readonly uid: string
  /** null removes. */
  readonly labels: Readonly<Record<string, string | null>>
  readonly annotations: Readonly<Record<string, string | null>>
}

/**
 * The labels and annotations that pods should have and lack:
 * - the label that sends clients to the pod, on a started voter that stays; templates of earlier versions don't set it
 * - the hash of the member's config: when it changes, the kubelet refreshes the mounted file at once instead of within a minute
 * - the hash of the certificates that it mounts, to the same end
 * - what the pod was started with, which tells later whether it has to be restarted
 * - spec.pod.labels and spec.pod.annotations, which need no restart
 * - the cluster's own label, where somebody removed it
 *
 * The label for clients is removed from a learner that Kubernetes would send clients to. Removing it from a member that leaves or is
 * restarted is a step of its own. While members hold different data and it is not known which are wrong, no pod gets the label back: it
 * may have lost the label for that.
 */
export function podMarks(view: ClusterView): readonly PodMarks[] {
  return view.pods.flatMap((pod) => {
    const serving = servingOf(view, pod)
    // With the label the StatefulSet adopts the pod again, and the Services select it again.
    const isLost = pod.ours && !pod.labelled && pod.endsBy === undefined
    const asked = askedFor(view, pod)
    const labels = {
      ...asked.labels,
      ...(serving === undefined ? {} : { [label.serving]: serving }),
      ...(isLost ? { [label.cluster]: view.cluster.metadata.name } : {}),
    }
    const annotations = { ...asked.annotations, ...configOfPod(view, pod), ...certificatesOfPod(view, pod), ...startOf(view, pod) }
    const isEmpty = Object.keys(labels).length === 0 && Object.keys(annotations).length === 0
    return isEmpty ? [] : [{ name: pod.name, uid: pod.uid, labels, annotations }]
  })
}

function configOfPod(view: ClusterView, { name, config, endsBy }: PodFacts): Readonly<Record<string, string>> {
  const hash = configOf(view, name)?.hash
  return hash === undefined || config === hash || endsBy !== undefined ? {} : { [annotation.config]: hash }
}

/** A pod whose process has no certificates may be restarted into some, and its kubelet reads them anew then. */
function certificatesOfPod({ tls }: ClusterView, pod: PodFacts): Readonly<Record<string, string>> {
  if (!pod.ours || pod.endsBy !== undefined || pod.profile === 'Off') return {}
  const hash = certificatesHash(tls)
  return hash === undefined || pod.annotations[annotation.certificates] === hash ? {} : { [annotation.certificates]: hash }
}

/** Undefined while one of the Secrets is missing, or could not be read. */
const certificatesHash = oncePerObject((tls: ClusterView['tls']): string | undefined => {
  const secrets = uses.map((use) => ownSecret(tls, use))
  if (secrets.includes(undefined)) return undefined
  return shortHash(
    secrets.map((one) => [one?.leaf?.fingerprint, one?.dial?.fingerprint, one?.bundle.map(({ fingerprint }) => fingerprint)]),
  )
})

/** The value of a pod that an earlier version of the operator made, for a spec that was changed since: it equals no hash. */
const earlier = 'earlier'

/**
 * What a new pod was started with, noted when it is first seen. A pod of an earlier version of the operator was started with what the
 * spec asks for, if that has not been changed since.
 */
function startOf(view: ClusterView, pod: PodFacts): Readonly<Record<string, string>> {
  if (!pod.ours || pod.endsBy !== undefined || view.statefulSet.state !== 'ours') return {}
  const cluster = nextCluster(view)
  const isTakenUp = view.statefulSet.value.template === templateHash(cluster)
  const entry = configOf(view, pod.name)
  // A file of an earlier version is written again first, where the spec has not been changed.
  const settings = entry === undefined ? undefined : (entry.settings ?? (isTakenUp ? undefined : earlier))
  return {
    ...(pod.podSpec === undefined ? { [annotation.podSpec]: isTakenUp ? podSpecHash(cluster) : earlier } : {}),
    ...((pod.startedWith === undefined || joinsAnew(view, pod)) && settings !== undefined ? { [annotation.startedWith]: settings } : {}),
  }
}

/**
 * Whether the pod's next process will be the first of its member, or the present one must be: the file of a member that joins is written again
 * until it has started. A process whose file has another URL than the one with which it was added does not start.
 */
function joinsAnew(view: ClusterView, pod: PodFacts): boolean {
  const entry = configOf(view, pod.name)
  if (entry === undefined || entry.settings === pod.startedWith) return false
  const row = listedByName(view, pod.name)
  if (entry.state === 'joining' && pod.etcd.state !== 'running') return true
  if (row === undefined || peerScheme(pod.profile) === schemeOf(row.peerUrl)) return false
  return entry.state === 'joining' || (row.isLearner && peerScheme(entry.profile) === schemeOf(row.peerUrl))
}

/** The labels and annotations of spec.pod, and null for those that the stored template has and the spec does not ask for any more. */
function askedFor(view: ClusterView, pod: PodFacts): Pick<PodMarks, 'labels' | 'annotations'> {
  if (!pod.ours || pod.endsBy !== undefined || view.statefulSet.state !== 'ours') return { labels: {}, annotations: {} }
  const stored = metadataOf(view.statefulSet.value.podTemplate)
  return {
    labels: changes(pod.labels, podLabels(view.cluster), stored.labels),
    annotations: changes(pod.annotations, view.cluster.spec.pod.annotations, stored.annotations),
  }
}

function changes(
  has: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  stored: unknown,
): Readonly<Record<string, string | null>> {
  const gone = Object.keys(isRecord(stored) ? stored : {}).filter(
    (key) => !isOwn(key) && !Object.hasOwn(wanted, key) && has[key] !== undefined,
  )
  const lacking = Object.entries(wanted).filter(([key, value]) => !isOwn(key) && has[key] !== value)
  return Object.fromEntries([...lacking, ...gone.map((key) => [key, null] as const)])
}

/** Other marks and the template see to these, and the StatefulSet's controller to its own, whatever the spec asks for. */
function isOwn(key: string): boolean {
  return key.startsWith('etcd-operator.dev/') || key === annotation.restartedAt || key === recommended.version || ofController.has(key)
}

/** Labels by which the StatefulSet's controller finds its pods and tells their template. */
const ofController = new Set(['controller-revision-hash', 'statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index'])

function metadataOf(template: unknown): Readonly<Record<string, unknown>> {
  return isRecord(template) && isRecord(template.metadata) ? template.metadata : {}
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
  if (pod.serving || isDataInDoubt(view)) return undefined
  const goes = [
    leavingMembers(view)[0]?.id,
    steppingAside(view)?.id,
    restarting(view)?.id,
    ...failedMembers(view).map((one) => one.member.id),
  ]
  return answer?.serves && isStarted(view, member) && !goes.includes(member.id) ? 'true' : undefined
}

/** Something says that the data differs, and no comparison has told yet, or tells any more, who holds the wrong data. */
function isDataInDoubt(view: ClusterView): boolean {
  const verdict = voteOfNow(view)?.verdict
  return corruption(view) !== undefined && verdict !== 'agree' && verdict !== 'wrong'
}

function versionOf(view: ClusterView, member: string): string {
  return answerOf(view, member)?.version ?? view.cluster.spec.version
}
