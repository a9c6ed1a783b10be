import type { BackupView } from '../../model/backup/view.ts'
import { firstDecision } from '../decision.ts'
import { begin, createJob, keepFinalizer } from './begin.ts'
import { removeFile } from './remove-file.ts'
import type { BackupDecision, BackupRule } from './step.ts'
import { followJob, terminal, timedOut } from './work.ts'

/** The order is the policy: the first rule that has something to say decides. Each line says why it stands there. */
export const backupRules: readonly BackupRule[] = [
  removeFile, // nothing is begun for a backup that is being deleted
  keepFinalizer, // completed and failed backups need it too: without it their file outlives them
  terminal, // Completed and Failed never change again
  begin, // the time that it may take counts from the first status; the finalizer is there before anything is stored
  followJob, // a stored and verified file counts, even if the cluster or the claim was deleted since
  timedOut, // from here on there is no Job, so Kubernetes does not watch the time
  createJob,
]

export function planBackup(view: BackupView): BackupDecision {
  return firstDecision(backupRules, view) ?? { kind: 'steady' }
}
