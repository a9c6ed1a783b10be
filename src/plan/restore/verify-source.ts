import { lifeOf } from '../../model/agent/run.ts'
import { sourceJobName } from '../../model/names.ts'
import { type SourceFile, sourceInWords } from '../../model/restore/source.ts'
import { type RestoreView, sourceOf } from '../../model/restore/view.ts'
import { jobWords, whyNotDone } from '../job-words.ts'
import { makeCluster } from './make-cluster.ts'
import { block, fail, type RestoreDecision, step, wait } from './step.ts'

/** The agent reads the file from beginning to end, on a volume mounted read-only: no cluster is made from a damaged file. */
export function verifySource(view: RestoreView, file: SourceFile): RestoreDecision {
  const job = sourceJobName(view.restore)
  const life = lifeOf(view.verification)
  const message = `reading ${sourceInWords(sourceOf(view.restore))} from beginning to end`
  switch (life.life) {
    case 'absent':
      if (!view.agentImage.known) return block('Pending', 'AgentImageUnknown', jobWords.noImage(view.agentImage.why))
      return step('Verifying', 'VerifyingBackup', message, { do: 'CreateVerifyJob', file, image: view.agentImage.value })
    case 'foreign':
      return block('Pending', 'NameTaken', `${jobWords.foreign(job)}, or choose another name for the EtcdRestore`)
    case 'earlier':
      return wait('Pending', 'WaitingForDeletion', jobWords.earlier(job), 1000)
    case 'deleting':
      if (life.trouble !== undefined) return wait('Verifying', life.trouble.reason, life.trouble.message, 5000)
      return wait('Verifying', 'VerifyingBackup', jobWords.deleting(job), 500)
    case 'stuck':
      if (life.misplaced) return step('Verifying', 'VerifyingBackup', jobWords.misplaced(job), { do: 'DeleteVerifyJob', uid: life.uid })
      return wait('Verifying', life.trouble.reason, life.trouble.message, 5000)
    case 'working':
      if (life.last !== undefined) return wait('Verifying', life.last.reason, jobWords.again(life.last.message), 5000)
      if (life.exit !== undefined) return wait('Verifying', 'VerifyingBackup', jobWords.againAfter(life.exit), 500)
      return wait('Verifying', 'VerifyingBackup', life.ready ? message : jobWords.starting(job), 500)
    case 'vanished':
      return step('Verifying', 'VerifyingBackup', jobWords.vanished(job), { do: 'DeleteVerifyJob', uid: life.uid })
    case 'late':
      return step('Verifying', 'VerifyingBackup', jobWords.late(job), { do: 'DeleteVerifyJob', uid: life.uid })
    case 'reported':
      if (life.result.result === 'Verified') return makeCluster(view, file, life.result)
      return notVerified(job, life)
    case 'exited':
      return notVerified(job, life)
  }
}

function notVerified(job: string, life: Parameters<typeof whyNotDone>[1]): RestoreDecision {
  const { reason, message } = whyNotDone(job, life)
  return fail(reason, message)
}
