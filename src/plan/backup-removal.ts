import { storedBackupFinalizer } from '../api/labels.ts'
import { agentTrouble, killedPod, resultOf } from '../model/agent-run.ts'
import { type BackupView, claimNameOf, locationOf } from '../model/backup-view.ts'
import { backupJobName, deletionJobName } from '../model/names.ts'
import { type BackupDecision, isForPeople, step, wait } from './backup-step.ts'

/** Between two looks at what ends by itself, and before a removal that failed is tried again. */
const lookMs = 5_000
const againMs = 120_000

/**
 * The way of an EtcdBackup that is being deleted. With deletionPolicy Delete its finalizer keeps it until the file is gone:
 *
 *   nobody reads it -> the Job that writes it has ended -> the Job that removes it has ended -> finalizer removed
 */
export function removeFile(view: BackupView): BackupDecision | undefined {
  const { backup } = view
  if (backup.metadata.deletionTimestamp === undefined) return undefined
  if (!backup.metadata.finalizers?.includes(storedBackupFinalizer)) return { kind: 'rest' }
  return withoutFile(view) ?? stillRead(view) ?? stillWritten(view) ?? removal(view)
}

/** There is nothing to remove, or nothing that could remove it. */
function withoutFile({ backup, claim, namespaceGoing }: BackupView): BackupDecision | undefined {
  const letGo = (why: string) => step('DeletingBackup', why, { do: 'RemoveFinalizer' })
  if (backup.spec.deletionPolicy !== 'Delete') return letGo('the stored file is kept')
  // Safety: the volume goes with the namespace or by its own policy; a Job that reads or removes can't be made any more.
  if (namespaceGoing) return letGo('the namespace is being deleted')
  if (claim?.state === 'absent') return letGo(`PersistentVolumeClaim ${claimNameOf(backup)} is gone, and the file with it`)
  // Safety: no Job is made before this time is written. From then on no Job proves nothing: it may have been stopped while it wrote.
  if (backup.status?.startTime === undefined) return letGo('nothing was stored')
  return undefined
}

function stillRead({ readers }: BackupView): BackupDecision | undefined {
  if (readers.length === 0) return undefined
  return wait('BackupInUse', `the stored file is read by ${readers.join(', ')}; it is removed when that has ended`, lookMs, {
    on: 'removal',
  })
}

/** Safety: a file that is still being written would be published after its removal. */
function stillWritten({ backup, work, writers }: BackupView): BackupDecision | undefined {
  const name = backupJobName(backup.metadata.name)
  if (work.job.state === 'ours' && work.job.value.state === 'running' && !work.job.deleting)
    return step('DeletingBackup', `stopping Job ${name}`, { do: 'DeleteJob', name, uid: work.job.uid })
  const isGoing = work.job.state === 'ours' && work.job.deleting
  if (!isGoing && writers.length === 0) return undefined
  return wait('DeletingBackup', `Job ${name} is ending`, 1_000, { on: 'removal' })
}

function removal(view: BackupView): BackupDecision {
  const { backup, claim, agentImage, removal: run, now } = view
  const name = deletionJobName(backup.metadata.name)
  const pending = (message: string, stalled = false) => wait('DeletingBackup', message, lookMs, { on: 'removal', stalled })
  switch (run.job.state) {
    case 'foreign':
      return wait('NameTaken', `Job ${name} was not made for this backup; delete or rename it`, lookMs, { on: 'removal', stalled: true })
    case 'earlier':
      return pending(`Job ${name} of an earlier backup of this name is still going away`)
    case 'absent':
      if (claim?.state === 'deleting') return pending(`PersistentVolumeClaim ${claimNameOf(backup)} is being deleted, and the file with it`)
      if (!agentImage.known) return wait('AgentImageUnknown', agentImage.why, lookMs, { on: 'removal', stalled: true })
      return step('DeletingBackup', `removing ${locationOf(backup)}`, { do: 'CreateDeletionJob' })
    case 'ours':
      break
  }
  if (run.job.deleting) return pending(`Job ${name} is ending`)
  const result = resultOf(run)
  // Safety: the agent has looked: the file and its manifest are gone, or were never this backup's.
  if (result?.result === 'Deleted') return step('DeletingBackup', 'the stored file is removed', { do: 'RemoveFinalizer' })
  const trouble = agentTrouble(run)
  if (trouble !== undefined) return wait(trouble.reason, trouble.message, lookMs, { on: 'removal', stalled: isForPeople(trouble.reason) })
  if (run.job.value.state === 'running') return pending(`Job ${name} removes ${locationOf(backup)}`)

  const leftMs = run.pods.length === 0 ? 0 : (run.job.value.endedAt ?? now) + againMs - now
  if (leftMs <= 0)
    return step('DeletingBackup', `Job ${name} has ended without success: it is made again`, { do: 'DeleteJob', name, uid: run.job.uid })
  if (result?.result === 'Failed') return wait(result.reason, `${result.message}; ${wayOut}`, leftMs, { on: 'removal', stalled: true })
  const code = killedPod(run)?.exit?.code
  return wait('AgentKilled', `Job ${name} ended without a word (exit code ${code ?? 'unknown'}); ${wayOut}`, leftMs, {
    on: 'removal',
    stalled: true,
  })
}

const wayOut = 'tried again every two minutes; to leave the file behind, remove the finalizer'
