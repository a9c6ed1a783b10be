import type { Reason } from '../api/reasons.ts'
import { type AgentExit, exitTrouble, type JobLife } from '../model/agent/run.ts'

/** Messages about a Job that all plans share; each plan adds what it does about it. */
export const jobWords = {
  foreign: (job: string) => `Job ${job} exists and was made by somebody else; delete or rename it`,
  earlier: (job: string) => `Job ${job} of an earlier object of this name is still being deleted`,
  deleting: (job: string) => `Job ${job} is being deleted, and is recreated after that`,
  vanished: (job: string) => `Job ${job} has finished and its pods were deleted, so that its result is lost; recreating the Job`,
  misplaced: (job: string) => `no pod has the volume of Job ${job} on the node that its pod was bound to; recreating the Job`,
  starting: (job: string) => `the pod of Job ${job} is being started`,
  again: (why: string) => `tried again soon: ${why}`,
  againAfter: (exit: AgentExit) => `tried again soon: ${exitTrouble(exit).message}`,
  late: (job: string) => `Job ${job} did not end in time, and Kubernetes stopped it; recreating the Job`,
  outlived: (job: string) => `the agent of Job ${job} has ended, and another container keeps its pod running`,
  noImage: (why: string) => `Jobs run the operator's own image, which is not known: ${why}`,
} as const

/** Why a Job that has ended did not do what it was asked for. */
export function whyNotDone(
  job: string,
  life: Extract<JobLife, { life: 'reported' | 'late' | 'exited' }>,
): { reason: Reason; message: string } {
  switch (life.life) {
    case 'exited':
      return exitTrouble(life.exit)
    case 'late': {
      const last = life.last === undefined ? '' : `; last: ${life.last.reason}: ${life.last.message}`
      return { reason: 'TimedOut', message: `Job ${job} did not end in time, and Kubernetes stopped it${last}` }
    }
    case 'reported':
      if (life.result.result === 'Failed') return life.result
      return { reason: 'AgentFailed', message: `the agent of Job ${job} reported ${life.result.result}, which it was not asked for` }
  }
}
