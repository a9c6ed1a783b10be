import { JOB } from '../adapters/kube/kinds.ts'
import type { AgentRun } from '../model/agent/run.ts'
import { clearJobInMs } from '../plan/clear-job.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import type { Tools } from './tools.ts'

interface Ended {
  readonly namespace: string
  /** Name of the Job. */
  readonly name: string
  readonly job: AgentRun['job']
  /** As the status of what it worked for says it. */
  readonly completionTime: string | undefined
}

/** Of what has ended only its Job is left, which the caches tell of: nothing is asked before it is removed. */
export async function clearJob({ kube, clock, log }: Tools, ended: Ended, signal: AbortSignal): Promise<PassResult> {
  const { namespace, name, job, completionTime } = ended
  const now = clock.now()
  const completedAt = Date.parse(completionTime ?? '')
  const leftMs = clearJobInMs(job, Number.isNaN(completedAt) ? now : completedAt, now)
  if (leftMs === undefined || job.state !== 'ours') return { next: 'when-changed' }
  if (leftMs > 0) return { next: 'after', ms: leftMs }
  // In the foreground where a pod may run: as long as the Job is there, nobody takes its name.
  const propagationPolicy = job.value.state === 'running' ? 'Foreground' : 'Background'
  await kube.delete(JOB, { namespace, name }, { uid: job.uid }, signal, { propagationPolicy })
  log.info({ job: `${namespace}/${name}`, action: 'DeleteJob', reason: 'CleaningUp' }, 'job of what has ended removed')
  return { next: 'when-changed' }
}
