import { isFailure } from '../../adapters/failure.ts'
import { ETCD_BACKUP } from '../../adapters/kube/kinds.ts'
import { backupBeforeChange } from '../../objects/scheduled-backup.ts'
import { memberItself } from './member-itself.ts'
import type { StepContext, StepOf } from './performer.ts'

/** Steps of a version change: the backup before it, and what lets etcd go back to the minor version before its own. */

export async function createBackup({ kube, view, signal }: StepContext, { name, storage }: StepOf<'CreateBackup'>): Promise<void> {
  try {
    await kube.create(ETCD_BACKUP, backupBeforeChange(view.cluster, name, storage), signal)
  } catch (error) {
    // The reply of an earlier try was lost. Its name holds the UID and the generation of the EtcdCluster: it is this very backup.
    if (!isFailure(error, 'conflict')) throw error
  }
}

export async function enableDowngrade(context: StepContext, { member, id, target }: StepOf<'EnableDowngrade'>): Promise<void> {
  const { etcd, signal } = context
  await etcd.enableDowngrade((await memberItself(context, member, id)).endpoint, target, { signal })
}

export async function cancelDowngrade(context: StepContext, { member, id }: StepOf<'CancelDowngrade'>): Promise<void> {
  const { etcd, signal } = context
  await etcd.cancelDowngrade((await memberItself(context, member, id)).endpoint, { signal })
}
