import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'

/** Whether replacements may go on: always where spec.repair.automatic is true, else only the step with the ID that a person approved. */
export function mayReplace({ spec, metadata }: EtcdCluster, stepId: string): boolean {
  return spec.repair.automatic || metadata.annotations?.[annotation.approve] === stepId
}
