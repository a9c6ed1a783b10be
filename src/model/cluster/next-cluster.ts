import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { nextVersionOf } from './next-version.ts'
import type { ClusterView } from './view.ts'

/**
 * The EtcdCluster as its pods and configs are made now: with the version that they carry next, which is a step on the way to spec.version.
 * Images, templates and configs are made from it, and never from the EtcdCluster of the view itself.
 */
export function nextCluster(view: ClusterView): EtcdCluster {
  const { cluster } = view
  const version = nextVersionOf(view)
  if (version === cluster.spec.version) return cluster
  const before = made.get(cluster)
  if (before?.spec.version === version) return before
  // The same spec object for the same version: hashes are cached by it.
  const specs = madeSpecs.get(cluster.spec) ?? new Map<string, EtcdCluster['spec']>()
  madeSpecs.set(cluster.spec, specs)
  const spec = specs.get(version) ?? { ...cluster.spec, version }
  specs.set(version, spec)
  const next = { ...cluster, spec }
  made.set(cluster, next)
  return next
}

/** Cached by objects that never change once they were read. */
const made = new WeakMap<EtcdCluster, EtcdCluster>()
const madeSpecs = new WeakMap<EtcdCluster['spec'], Map<string, EtcdCluster['spec']>>()
