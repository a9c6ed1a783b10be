import { isTransient } from '../../api/reasons.ts'
import { lifeOf } from '../../model/agent/run.ts'
import { type BackupView, timeLeftMs } from '../../model/backup/view.ts'
import { backupJobName } from '../../model/names.ts'
import { isTerminal } from '../../model/terminal.ts'
import { jobWords, whyNotDone } from '../job-words.ts'
import { type BackupDecision, block, fail, step, wait } from './step.ts'

/** Between two looks at a pod that is starting, at one that cannot start, and at one that runs. */
const startingMs = 1_000
const troubleMs = 5_000
const runningMs = 2_000
/** Added to spec.timeout: Kubernetes stops the Job at the timeout, and the operator waits this long for the Job's result. */
const endingMs = 60_000

export function terminal({ backup }: BackupView): BackupDecision | undefined {
  return isTerminal(backup) ? { kind: 'steady' } : undefined
}

/** What the Job that takes the backup leads to; undefined while there is none. */
export function followJob(view: BackupView): BackupDecision | undefined {
  const { backup, work } = view
  const job = backupJobName(backup.metadata.name)
  const running = backup.status?.phase === 'Running'
  const life = lifeOf(work)
  switch (life.life) {
    case 'absent':
      return undefined
    case 'foreign':
      return timedOut(view) ?? block('NameTaken', `${jobWords.foreign(job)}, or choose another name for the EtcdBackup`)
    case 'earlier':
      return timedOut(view) ?? wait('WaitingForDeletion', jobWords.earlier(job), startingMs)
    case 'deleting':
      return lost(view) ?? wait('BackupStarting', jobWords.deleting(job), startingMs)
    case 'stuck':
      if (life.misplaced) return step('BackupStarting', jobWords.misplaced(job), { do: 'DeleteJob', name: job, uid: life.uid })
      return lost(view) ?? wait(life.trouble.reason, life.trouble.message, troubleMs, { running })
    case 'working':
      if (life.last !== undefined)
        return lost(view) ?? wait(life.last.reason, jobWords.again(life.last.message), troubleMs, { running: true })
      if (life.exit !== undefined) return lost(view) ?? wait('BackingUp', jobWords.againAfter(life.exit), startingMs, { running: true })
      if (!life.ready) return lost(view) ?? wait('BackingUp', jobWords.starting(job), startingMs, { running })
      return lost(view) ?? wait('BackingUp', `Job ${job} stores the snapshot and reads it back`, runningMs, { running: true })
    case 'vanished':
      return step('BackupStarting', jobWords.vanished(job), { do: 'DeleteJob', name: job, uid: life.uid })
    case 'late':
      return notInTime(view, life.last && `${life.last.reason}: ${life.last.message}`)
    case 'reported':
      // The agent reports a success only for bytes that it has read back from the volume.
      if (life.result.result === 'BackedUp') return { kind: 'complete', result: life.result }
      // Kubernetes tries again only when the pod has ended.
      if (life.outlived && life.result.result === 'Failed' && isTransient(life.result.reason))
        return step('BackupStarting', `${jobWords.outlived(job)}; recreating the Job: ${life.result.message}`, {
          do: 'DeleteJob',
          name: job,
          uid: life.uid,
        })
      return givenUp(job, life)
    case 'exited':
      return givenUp(job, life)
  }
}

/** While a Job exists Kubernetes watches its time; before that the operator does. */
export function timedOut(view: BackupView): BackupDecision | undefined {
  return timeLeftMs(view) > 0 ? undefined : notInTime(view)
}

/** Kubernetes marks a Job as failed only when its pods have terminated; a pod on a lost node never terminates. */
function lost(view: BackupView): BackupDecision | undefined {
  if (timeLeftMs(view) >= -endingMs) return undefined
  return fail('TimedOut', `not completed within ${view.backup.spec.timeout}, and the Job's pod doesn't terminate`)
}

function notInTime({ backup }: BackupView, last = lastSeen(backup)): BackupDecision {
  return fail('TimedOut', `not completed within ${backup.spec.timeout}${last === undefined ? '' : `; last: ${last}`}`)
}

/** The last trouble that the backup's status reported. */
function lastSeen({ status }: BackupView['backup']): string | undefined {
  const last = status?.conditions?.find(({ type }) => type === 'Complete')
  return last === undefined || last.reason === 'BackingUp' || last.reason === 'BackupStarting'
    ? undefined
    : `${last.reason}: ${last.message}`
}

function givenUp(job: string, life: Parameters<typeof whyNotDone>[1]): BackupDecision {
  const { reason, message } = whyNotDone(job, life)
  return fail(reason, message)
}
