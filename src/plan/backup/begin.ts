import { storedBackupFinalizer } from '../../api/labels.ts'
import { type BackupView, claimNameOf, locationOf, votersOf } from '../../model/backup/view.ts'
import { jobWords } from '../job-words.ts'
import { type BackupDecision, block, step, wait } from './step.ts'

/** Between two looks for what a person, or another controller, has to bring. */
const lookMs = 5_000

/** The first status is the moment that `spec.timeout` counts from. */
export function begin({ backup }: BackupView): BackupDecision | undefined {
  if (backup.status?.startTime === undefined) return wait('BackupStarting', 'the backup is accepted', 0)
  if (backup.spec.deletionPolicy !== 'Delete' || backup.metadata.finalizers?.includes(storedBackupFinalizer)) return undefined
  return step('BackupStarting', 'noting that the stored file goes with this object', { do: 'AddFinalizer' })
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
  return block('AgentImageUnknown', jobWords.noImage(agentImage.why))
}

export function createJob({ backup }: BackupView): BackupDecision {
  return step('BackingUp', `storing a snapshot of ${backup.spec.cluster} as ${locationOf(backup)}`, { do: 'CreateBackupJob' })
}
