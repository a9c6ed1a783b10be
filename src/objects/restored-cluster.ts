import type { EtcdRestore } from '../api/backups.ts'
import { annotation, label } from '../api/labels.ts'
import { formatVerified, type VerifiedSnapshot } from '../model/restore/verified-snapshot.ts'

/**
 * The EtcdCluster that an EtcdRestore makes, with what was found in the file. It isn't owned: deleting the EtcdRestore deletes
 * nothing.
 */
export function restoredCluster(restore: EtcdRestore, spec: Readonly<Record<string, unknown>>, verified: VerifiedSnapshot) {
  const { name, namespace, uid } = restore.metadata
  return {
    metadata: {
      name: restore.spec.cluster,
      namespace,
      labels: { [label.restore]: name },
      annotations: { [annotation.restoreUid]: uid, [annotation.verified]: formatVerified(verified) },
    },
    spec,
  }
}
