import { agentTrouble, type JobFacts, killedPod, resultOf } from '../../model/agent/run.ts'
import { sourceJobName } from '../../model/names.ts'
import { type SourceFile, sourceInWords } from '../../model/restore/source.ts'
import type { RestoreView } from '../../model/restore/view.ts'
import { makeCluster } from './make-cluster.ts'
import { block, fail, type RestoreDecision, step, wait } from './step.ts'

/** The agent reads the file from beginning to end, on a volume that it can't write: so nothing is made from a damaged one. */
export function verifySource(view: RestoreView, file: SourceFile): RestoreDecision {
  const { job } = view.verification
  const name = sourceJobName(view.restore)
  switch (job.state) {
    case 'foreign':
      return block(
        'Pending',
        'NameTaken',
        `Job ${name} exists and was not made for this EtcdRestore; delete it, or name the EtcdRestore otherwise`,
      )
    case 'earlier':
      return wait('Pending', 'WaitingForDeletion', `Job ${name} of an earlier EtcdRestore is still being deleted`, 1000)
    case 'absent':
      return begin(view, file)
    case 'ours':
      if (job.deleting) return running(view, `Job ${name} is being deleted, and is recreated then`)
      return judge(view, file, job.uid, job.value.state)
  }
}

function begin(view: RestoreView, file: SourceFile): RestoreDecision {
  if (!view.agentImage.known) {
    return block('Pending', 'AgentImageUnknown', `the image of the Job that reads the file isn't known: ${view.agentImage.why}`)
  }
  return step('Verifying', 'VerifyingBackup', reading(view), { do: 'CreateVerifyJob', file })
}

/** What our own Job says. */
function judge(view: RestoreView, file: SourceFile, uid: string, state: JobFacts['state']): RestoreDecision {
  const result = resultOf(view.verification)
  if (result?.result === 'Verified') return makeCluster(view, file, result)
  if (state === 'running') return running(view, reading(view))
  if (result?.result === 'Failed') return fail(result.reason, result.message)
  const killed = killedPod(view.verification)?.exit
  if (state === 'failed' && killed !== undefined) {
    return fail(
      'AgentKilled',
      `the agent exited without reporting a result (${killed.reason || 'no reason'}, exit code ${killed.code}): ${killed.message}`,
    )
  }
  return step('Verifying', 'VerifyingBackup', 'the Job has ended, and no pod is left to say how: the file is read again', {
    do: 'DeleteVerifyJob',
    uid,
  })
}

/** Kubernetes says of a Job that it has ended seconds after its pod has. */
function running(view: RestoreView, message: string): RestoreDecision {
  const trouble = agentTrouble(view.verification)
  if (trouble !== undefined) return wait('Verifying', trouble.reason, trouble.message, 5000)
  const last = resultOf(view.verification)
  if (last?.result === 'Failed') return wait('Verifying', last.reason, `tried again soon: ${last.message}`, 5000)
  return wait('Verifying', 'VerifyingBackup', message, 500)
}

function reading({ restore }: RestoreView): string {
  return `reading ${sourceInWords(restore.spec.source)} from beginning to end`
}
