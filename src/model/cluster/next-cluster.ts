import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { tagOf } from '../image-tag.ts'
import { isRecord } from '../record.ts'
import { nextVersionOf } from './next-version.ts'
import { templateMode } from './tls.ts'
import type { ClusterView } from './view.ts'

/**
 * The EtcdCluster as its pods and configs are made now: with the version that they carry next, which is a step on the way to spec.version, and
 * with the mode of TLS that the pods' template is made for (what each config says is `memberSettings`).
 * Images, templates and configs are made from it, and never from the EtcdCluster of the view itself.
 */
export function nextCluster(view: ClusterView): EtcdCluster {
  const { cluster } = view
  const version = nextVersionOf(view)
  const mode = templateMode(view)
  const isVersionKept = version === cluster.spec.version
  if (isVersionKept && mode === (cluster.spec.tls.mode ?? 'Off')) return cluster
  // The same spec object for the same version: hashes are cached by it.
  const specs = madeSpecs.get(cluster.spec) ?? new Map<string, EtcdCluster['spec']>()
  madeSpecs.set(cluster.spec, specs)
  // Safety: a tag names another etcd than the version that pods may get now, and would go past the gates of the step to it.
  const tag =
    isVersionKept || cluster.spec.image.tag === '' ? cluster.spec.image.tag : (carriedTag(view, version) ?? cluster.spec.image.tag)
  const key = `${version} ${tag} ${mode}`
  const spec = specs.get(key) ?? { ...cluster.spec, version, image: { ...cluster.spec.image, tag }, tls: { ...cluster.spec.tls, mode } }
  specs.set(key, spec)
  const before = made.get(cluster)
  if (before?.spec === spec) return before
  const next = { ...cluster, spec }
  made.set(cluster, next)
  return next
}

/** The tag of the image that pods are created with; empty where that is the version's own, undefined where nothing tells. */
function carriedTag({ statefulSet }: ClusterView, version: string): string | undefined {
  const template = statefulSet.state === 'ours' ? statefulSet.value.podTemplate : undefined
  const spec = isRecord(template) && isRecord(template.spec) ? template.spec : {}
  const containers: readonly unknown[] = Array.isArray(spec.containers) ? spec.containers : []
  const image = containers.filter(isRecord).find(({ name }) => name === 'etcd')?.image
  if (typeof image !== 'string') return undefined
  const tag = tagOf(image)
  return tag === `v${version}` ? '' : tag
}

/** Cached by objects that never change once they were read. */
const made = new WeakMap<EtcdCluster, EtcdCluster>()
const madeSpecs = new WeakMap<EtcdCluster['spec'], Map<string, EtcdCluster['spec']>>()
