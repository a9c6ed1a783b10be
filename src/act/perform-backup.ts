import { ETCD_BACKUP, JOB, SECRET } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { storedBackupFinalizer } from '../api/labels.ts'
import type { AgentImage } from '../model/agent/image.ts'
import { type BackupView, timeLeftMs } from '../model/backup/view.ts'
import { unreachable } from '../model/known.ts'
import { agentSecret, backupJob, deletionJob, speaksTls } from '../objects/jobs/backup-job.ts'
import type { BackupStep } from '../plan/backup/step.ts'
import { agentCredentials } from './agent-credentials.ts'

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
      await createBackupJob({ kube, live }, view, step.cluster, step.image, signal)
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

/**
 * The Secret first: a pod whose Secret is missing would wait for it, and nothing would make it. Once the Job is there, it owns the Secret, and
 * takes it along; an operator that is killed before that leaves a Secret that goes with the EtcdBackup, with a certificate that soon ends.
 */
async function createBackupJob(
  { kube, live }: { readonly kube: Kube; readonly live: Kube },
  view: BackupView,
  cluster: EtcdCluster,
  image: AgentImage,
  signal: AbortSignal,
): Promise<void> {
  const job = backupJob(view, cluster, image)
  if (!speaksTls(cluster)) {
    await kube.create(JOB, job, signal)
    return
  }
  // A Job that is refused, for a quota perhaps, would leave a Secret at each try.
  await kube.create(JOB, job, signal, { dryRun: true })
  const texts = await agentCredentials(live, cluster, view.now, view.now + Math.max(0, timeLeftMs(view)), signal)
  const secret = agentSecret(view, texts)
  await kube.create(SECRET, secret, signal)
  const { metadata } = await kube.create(JOB, job, signal)
  const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: metadata.name, uid: metadata.uid }]
  await kube.patch(SECRET, secret.metadata, { metadata: { ownerReferences } }, signal)
}
