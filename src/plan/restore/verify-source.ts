import { agentTrouble, type JobFacts, killedPod, resultOf } from '../../model/agent/run.ts'
import { sourceJobName } from '../../model/names.ts'
import { type SourceFile, sourceInWords } from '../../model/restore/source.ts'
import type { RestoreView } from '../../model/restore/view.ts'
import { makeCluster } from './make-cluster.ts'
import { fail, lookIn, type RestoreDecision, stalledIn, waitIn } from './step.ts'

/** The agent reads the file from beginning to end, on a volume that it can't write: so nothing is made from a damaged one. */
export function verifySource(view: RestoreView, file: SourceFile): RestoreDecision {
  const { job } = view.verification
  const name = sourceJobName(view.restore)
  switch (job.state) {
    case 'foreign':
      return stalledIn(
        'Pending',
        'NameTaken',
        `Job ${name} exists and is somebody else's; delete it, or name the EtcdRestore otherwise`,
        10_000,
      )
    case 'earlier':
      return waitIn('Pending', 'WaitingForDeletion', `Job ${name} of an earlier EtcdRestore is still going away`, 1000)
    case 'absent':
      return begin(view, file)
    case 'ours':
      if (job.deleting) return running(view, `Job ${name} is going away, to be made again`)
      return judge(view, file, job.uid, job.value.state)
  }
}

function begin(view: RestoreView, file: SourceFile): RestoreDecision {
  if (!view.agentImage.known) {
    return stalledIn('Pending', 'AgentImageUnknown', `the image of the Job that reads the file isn't known: ${view.agentImage.why}`, 10_000)
  }
  return {
    kind: 'step',
    phase: 'Verifying',
    step: { do: 'CreateVerifyJob', file },
    reason: 'VerifyingBackup',
    message: reading(view),
  }
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
      `the agent ended without a word (${killed.reason || 'no reason'}, exit code ${killed.code}): ${killed.message}`,
    )
  }
  return {
    kind: 'step',
    phase: 'Verifying',
    step: { do: 'DeleteVerifyJob', uid },
    reason: 'VerifyingBackup',
    message: 'the Job has ended, and no pod is left to say how: the file is read again',
  }
}

/** Kubernetes says of a Job that it has ended seconds after its pod has. */
function running(view: RestoreView, message: string): RestoreDecision {
  const trouble = agentTrouble(view.verification)
  if (trouble !== undefined) return lookIn('Verifying', trouble.reason, trouble.message, 5000)
  const last = resultOf(view.verification)
  if (last?.result === 'Failed') return waitIn('Verifying', last.reason, `tried again soon: ${last.message}`, 5000)
  return waitIn('Verifying', 'VerifyingBackup', message, 500)
}

function reading({ restore }: RestoreView): string {
  return `reading ${sourceInWords(restore.spec.source)} from beginning to end`
}
