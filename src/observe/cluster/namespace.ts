import { isFailure } from '../../adapters/failure.ts'
import { CONFIG_MAP } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { hasVolumesFinalizer } from '../../model/cluster/deletion.ts'

/**
 * Whether the namespace of an EtcdCluster that is being deleted is being deleted as well. The operator may not read namespaces; the
 * API server says so when asked what would come of an object that is created there.
 */
export async function isNamespaceTerminating(kube: Kube, cluster: EtcdCluster, signal: AbortSignal): Promise<boolean> {
  const { namespace, name, deletionTimestamp } = cluster.metadata
  if (deletionTimestamp === undefined || !hasVolumesFinalizer(cluster)) return false
  try {
    await kube.create(CONFIG_MAP, { metadata: { namespace, generateName: `${name}-` } }, signal, { dryRun: true })
    return false
  } catch (error) {
    return isFailure(error, 'rejected') && /because it is being terminated/.test(error.message)
  }
}
