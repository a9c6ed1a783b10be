import { isFailure } from '../../adapters/failure.ts'
import { CONFIG_MAP } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { hasVolumesFinalizer } from '../../model/cluster/deletion.ts'

/**
 * Whether the namespace of a deleted EtcdCluster is being deleted too. The operator may not read namespaces, but the API server's
 * answer to the dry run of a creation there tells it.
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
