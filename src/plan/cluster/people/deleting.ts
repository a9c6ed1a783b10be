import type { ClusterView } from '../../../model/cluster/view.ts'
import { type Decision, wait } from '../step.ts'

/** The garbage collector takes everything that the EtcdCluster owns; volumes only with storage.deletionPolicy Delete. */
export function deleting(view: ClusterView): Decision | undefined {
  if (view.cluster.metadata.deletionTimestamp === undefined) return undefined
  return wait('Deleting', 'the EtcdCluster is being deleted; Kubernetes removes what it owns', 60_000)
}
