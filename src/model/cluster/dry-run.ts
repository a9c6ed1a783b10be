import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'

/** Whether a person only wants to see what would be done. */
export function isDryRun({ metadata }: Pick<EtcdCluster, 'metadata'>): boolean {
  return metadata.annotations?.[annotation.dryRun] === 'true'
}
