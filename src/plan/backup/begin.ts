import { storedBackupFinalizer } from '../../api/labels.ts'
import { type BackupView, claimNameOf, locationOf, timeLeftMs, votersOf } from '../../model/backup/view.ts'
import { backupJobName } from '../../model/names.ts'
import { type BackupDecision, block, fail, step, wait } from './step.ts'

/** Between two looks for what a person, or another controller, has to bring. */
const lookMs = 5_000

/** The first status is the moment that `spec.timeout` counts from. */
export function begin({ backup }: BackupView): BackupDecision | undefined {
  if (backup.status?.startTime === undefined) return wait('BackupStarting', 'the backup is accepted', 0)
  if (backup.spec.deletionPolicy !== 'Delete' || backup.metadata.finalizers?.includes(storedBackupFinalizer)) return undefined
  return step('BackupStarting', 'noting that the stored file goes with this object', { do: 'AddFinalizer' })
}

/** While a Job exists Kubernetes watches its time; before that the operator does. */
export function timedOut(view: BackupView): BackupDecision | undefined {
  if (timeLeftMs(view) > 0) return undefined
  const last = view.backup.status?.conditions?.find(({ type }) => type === 'Complete')
  const why = last === undefined || last.reason === 'BackupStarting' ? '' : `; last: ${last.reason}: ${last.message}`
  return fail('TimedOut', `not completed within ${view.backup.spec.timeout}${why}`)
}

/** A Job of somebody else is never taken for ours; one of an earlier backup of this name is about to go. */
export function nameFree({ backup, work }: BackupView): BackupDecision | undefined {
  const name = backupJobName(backup.metadata.name)
  if (work.job.state === 'earlier')
    return wait('WaitingForDeletion', `Job ${name} of an earlier backup of this name is still being deleted`, 1_000)
  if (work.job.state !== 'foreign') return undefined
  return block('NameTaken', `Job ${name} was not made for this backup; delete or rename it`)
}

/** A paused cluster is backed up as well: nothing of it is written. */
export function clusterThere({ backup, cluster }: BackupView): BackupDecision | undefined {
  const name = backup.spec.cluster
  if (cluster === undefined) return block('ClusterNotFound', `there is no EtcdCluster ${name} in this namespace; create it`)
  if (cluster.status?.clusterID !== undefined && votersOf(cluster).length > 0) return undefined
  return wait('ClusterNotFormed', `EtcdCluster ${name} has not been formed yet`, lookMs)
}

export function claimThere({ backup, claim }: BackupView): BackupDecision | undefined {
  if (claim?.state === 'present') return undefined
  const name = claimNameOf(backup)
  const what =
    claim?.state === 'deleting'
      ? `PersistentVolumeClaim ${name} is being deleted`
      : `there is no PersistentVolumeClaim ${name} in this namespace`
  return block('ClaimNotFound', `${what}; create it`)
}

export function imageKnown({ agentImage }: BackupView): BackupDecision | undefined {
  if (agentImage.known) return undefined
  return block('AgentImageUnknown', `Jobs run the operator's own image, which is not known: ${agentImage.why}`)
}

export function createJob({ backup }: BackupView): BackupDecision {
  return step('BackingUp', `storing a snapshot of ${backup.spec.cluster} as ${locationOf(backup)}`, { do: 'CreateBackupJob' })
}
