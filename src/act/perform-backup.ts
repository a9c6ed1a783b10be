import { ETCD_BACKUP, JOB } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import { storedBackupFinalizer } from '../api/labels.ts'
import type { BackupView } from '../model/backup/view.ts'
import { unreachable } from '../model/known.ts'
import { backupJob, deletionJob } from '../objects/jobs/backup-job.ts'
import type { BackupStep } from '../plan/backup/step.ts'

/**
 * Carries out one step. The view is the live one from which the step was planned: its uids and resourceVersions are the
 * preconditions. `kube` tells the caches what it wrote, `live` doesn't.
 */
export async function performBackup(
  { kube, live }: { readonly kube: Kube; readonly live: Kube },
  view: BackupView,
  step: BackupStep,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid, resourceVersion, finalizers = [] } = view.backup.metadata
  switch (step.do) {
    case 'AddFinalizer': {
      const metadata = { uid, resourceVersion, finalizers: [...finalizers, storedBackupFinalizer] }
      await kube.patch(ETCD_BACKUP, { namespace, name }, { metadata }, signal)
      return
    }
    case 'RemoveFinalizer': {
      const metadata = { uid, resourceVersion, finalizers: finalizers.filter((one) => one !== storedBackupFinalizer) }
      // Removing the last finalizer deletes the object: a cache that took the written object afterwards might keep it for ever.
      await live.patch(ETCD_BACKUP, { namespace, name }, { metadata }, signal)
      return
    }
    case 'CreateBackupJob':
      await kube.create(JOB, backupJob(view, step.cluster, step.image), signal)
      return
    case 'CreateDeletionJob':
      await kube.create(JOB, deletionJob(view, step.image), signal)
      return
    case 'DeleteJob':
      // Foreground deletion: the Job exists until its pods are deleted.
      await kube.delete(JOB, { namespace, name: step.name }, { uid: step.uid }, signal, { propagationPolicy: 'Foreground' })
      return
    default:
      unreachable(step)
  }
}
