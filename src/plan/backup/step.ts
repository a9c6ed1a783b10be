import type { Reason } from '../../api/reasons.ts'
import type { AgentResult } from '../../model/agent/task.ts'
import type { BackupView } from '../../model/backup/view.ts'

/** All that the operator ever does for an EtcdBackup. Each can be repeated, and names what it acts on by identity. */
export type BackupStep =
  /** Before anything is stored: the file goes before its object does. */
  | { readonly do: 'AddFinalizer' }
  | { readonly do: 'RemoveFinalizer' }
  | { readonly do: 'CreateBackupJob' }
  | { readonly do: 'CreateDeletionJob' }
  | { readonly do: 'DeleteJob'; readonly name: string; readonly uid: string }

export type BackedUp = Extract<AgentResult, { result: 'BackedUp' }>

/** What a pass decided. */
export type BackupDecision =
  | { readonly kind: 'step'; readonly step: BackupStep; readonly reason: Reason; readonly message: string }
  | BackupWait
  | { readonly kind: 'complete'; readonly result: BackedUp }
  | { readonly kind: 'fail'; readonly reason: Reason; readonly message: string }
  /** Terminal, or somebody else's turn: never looked at again without a change. */
  | { readonly kind: 'rest' }

export interface BackupWait {
  readonly kind: 'wait'
  /** What it is waited for: the backup, or the removal of its file. */
  readonly on: 'backup' | 'removal'
  readonly running: boolean
  readonly reason: Reason
  readonly message: string
  readonly recheckMs: number
  /** Only a person can help, though it goes on looking. */
  readonly stalled: boolean
}

/** One concern of the plan; undefined: not my concern. */
export type BackupRule = (view: BackupView) => BackupDecision | undefined

export function step(reason: Reason, message: string, what: BackupStep): BackupDecision {
  return { kind: 'step', step: what, reason, message }
}

export function wait(
  reason: Reason,
  message: string,
  recheckMs: number,
  about: { readonly on?: BackupWait['on']; readonly running?: boolean; readonly stalled?: boolean } = {},
): BackupWait {
  return { kind: 'wait', on: 'backup', running: false, stalled: false, reason, message, recheckMs, ...about }
}
