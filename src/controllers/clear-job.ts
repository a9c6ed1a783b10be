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
  /** Completion time in the status of the Job's owner. */
  readonly completionTime: string | undefined
}

/** Deletes the Job of an ended EtcdBackup or EtcdRestore, by what the caches know: no request is needed before. */
export async function clearJob({ kube, clock, log }: Tools, ended: Ended, signal: AbortSignal): Promise<PassResult> {
  const { namespace, name, job, completionTime } = ended
  const now = clock.now()
  const completedAt = Date.parse(completionTime ?? '')
  const leftMs = clearJobInMs(job, Number.isNaN(completedAt) ? now : completedAt, now)
  if (leftMs === undefined || job.state !== 'ours') return { next: 'when-changed' }
  if (leftMs > 0) return { next: 'after', ms: leftMs }
  // Foreground deletion while a pod may run: the Job keeps its name until its pods are deleted.
  const propagationPolicy = job.value.state === 'running' ? 'Foreground' : 'Background'
  await kube.delete(JOB, { namespace, name }, { uid: job.uid }, signal, { propagationPolicy })
  log.info({ job: `${namespace}/${name}`, action: 'DeleteJob', reason: 'CleaningUp' }, 'job deleted after its work ended')
  return { next: 'when-changed' }
}
