import type { EtcdCluster } from '../api/etcd-cluster.ts'

/**
 * Replaces the default image repository, for installations that can't reach it. Returns the same object for the same EtcdCluster in each
 * pass, so that results computed from the EtcdCluster or its spec can be kept with it.
 */
export function withRepository(cluster: EtcdCluster, repository: string | undefined): EtcdCluster {
  if (repository === undefined || cluster.spec.image.repository !== 'gcr.io/etcd-development/etcd') return cluster
  const known = changed.get(cluster)
  if (known?.spec.image.repository === repository) return known
  const another = { ...cluster, spec: { ...cluster.spec, image: { ...cluster.spec.image, repository } } }
  changed.set(cluster, another)
  return another
}

const changed = new WeakMap<EtcdCluster, EtcdCluster>()
