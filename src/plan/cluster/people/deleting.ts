import type { ClusterView } from '../../../model/cluster/view.ts'
import { type Decision, wait } from '../step.ts'
import { deleteVolumes } from './delete-volumes.ts'

/** The garbage collector deletes everything that the EtcdCluster owns. Volumes have no owner: the finalizer keeps the EtcdCluster for them. */
export function deleting(view: ClusterView): Decision | undefined {
  if (view.cluster.metadata.deletionTimestamp === undefined) return undefined
  return deleteVolumes(view) ?? wait('Deleting', 'the EtcdCluster is being deleted; Kubernetes removes what it owns', 60_000)
}
