import type { EtcdCluster } from '../api/etcd-cluster.ts'

/** Whether the cluster is to have a NetworkPolicy; absent is enabled, because an earlier CRD doesn't know the field. */
export function wantsNetworkPolicy({ spec }: EtcdCluster): boolean {
  return spec.networkPolicy?.enabled !== false
}
