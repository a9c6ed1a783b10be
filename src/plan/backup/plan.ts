import type { BackupView } from '../../model/backup/view.ts'
import { firstDecision } from '../decision.ts'
import { begin, claimThere, clusterThere, createJob, imageKnown, nameFree, timedOut } from './begin.ts'
import { removeFile } from './remove-file.ts'
import type { BackupDecision, BackupRule } from './step.ts'
import { failed, reported, running, terminal, withoutResult } from './work.ts'

/** The order is the policy: the first rule that has something to say decides. Each line says why it stands there. */
export const backupRules: readonly BackupRule[] = [
  removeFile, // nothing is begun for what is going away
  terminal, // Completed and Failed never change again
  begin, // the time that it may take counts from the first status; the finalizer is there before anything is stored
  reported, // what is stored and verified counts, however its Job ended
  failed,
  withoutResult, // the Job ended and nobody knows how: the agent itself finds out what it had finished
  running,
  timedOut, // from here on no Job exists, so nobody else watches the time
  nameFree, // what the Job needs, in the order in which people make it
  clusterThere,
  claimThere,
  imageKnown,
  createJob,
]

export function planBackup(view: BackupView): BackupDecision {
  return firstDecision(backupRules, view) ?? { kind: 'steady' }
}
