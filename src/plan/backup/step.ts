import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { Reason, WaitReason } from '../../api/reasons.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import type { AgentResult } from '../../model/agent/task.ts'
import type { BackupView } from '../../model/backup/view.ts'
import type { Block, Fail, Steady, TakeStep, Wait } from '../decision.ts'

/** All that the operator ever does for an EtcdBackup. Each can be repeated, and names what it acts on by identity. */
export type BackupStep =
  /** Before anything is stored: the file goes before its object does. */
  | { readonly do: 'AddFinalizer' }
  | { readonly do: 'RemoveFinalizer' }
  | { readonly do: 'CreateBackupJob'; readonly cluster: EtcdCluster; readonly image: AgentImage }
  | { readonly do: 'CreateDeletionJob'; readonly image: AgentImage }
  | { readonly do: 'DeleteJob'; readonly name: string; readonly uid: string }

export type BackedUp = Extract<AgentResult, { result: 'BackedUp' }>

/** What a pass decided. */
export type BackupDecision =
  | TakeStep<BackupStep>
  | BackupWait
  | BackupBlock
  | { readonly kind: 'complete'; readonly result: BackedUp }
  | Fail
  /** Terminal, or another controller's turn: the operator looks again only after a change. */
  | Steady

export interface BackupWait extends Wait, About {}

/** The operator looks again all the same, every `recheckMs` milliseconds. */
export interface BackupBlock extends Block, About {
  readonly recheckMs: number
}

interface About {
  /** What is waited for: the backup, or the removal of its file. */
  readonly on: 'backup' | 'removal'
  /** Whether the Job has begun to work. */
  readonly running: boolean
}

/** One concern of the plan; undefined: not my concern. */
export type BackupRule = (view: BackupView) => BackupDecision | undefined

export function step(reason: Reason, message: string, what: BackupStep): TakeStep<BackupStep> {
  return { kind: 'step', step: what, reason, message }
}

export function wait(reason: WaitReason, message: string, recheckMs: number, about: Partial<About> = {}): BackupWait {
  return { kind: 'wait', on: 'backup', running: false, reason, message, recheckMs, ...about }
}

export function block(reason: Reason, message: string, about: Partial<About> & { readonly recheckMs?: number } = {}): BackupBlock {
  return { kind: 'block', on: 'backup', running: false, reason, message, recheckMs: 5_000, ...about }
}

export function fail(reason: Reason, message: string): Fail {
  return { kind: 'fail', reason, message }
}
