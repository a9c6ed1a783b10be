import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import { shortHash } from '../hash.ts'
import { tagOf } from '../image-tag.ts'
import { oncePerObject } from '../once-per.ts'
import { pullReasons } from '../pod-start.ts'
import { isRecord } from '../record.ts'
import { mustReload } from '../tls/must-reload.ts'
import { compareMinors, compareVersions } from '../versions.ts'
import { wantedSettings } from './member-settings.ts'
import { answerOf, configOf, podOf } from './members.ts'
import { nextCluster } from './next-cluster.ts'
import { nextVersionOf } from './next-version.ts'
import { correctsByRestart } from './stored-members.ts'
import { runsOtherwise } from './tls.ts'
import type { ClusterView, PodFacts } from './view.ts'
import { needsRestartForResize } from './volume-resize.ts'
import { isWindowOpen } from './windows.ts'

/** What a member runs, or should run; a field is undefined where it isn't known. */
export interface Revision {
  /** controller-revision-hash of the template that its pod is made from. */
  readonly template: string | undefined
  /** Hash of what only another pod changes: image, resources, scheduling. */
  readonly pod: string | undefined
  readonly image: string | undefined
  /** The settings of etcd, by their `settingsId`. */
  readonly settings: string | undefined
  /** Of etcd, as the member itself says. */
  readonly version: string | undefined
  /** The last restart that a person has asked for. */
  readonly restartedAt: string | undefined
}

export interface MemberRevision {
  readonly runs: Revision
  readonly wished: Revision
}

/** What a member runs beside what it should run: the one value from which the roll, its gates and the status follow. */
export function revisionOf(view: ClusterView, member: string): MemberRevision {
  const cluster = nextCluster(view)
  const pod = podOf(view, member)
  const set = view.statefulSet.state === 'ours' && view.statefulSet.value.current ? view.statefulSet.value : undefined
  return {
    runs: {
      template: pod?.revision,
      pod: pod?.podSpec,
      image: pod?.image,
      // A pod that is not marked yet was created a moment ago, from the file as it is.
      settings: pod && (pod.startedWith ?? configOf(view, member)?.settings),
      version: answerOf(view, member)?.version,
      restartedAt: pod?.restartedAt,
    },
    wished: {
      // Until the StatefulSet has the wished template its newest revision is of an older one.
      template: set?.template === templateHash(cluster) ? set.updateRevision : undefined,
      pod: podSpecHash(cluster),
      image: etcdImage(cluster),
      settings: wantedSettings(view),
      version: cluster.spec.version,
      restartedAt: restartedAt(cluster),
    },
  }
}

/** In what a member differs from what it should run, as far as only a restart changes that. */
export type Outdated = 'version' | 'pod' | 'settings' | 'stored' | 'restart' | 'volume' | 'certificates' | 'operator'

/**
 * Why the member has to be restarted; empty where it hasn't to be. A pod of the newest template is never restarted for its template: an
 * admission webhook may write something else into every pod. What only a newer version of the operator does differently waits for an open
 * maintenance window.
 */
export function whyOutdated(view: ClusterView, member: string): readonly Outdated[] {
  const { runs, wished } = revisionOf(view, member)
  if (runs.template === undefined && podOf(view, member) === undefined) return []
  const isNewest = wished.template !== undefined && runs.template === wished.template
  const all: readonly (readonly [Outdated, boolean])[] = [
    ['version', !isNewest && runsOtherVersion(view, member)],
    ['pod', !isNewest && runs.pod !== undefined && runs.pod !== wished.pod],
    ['settings', runs.settings !== undefined && (runs.settings !== wished.settings || runsOtherwise(view, member))],
    ['stored', correctsByRestart(view, member)],
    ['restart', !isNewest && wished.restartedAt !== undefined && runs.restartedAt !== wished.restartedAt],
    // Its file system is expanded when it is mounted anew.
    ['volume', needsRestartForResize(view, member)],
    ['certificates', hasToReload(view, member)],
    ['operator', !isNewest && isWindowOpen(view) && hasOlderForm(view, member)],
  ]
  return all.flatMap(([why, isSo]) => (isSo ? why : []))
}

function hasToReload(view: ClusterView, member: string): boolean {
  const pod = podOf(view, member)
  return pod !== undefined && mustReload(view, pod)
}

/**
 * Whether the member's pod is as another version of the operator makes pods from the same spec. A pod that another spec was for has
 * another form as well, and waits for its turn in any case.
 */
export function hasOlderForm(view: ClusterView, member: string): boolean {
  const pod = podOf(view, member)
  const template = view.statefulSet.state === 'ours' ? view.statefulSet.value.podTemplate : undefined
  const metadata = isRecord(template) && isRecord(template.metadata) ? template.metadata : {}
  const wished = isRecord(metadata.annotations) ? metadata.annotations : {}
  const form = wished[annotation.templateForm]
  if (pod === undefined || typeof form !== 'string' || pod.podSpec !== wished[annotation.podSpec]) return false
  return pod.annotations[annotation.templateForm] !== form
}

/**
 * Whether the member's image, or the version that etcd reports, differs from the spec. An admission webhook may rewrite the image to
 * another registry or to a digest: then only the version counts.
 */
export function runsOtherVersion(view: ClusterView, member: string): boolean {
  const { runs, wished } = revisionOf(view, member)
  const isTold = view.cluster.spec.image.tag === '' && runs.version !== undefined && wished.version !== undefined
  if (isTold && compareVersions(runs.version ?? '', wished.version ?? '') !== 0) return true
  return runs.image !== undefined && !runs.image.includes('@') && tagOf(runs.image) !== tagOf(wished.image ?? '')
}

/**
 * Whether the member runs, or has run, a newer minor version than the spec asks for: an older etcd can't open its data any more. A
 * member that does not answer is judged by the image of its container, and by its last version in the status.
 */
export function hasRunNewerMinor(view: ClusterView, member: string): boolean {
  const { runs } = revisionOf(view, member)
  const pod = podOf(view, member)
  const told = view.cluster.status?.memberStatus?.find(({ name }) => name === member)?.version
  const versions = [runs.version, told, pod !== undefined && mayHaveStarted(pod) ? tagOf(runs.image ?? '').replace(/^v/, '') : undefined]
  return versions.some((version) => version !== undefined && compareMinors(version, nextVersionOf(view)) > 0)
}

/** A container may run before the kubelet reports it; only a pod without a node, or without its image, can't have started. */
function mayHaveStarted({ etcd, lastExit, unschedulable }: PodFacts): boolean {
  if (lastExit !== undefined) return true
  return unschedulable === undefined && !(etcd.state === 'waiting' && pullReasons.has(etcd.reason))
}

export function etcdImage({ spec }: EtcdCluster): string {
  return imageOf(spec.image, spec.version)
}

function imageOf(image: EtcdCluster['spec']['image'], version: string): string {
  return `${image.repository}:${image.tag === '' ? `v${version}` : image.tag}`
}

/** Hash of the part of the spec that stands in the template. A new version of the operator does not change it. */
export function templateHash(cluster: EtcdCluster): string {
  const asked = restartedAt(cluster)
  const known = templateHashes.get(cluster.spec) ?? new Map<string | undefined, string>()
  templateHashes.set(cluster.spec, known)
  const { version, image, etcd, pod } = cluster.spec
  const { mode } = cluster.spec.tls
  // Left out where there is none: templates of earlier versions had none.
  const tls = mode === undefined || mode === 'Off' ? undefined : mode
  const hash = known.get(asked) ?? shortHash({ version, image, etcd, pod, restartedAt: asked, tls })
  known.set(asked, hash)
  return hash
}

/** Cached by the spec object, which never changes once it was read: rules ask on every pass. */
const templateHashes = new WeakMap<object, Map<string | undefined, string>>()

/**
 * Hash of what only another pod changes. Labels and annotations are patched onto living pods, and how an image is pulled counts when the
 * next pod is created. The fields are listed one by one: a field that a new version of the operator adds must not restart members whose
 * spec has its default.
 */
export function podSpecHash({ spec }: EtcdCluster): string {
  return podSpecHashes(spec)
}

const podSpecHashes = oncePerObject(({ image, version, pod }: EtcdCluster['spec']) => {
  const { resources, nodeSelector, tolerations, affinity, topologySpreadConstraints, priorityClassName } = pod
  const parts = { resources, nodeSelector, tolerations, affinity, topologySpreadConstraints, priorityClassName }
  return shortHash({ image: imageOf(image, version), ...parts })
})

/** The restart that a person asked for, with `kubectl rollout restart` or by hand; any text. */
export function restartedAt({ metadata }: EtcdCluster): string | undefined {
  return metadata.annotations?.[annotation.restartedAt] || undefined
}

/** The template annotates each pod with this hash: it tells which etcd settings the pod was created with. */
export function settingsHash({ spec }: EtcdCluster): string {
  return settingsHashes(spec.etcd)
}

const settingsHashes = oncePerObject((etcd: EtcdCluster['spec']['etcd']) => shortHash(etcd))
