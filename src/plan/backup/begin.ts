import { type BackupView, claimNameOf, lacksFinalizer, locationOf, votersOf } from '../../model/backup/view.ts'
import { blockClaim, type ClaimFacts } from '../../model/claim.ts'
import { thoseThatExist } from '../../model/those-that-exist.ts'
import { jobWords } from '../job-words.ts'
import { type BackupDecision, block, step, wait } from './step.ts'

/** Between two looks for an object that a person, or another controller, has to create. */
const lookMs = 5_000

/** The first status is the moment that `spec.timeout` counts from. */
export function begin({ backup }: BackupView): BackupDecision | undefined {
  return backup.status?.startTime === undefined ? wait('BackupStarting', 'the backup is accepted', 0) : undefined
}

/** Added again as long as there may be a file: kubectl replace and GitOps tools replace the whole object and drop the finalizer. */
export function keepFinalizer({ backup }: BackupView): BackupDecision | undefined {
  if (!lacksFinalizer(backup)) return undefined
  return step('BackupStarting', 'adding the finalizer with which the stored file is deleted before this object', { do: 'AddFinalizer' })
}

/** Creates the Job as soon as all that it needs is there; asked for in the order in which people create it. */
export function createJob({ backup, cluster, otherClusters, claim, agentImage }: BackupView): BackupDecision {
  const name = backup.spec.cluster
  // A paused cluster is backed up as well: nothing of it is written.
  if (cluster === undefined) {
    const others = thoseThatExist(name, otherClusters)
    return block('ClusterNotFound', `there is no EtcdCluster ${name} in this namespace${others}; create it, or create another EtcdBackup`)
  }
  if (cluster.status?.clusterID === undefined || votersOf(cluster).length === 0)
    return wait('ClusterNotFormed', `EtcdCluster ${name} has not been formed yet`, lookMs)
  if (claim?.state !== 'present') return noClaim(claimNameOf(backup), claim)
  // A backup on a member's own volume is lost together with the member, and it takes disk space that etcd needs.
  if (claim.memberOf !== undefined) {
    const what = `PersistentVolumeClaim ${claimNameOf(backup)} holds the data of a member of EtcdCluster ${claim.memberOf}`
    return block('ClaimNotUsable', `${what}; create another EtcdBackup that names a claim of its own`)
  }
  if (!agentImage.known) return block('AgentImageUnknown', jobWords.noImage(agentImage.why))
  const what = { do: 'CreateBackupJob', cluster, image: agentImage.value } as const
  return step('BackingUp', `storing a snapshot of ${name} as ${locationOf(backup)}`, what)
}

function noClaim(name: string, claim: ClaimFacts | undefined): BackupDecision {
  if (claim?.state === 'block') return block('ClaimNotUsable', `${blockClaim(name)}; create another EtcdBackup that names such a claim`)
  const what =
    claim?.state === 'deleting'
      ? `PersistentVolumeClaim ${name} is being deleted`
      : `there is no PersistentVolumeClaim ${name} in this namespace`
  return block('ClaimNotFound', `${what}; create it`)
}
