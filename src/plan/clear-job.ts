import { type AgentRun, keptSeconds } from '../model/agent/run.ts'

/** How long a Job may go on running after the object that it worked for is Completed or Failed. */
const graceMs = 60_000

/**
 * Milliseconds until the Job of an object that is Completed or Failed is removed; undefined: there is none, or it is being deleted.
 * A Job that has finished stays, so that people can read its log. A Job that still runs does so because another container of its
 * pod runs on, or because its node is lost.
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
