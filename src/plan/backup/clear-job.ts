import { type AgentRun, keptSeconds } from '../../model/agent/run.ts'

/**
 * Milliseconds until the Job of a backup that is Completed or Failed is removed; undefined: there is none, or it isn't over.
 *
 * Safety: what it reported stands in the status by then, which never changes again.
 */
export function clearJobInMs(job: AgentRun['job'], now: number): number | undefined {
  if (job.state !== 'ours' || job.deleting || job.value.state === 'running') return undefined
  return Math.max(0, (job.value.endedAt ?? now) + keptSeconds * 1000 - now)
}
