import { storedBackupFinalizer } from '../../api/labels.ts'
import type { Reason } from '../../api/reasons.ts'
import { lifeOf } from '../../model/agent/run.ts'
import { type BackupView, claimNameOf, isDeletionLate, locationOf } from '../../model/backup/view.ts'
import { backupJobName, deletionJobName } from '../../model/names.ts'
import { jobWords, whyNotDone } from '../job-words.ts'
import { type BackupDecision, block, step, wait } from './step.ts'

/** Between two looks at a Job or a reader that ends by itself, and before a failed removal is tried again. */
const lookMs = 5_000
const againMs = 120_000

/**
 * What happens to an EtcdBackup that is being deleted. With deletionPolicy Delete its finalizer keeps it until the file is deleted:
 *
 *   nobody reads it -> the Job that writes it has ended -> the Job that removes it has ended -> finalizer removed
 */
export function removeFile(view: BackupView): BackupDecision | undefined {
  const { backup } = view
  if (backup.metadata.deletionTimestamp === undefined) return undefined
  if (!backup.metadata.finalizers?.includes(storedBackupFinalizer)) return { kind: 'steady' }
  return withoutFile(view) ?? stillRead(view) ?? stillWritten(view) ?? removal(view)
}

/** Removes the finalizer where no file has to be deleted, or no Job can delete it. */
function withoutFile({ backup, claim, removal, namespaceTerminating }: BackupView): BackupDecision | undefined {
  const letGo = (why: string) => step('DeletingBackup', why, { do: 'RemoveFinalizer' })
  if (backup.spec.deletionPolicy !== 'Delete') return letGo('the stored file is kept')
  // Safety: the volume goes with the claim or stays by its reclaim policy; no Job that reads or removes the file can be created any more.
  if (namespaceTerminating) return letGo('the namespace is being deleted')
  if (claim?.state === 'deleting') {
    // Kubernetes schedules no pod that mounts a claim being deleted, and a pod waiting to be scheduled keeps the claim from being deleted.
    const name = deletionJobName(backup.metadata.name)
    if (removal.job.state === 'ours' && removal.job.value.state === 'running' && !removal.job.deleting)
      return step('DeletingBackup', `stopping Job ${name}: its volume is being deleted`, { do: 'DeleteJob', name, uid: removal.job.uid })
    // Safety: the deletion of a claim can't be taken back.
    return letGo(`PersistentVolumeClaim ${claimNameOf(backup)} is being deleted, and the file with it`)
  }
  if (claim?.state === 'absent')
    return letGo(`PersistentVolumeClaim ${claimNameOf(backup)} does not exist any more, and neither does the file`)
  // Safety: no Job is created before startTime is written. After that a missing Job proves nothing: it may have been killed while it wrote.
  if (backup.status?.startTime === undefined) return letGo('nothing was stored')
  return undefined
}

function stillRead({ readers }: BackupView): BackupDecision | undefined {
  if (readers.length === 0) return undefined
  return wait('BackupInUse', `the stored file is read by ${readers.join(', ')}; it is removed when they have finished`, lookMs, {
    on: 'removal',
  })
}

/** Safety: a file that is still being written would be published after its removal. */
function stillWritten(view: BackupView): BackupDecision | undefined {
  const { backup, work, writers } = view
  const name = backupJobName(backup.metadata.name)
  if (work.job.state === 'ours' && work.job.value.state === 'running' && !work.job.deleting)
    return step('DeletingBackup', `stopping Job ${name}`, { do: 'DeleteJob', name, uid: work.job.uid })
  const isGoing = work.job.state === 'ours' && work.job.deleting
  return isGoing || writers.length > 0 ? pending(view, `Job ${name} is being deleted`, 1_000) : undefined
}

function removal(view: BackupView): BackupDecision {
  const { backup, agentImage, now } = view
  const job = deletionJobName(backup.metadata.name)
  const life = lifeOf(view.removal)
  switch (life.life) {
    case 'absent':
      if (!agentImage.known) return stuck('AgentImageUnknown', jobWords.noImage(agentImage.why), lookMs)
      return step('DeletingBackup', `removing ${locationOf(backup)}`, { do: 'CreateDeletionJob', image: agentImage.value })
    case 'foreign':
      return stuck('NameTaken', jobWords.foreign(job), lookMs)
    case 'earlier':
      return pending(view, jobWords.earlier(job))
    case 'deleting':
      return pending(view, jobWords.deleting(job))
    case 'stuck':
      if (life.misplaced) return step('DeletingBackup', jobWords.misplaced(job), { do: 'DeleteJob', name: job, uid: life.uid })
      return wait(life.trouble.reason, life.trouble.message, lookMs, { on: 'removal' })
    case 'working':
      return pending(view, `Job ${job} removes ${locationOf(backup)}`)
    case 'vanished':
      return step('DeletingBackup', jobWords.vanished(job), { do: 'DeleteJob', name: job, uid: life.uid })
    case 'reported':
      // Safety: the agent has looked: the file and its manifest are gone, or were never this backup's.
      if (life.result.result === 'Deleted') return step('DeletingBackup', 'the stored file is removed', { do: 'RemoveFinalizer' })
      return tryAgain(job, life, now)
    case 'late':
    case 'exited':
      return tryAgain(job, life, now)
  }
}

type NotDone = Parameters<typeof whyNotDone>[1]

/** A failed removal is tried again, so that nobody has to tell the operator when the volume is repaired. */
function tryAgain(job: string, life: NotDone, now: number): BackupDecision {
  const { reason, message } = whyNotDone(job, life)
  const leftMs = (life.endedAt ?? now) + againMs - now
  if (leftMs > 0) return stuck(reason, `${message}; tried again every two minutes; ${wayOut}`, leftMs)
  return step('DeletingBackup', `recreating Job ${job} to try again: ${message}`, { do: 'DeleteJob', name: job, uid: life.uid })
}

/** The Job ends by itself, unless the node of its pod is lost. */
function pending({ backup, now }: BackupView, message: string, recheckMs = lookMs): BackupDecision {
  if (isDeletionLate(backup, now))
    return stuck('DeletingBackup', `${message}, and that takes too long; look at its pod and its node; ${wayOut}`, recheckMs)
  return wait('DeletingBackup', message, recheckMs, { on: 'removal' })
}

function stuck(reason: Reason, message: string, recheckMs: number): BackupDecision {
  return block(reason, message, { on: 'removal', recheckMs })
}

const wayOut = 'to leave the file behind, remove the finalizer'
