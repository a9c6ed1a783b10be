import type { WaitReason } from '../../api/reasons.ts'
import type { Owned } from '../owned.ts'
import type { AgentResult } from './task.ts'

/** A Job of the agent, and what its pods say. */
export interface AgentRun {
  readonly job: Owned<JobFacts>
  /** Newest first. */
  readonly pods: readonly AgentPod[]
  /** Why the Job controller could make no pod (quota, admission), in its own words. */
  readonly refusal: string | undefined
}

export interface JobFacts {
  readonly state: 'running' | 'succeeded' | 'failed'
  /** Whether its pod runs. */
  readonly ready: boolean
  /** Of a failed one, as Kubernetes says it: BackoffLimitExceeded, DeadlineExceeded, PodFailurePolicy. */
  readonly failure: { readonly reason: string; readonly message: string } | undefined
  readonly endedAt: number | undefined
}

export interface AgentPod {
  readonly name: string
  readonly ended: boolean
  /** What the agent reported. */
  readonly result: AgentResult | undefined
  /** How a container ended that reported nothing. */
  readonly exit: { readonly container: string; readonly code: number; readonly reason: string; readonly message: string } | undefined
  /** Why it doesn't run yet, as far as anybody says. */
  readonly trouble: AgentTrouble | undefined
}

/** How long a Job stays after its end, so that people can read its log; a claim that is deleted is kept for as long. */
export const keptSeconds = 600

export interface AgentTrouble {
  readonly reason: WaitReason
  readonly message: string
}

/** The result that counts: a success, whatever came after it, or the newest failure. */
export function resultOf(run: AgentRun): AgentResult | undefined {
  const results = run.pods.flatMap(({ result }) => result ?? [])
  return results.find(({ result }) => result !== 'Failed') ?? results[0]
}

/** Why the Job does nothing at the moment. */
export function agentTrouble({ pods, refusal }: AgentRun): AgentTrouble | undefined {
  const trouble = pods.find(({ ended }) => !ended)?.trouble
  if (trouble !== undefined || refusal === undefined) return trouble
  const reason = /exceeded quota|LimitRange|maximum .* usage|minimum .* usage/i.test(refusal) ? 'QuotaExceeded' : 'PodRejected'
  return { reason, message: `the Job's pod can't be created: ${refusal}` }
}

/** The last container that ended without a word; undefined when none did. */
export function killedPod({ pods }: AgentRun): AgentPod | undefined {
  return pods.find(({ result, exit }) => result === undefined && exit !== undefined && exit.code !== 0)
}
