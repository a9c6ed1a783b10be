import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { shortHash } from '../hash.ts'
import { pullReasons } from '../pod-start.ts'
import { compareMinors, compareVersions } from '../versions.ts'
import { answerOf, configOf, podOf } from './members.ts'
import type { ClusterView, PodFacts } from './view.ts'

/** What a member runs, or should run; a field is undefined where it isn't known. */
export interface Revision {
  /** controller-revision-hash of the template that its pod is made from. */
  readonly template: string | undefined
  readonly image: string | undefined
  /** Hash of spec.etcd. */
  readonly settings: string | undefined
  /** Hash of its config file. */
  readonly config: string | undefined
  /** Of etcd, as the member itself says. */
  readonly version: string | undefined
}

export interface MemberRevision {
  readonly runs: Revision
  readonly desired: Revision
}

/** What a member runs beside what the spec asks for. */
export function revisionOf(view: ClusterView, member: string): MemberRevision {
  const { spec } = view.cluster
  const pod = podOf(view, member)
  const set = view.statefulSet.state === 'ours' && view.statefulSet.value.current ? view.statefulSet.value : undefined
  return {
    runs: {
      template: pod?.revision,
      image: pod?.image,
      settings: pod?.settings,
      config: pod?.config,
      version: answerOf(view, member)?.version,
    },
    desired: {
      template: set?.updateRevision,
      image: etcdImage(view.cluster),
      settings: settingsHash(view.cluster),
      config: configOf(view, member)?.hash,
      version: spec.version,
    },
  }
}

/**
 * Whether the member's image, or the version that etcd reports, differs from the spec. An admission webhook may rewrite the image to
 * another registry or to a digest: then only the version counts.
 */
export function runsOtherVersion(view: ClusterView, member: string): boolean {
  const { runs, desired } = revisionOf(view, member)
  const isTold = view.cluster.spec.image.tag === '' && runs.version !== undefined && desired.version !== undefined
  if (isTold && compareVersions(runs.version ?? '', desired.version ?? '') !== 0) return true
  return runs.image !== undefined && !runs.image.includes('@') && tagOf(runs.image) !== tagOf(desired.image ?? '')
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
  return versions.some((version) => version !== undefined && compareMinors(version, view.cluster.spec.version) > 0)
}

/** A container may run before the kubelet reports it; only a pod without a node, or without its image, can't have started. */
function mayHaveStarted({ etcd, lastExit, unschedulable }: PodFacts): boolean {
  if (lastExit !== undefined) return true
  return unschedulable === undefined && !(etcd.state === 'waiting' && pullReasons.has(etcd.reason))
}

export function etcdImage(cluster: EtcdCluster): string {
  const { image, version } = cluster.spec
  return `${image.repository}:${image.tag === '' ? `v${version}` : image.tag}`
}

/** The template annotates each pod with this hash: it tells which etcd settings the pod was created with. */
export function settingsHash({ spec }: EtcdCluster): string {
  const hash = settingsHashes.get(spec.etcd) ?? shortHash(spec.etcd)
  settingsHashes.set(spec.etcd, hash)
  return hash
}

/** Cached by the settings object, which never changes once it was read. */
const settingsHashes = new WeakMap<object, string>()

function tagOf(image: string): string {
  return image.slice(image.lastIndexOf(':') + 1)
}
