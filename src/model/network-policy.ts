import type { EtcdCluster } from '../api/etcd-cluster.ts'

/** Whether the cluster is to have a NetworkPolicy. */
export function wantsNetworkPolicy({ spec }: EtcdCluster): boolean {
  return spec.networkPolicy.enabled
}
