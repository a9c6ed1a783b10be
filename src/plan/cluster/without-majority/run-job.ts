import type { WaitReason } from '../../../api/reasons.ts'
import type { AgentImage } from '../../../model/agent/image.ts'
import { type AgentRun, agentTrouble, killedPod, resultOf } from '../../../model/agent/run.ts'
import type { AskedRun } from '../../../model/cluster/restore-facts.ts'
import type { Known } from '../../../model/known.ts'
import { block, type Decision, type Step, step, wait } from '../step.ts'

interface Wanted {
  /** Name of the Job. */
  readonly job: string
  readonly reason: WaitReason
  /** What it does. */
  readonly message: string
  readonly create: Step
  /** What the Job is asked for, as the spec says now. */
  readonly asked: string
}

/** Makes a Job and waits for its end; who asks has looked before whether it reported what was wanted of it. */
export function runJob(run: AskedRun, image: Known<AgentImage>, wanted: Wanted): Decision {
  const { job, reason, message, create } = wanted
  switch (run.job.state) {
    case 'foreign':
      return block('NameTaken', `Job ${job} was not made by this operator; rename or delete it, or choose another name for the EtcdCluster`)
    case 'earlier':
      return wait('WaitingForDeletion', `Job ${job} of an earlier cluster of this name is still going away`, 1000)
    case 'absent':
      if (!image.known) return block('AgentImageUnknown', `Jobs run the operator's own image, which isn't known: ${image.why}`)
      return step(reason, message, create)
    case 'ours':
      if (run.job.deleting) return running(run, { reason, message: `Job ${job} is going away; it is made again` })
      // Safety: it has ended or has not begun, and what it did can be done twice.
      if (run.asked !== wanted.asked && !isAtWork(run))
        return step(reason, `the spec was changed; making Job ${job} again`, { do: 'DeleteJob', job, uid: run.job.uid })
      return run.job.value.state === 'running' ? running(run, wanted) : ended(run, run.job.uid, run.job.value.state, wanted)
  }
}

function isAtWork(run: AskedRun): boolean {
  return run.job.state === 'ours' && run.job.value.state === 'running' && agentTrouble(run) === undefined
}

/** Kubernetes says of a Job that it has ended seconds after its pod has. */
function running(run: AgentRun, { reason, message }: Pick<Wanted, 'reason' | 'message'>): Decision {
  const trouble = agentTrouble(run)
  return trouble === undefined ? wait(reason, message, 500) : wait(trouble.reason, trouble.message, 2000)
}

function ended(run: AgentRun, uid: string, state: 'succeeded' | 'failed', { job, reason }: Wanted): Decision {
  const result = resultOf(run)
  const again = `after the cause is removed delete Job ${job}, and it is tried again`
  if (result?.result === 'Failed') return block(result.reason, `${result.message}; ${again}`)
  const killed = state === 'failed' ? killedPod(run)?.exit : undefined
  if (killed !== undefined) {
    const { container, code, reason: how, message } = killed
    if (/no space left on device/.test(message)) return block('VolumeFull', `${container}: ${lastLine(message)}; ${again}`)
    const isAgents = container === 'agent' || message === ''
    return block(
      isAgents ? 'AgentKilled' : 'AgentFailed',
      `${container} ended with exit code ${code} (${how}) ${lastLine(message)}; ${again}`,
    )
  }
  // Safety: it has ended, and what it did can be done twice; nothing else tells how it ended.
  return step(reason, `Job ${job} has ended, and no pod of it is left to say how; making it again`, { do: 'DeleteJob', job, uid })
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 300)
}
