import { isTransient } from '../api/reasons.ts'
import { type AgentFailure, type AgentResult, type AgentTask, exitCode } from '../model/agent/task.ts'
import { type BackupTools, backUp } from './tasks/backup.ts'
import { deleteBackup } from './tasks/delete.ts'
import { prepare } from './tasks/prepare.ts'
import { publish } from './tasks/publish.ts'
import { verify } from './tasks/verify.ts'
import { volumeRefusal } from './volume/volume-refusal.ts'

/** Where the volumes are mounted. */
export interface Roots {
  readonly backups: string
  readonly data: string
  readonly source: string
}

/** Carries out one task. Never throws: an error becomes a failed result. */
export async function run(task: AgentTask, roots: Roots, tools: BackupTools): Promise<AgentResult> {
  try {
    return await carryOut(task, roots, tools)
  } catch (error) {
    return failure(error, `${task.do} ${task.do === 'publish' ? task.target : task.location}`)
  }
}

export function failure(error: unknown, what: string): AgentFailure {
  const { reason, message } = volumeRefusal(error, what)
  return { result: 'Failed', reason, message }
}

export function exitCodeOf(result: AgentResult): number {
  if (result.result !== 'Failed') return exitCode.done
  return isTransient(result.reason) ? exitCode.transient : exitCode.final
}

async function carryOut(task: AgentTask, roots: Roots, tools: BackupTools): Promise<AgentResult> {
  switch (task.do) {
    case 'backup':
      return backUp(task, roots.backups, tools)
    case 'delete':
      return deleteBackup(task, roots.backups, tools.disk)
    case 'verify':
      return verify(task, roots.backups)
    case 'prepare':
      return prepare(task, roots, tools.disk)
    case 'publish':
      return publish(task, roots.data, tools.disk)
  }
}
