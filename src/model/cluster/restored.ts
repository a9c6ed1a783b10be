import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { type DataSource, parseSource } from '../restore/source.ts'
import type { ClusterView } from './view.ts'

/** The backup that a cluster is to begin with; an empty object names none. */
export function restoreSource(cluster: EtcdCluster): DataSource | undefined {
  return parseSource(cluster.spec.bootstrap.restore ?? {})
}

/** Whether the cluster began with a backup. Its volumes may then hold data of an earlier cluster of its name beside its own. */
export function isRestored({ cluster }: Pick<ClusterView, 'cluster'>): boolean {
  return cluster.status?.bootstrap?.restore !== undefined
}

/** The revision at which the restored keys are read: etcdutl raises that of the last entry, not the compacted one. */
export function restoredRevision({ lastEntry, bump }: { readonly lastEntry: string; readonly bump: string }): string {
  return String(BigInt(lastEntry) + BigInt(bump))
}
