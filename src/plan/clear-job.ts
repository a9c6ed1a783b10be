import { type AgentRun, keptSeconds } from '../model/agent/run.ts'

/** How long a Job that still runs is left to itself after what it worked for has ended. */
const graceMs = 60_000

/**
 * Milliseconds until the Job of an object that is Completed or Failed is removed; undefined: there is none, or it is being deleted.
 * One that has ended stays for people to read its log. One that runs is kept running by another container of its pod, or by a
 * node that is lost.
 *
 * Safety: what the Job reported stands in the status by then, which never changes again.
 *
 * @param completedAt when that was
 */
export function clearJobInMs(job: AgentRun['job'], completedAt: number, now: number): number | undefined {
  if (job.state !== 'ours' || job.deleting) return undefined
  const until = job.value.state === 'running' ? completedAt + graceMs : (job.value.endedAt ?? now) + keptSeconds * 1000
  return Math.max(0, until - now)
}
