import { isFailure } from '../../adapters/failure.ts'
import { CONFIG_MAP } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { userFinalizer } from '../../api/labels.ts'

/**
 * Whether the namespace of an EtcdUser that is being deleted goes as well; asked of no other. The operator may not read namespaces, but
 * the API server's answer to the dry run of a creation there tells it.
 */
export async function isNamespaceTerminating(kube: Kube, { metadata }: EtcdUser, signal: AbortSignal): Promise<boolean> {
  const { namespace, name, deletionTimestamp, finalizers } = metadata
  if (deletionTimestamp === undefined || !finalizers?.includes(userFinalizer)) return false
  try {
    await kube.create(CONFIG_MAP, { metadata: { namespace, generateName: `${name}-` } }, signal, { dryRun: true })
    return false
  } catch (error) {
    return isFailure(error, 'rejected') && /because it is being terminated/.test(error.message)
  }
}
