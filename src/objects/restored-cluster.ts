import type { EtcdRestore } from '../api/backups.ts'
import { annotation, label } from '../api/labels.ts'
import { formatVerified, type VerifiedSnapshot } from '../model/restore/verified-snapshot.ts'

/**
 * The EtcdCluster that an EtcdRestore creates, annotated with the facts of the verified file. It has no owner reference: deleting the
 * EtcdRestore does not delete it.
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
