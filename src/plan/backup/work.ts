import { isTransient } from '../../api/reasons.ts'
import { agentTrouble, killedPod, resultOf } from '../../model/agent/run.ts'
import { type BackupView, timeLeftMs } from '../../model/backup/view.ts'
import { backupJobName } from '../../model/names.ts'
import { isTerminal } from '../../model/terminal.ts'
import { type BackupDecision, fail, step, wait } from './step.ts'

/** Between two looks at a pod that doesn't run yet, at one that can't, and at one that does. */
const startingMs = 1_000
const troubleMs = 5_000
const runningMs = 2_000
/** After the time of a backup is over: its Job is ended by Kubernetes, and tells how. */
const endingMs = 60_000

export function terminal({ backup }: BackupView): BackupDecision | undefined {
  return isTerminal(backup) ? { kind: 'steady' } : undefined
}

/** The agent reports a success only for bytes that it has read back from the volume. */
export function reported({ work }: BackupView): BackupDecision | undefined {
  const result = resultOf(work)
  return result?.result === 'BackedUp' ? { kind: 'complete', result } : undefined
}

/** A Job that was given up, with what is known of the cause. */
export function failed({ backup, work }: BackupView): BackupDecision | undefined {
  if (work.job.state !== 'ours' || work.job.value.state === 'running') return undefined
  const result = resultOf(work)
  const { failure } = work.job.value
  if (failure?.reason === 'DeadlineExceeded') {
    const last = result?.result === 'Failed' ? `; last: ${result.reason}: ${result.message}` : lastSeen(backup)
    return fail('TimedOut', `not completed within ${backup.spec.timeout}${last}`)
  }
  if (result?.result === 'Failed') return fail(result.reason, result.message)
  const killed = killedPod(work)
  if (killed?.exit !== undefined) {
    const { code, reason } = killed.exit
    return fail('AgentKilled', `the agent in pod ${killed.name} ended without a word: ${reason}, exit code ${code}`)
  }
  if (work.pods.length === 0) return undefined
  return fail('AgentFailed', `the Job ended, and its pod ${work.pods[0]?.name} reports nothing of this backup`)
}

/** Its pods were deleted before anybody read what they had reported. */
export function withoutResult({ backup, work }: BackupView): BackupDecision | undefined {
  if (work.job.state !== 'ours' || work.job.value.state === 'running' || work.job.deleting) return undefined
  const name = backupJobName(backup.metadata.name)
  return step('BackupStarting', `Job ${name} has ended and its pods are gone: it is made again`, {
    do: 'DeleteJob',
    name,
    uid: work.job.uid,
  })
}

export function running(view: BackupView): BackupDecision | undefined {
  const { backup, work } = view
  if (work.job.state !== 'ours') return undefined
  // Kubernetes counts a Job as failed when its pods have ended: one on a node that is lost never does.
  if (timeLeftMs(view) < -endingMs) {
    return fail('TimedOut', `not completed within ${backup.spec.timeout}, and the Job's pod doesn't end`)
  }
  const name = backupJobName(backup.metadata.name)
  if (work.job.deleting) return wait('BackupStarting', `Job ${name} is being deleted, and is made again then`, startingMs)
  const hasRun = backup.status?.phase === 'Running'
  const trouble = agentTrouble(work)
  if (trouble !== undefined) return wait(trouble.reason, trouble.message, troubleMs, { running: hasRun })
  const last = resultOf(work)
  if (last?.result === 'Failed' && isTransient(last.reason) && work.pods.every(({ ended }) => ended))
    return wait(last.reason, `tried again soon: ${last.message}`, troubleMs, { running: true })
  if (!work.job.value.ready) return wait('BackingUp', `the pod of Job ${name} is being started`, startingMs, { running: hasRun })
  return wait('BackingUp', `Job ${name} stores the snapshot and reads it back`, runningMs, { running: true })
}

function lastSeen(backup: BackupView['backup']): string {
  const last = backup.status?.conditions?.find(({ type }) => type === 'Complete')
  return last === undefined || last.reason === 'BackingUp' ? '' : `; last: ${last.reason}: ${last.message}`
}
