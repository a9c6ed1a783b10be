import { isTransient } from '../../api/reasons.ts'
import type { Owned } from '../owned.ts'
import { creationTrouble, type PodReport, startTrouble, type Trouble } from '../pod-start.ts'
import type { AgentFailure, AgentResult } from './task.ts'

/** A Job of the agent, and the state of its pods. */
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
  /** Why the Job failed, with Kubernetes' reason: BackoffLimitExceeded, DeadlineExceeded, PodFailurePolicy. */
  readonly failure: { readonly reason: string; readonly message: string } | undefined
  readonly endedAt: number | undefined
}

export interface AgentPod {
  readonly name: string
  /** Whether the pod itself has ended: all its containers have. */
  readonly ended: boolean
  /**
   * Milliseconds since the agent's own container has ended; undefined while it runs or has not begun. Another container, which a
   * service mesh puts into all pods, may keep the pod running, and Kubernetes counts the Job as running then.
   */
  readonly agentEndedMs: number | undefined
  /** What the agent reported. */
  readonly result: AgentResult | undefined
  /** How the agent's container exited, or the init container that failed before it. */
  readonly exit: AgentExit | undefined
  readonly report: PodReport
  /** The only node that the pod may run on; looked up while the pod is not scheduled. */
  readonly bound: BoundNode | undefined
}

/** The node where another pod had the volume mounted when the Job was created. */
export interface BoundNode {
  readonly node: string
  /** The pod that has the volume mounted there now; undefined when no pod has any more. */
  readonly pod: string | undefined
}

export interface AgentExit {
  readonly container: string
  /** Undefined: no container of the pod ran, because the kubelet rejected the pod. */
  readonly code: number | undefined
  /** Kubernetes' reason: Error, OOMKilled; OutOfcpu. */
  readonly reason: string
  /** The last lines of the container's log, or its termination message where that is no result. */
  readonly message: string
}

/** How long a finished Job stays, so that people can read its log; until then its pod keeps a claim from being deleted. */
export const keptSeconds = 600

/**
 * Where a Job of the agent stands.
 * - `absent`    there is no Job of that name
 * - `foreign`   somebody else made it
 * - `earlier`   it was created for an earlier object of this name, and the garbage collector is about to delete it
 * - `deleting`  it is being deleted; with the reason why its pod doesn't terminate
 * - `stuck`     its pod doesn't run, or doesn't end
 * - `working`   its pod is about to run, or runs; `last` is what an earlier try reported before Kubernetes makes the next, and `exit` how
 *               that try ended without a report
 * - `reported`  the agent reported a success, in whatever state the Job is now; or a failure, and Kubernetes makes no other try
 * - `late`      Kubernetes stopped it at its deadline; `last` is what the agent reported before
 * - `exited`    the agent exited without reporting a result, and Kubernetes makes no other try
 * - `vanished`  it has finished, and its pods were deleted, so that its result is lost
 */
export type JobLife =
  | { readonly life: 'absent' | 'foreign' | 'earlier' }
  | { readonly life: 'deleting'; readonly trouble: Trouble | undefined }
  | {
      readonly life: 'stuck'
      readonly uid: string
      readonly trouble: Trouble
      /** The pod has not started, and is bound to a node where no other pod has the volume mounted any more. */
      readonly misplaced: boolean
    }
  | {
      readonly life: 'working'
      readonly uid: string
      readonly ready: boolean
      readonly last: AgentFailure | undefined
      readonly exit: AgentExit | undefined
    }
  | {
      readonly life: 'reported'
      readonly uid: string
      readonly result: AgentResult
      readonly endedAt: number | undefined
      /** Another container, which somebody injected, keeps the pod running. */
      readonly outlived: boolean
    }
  | { readonly life: 'late'; readonly uid: string; readonly last: AgentFailure | undefined; readonly endedAt: number | undefined }
  | { readonly life: 'exited'; readonly uid: string; readonly exit: AgentExit; readonly endedAt: number | undefined }
  | { readonly life: 'vanished'; readonly uid: string }

/** The one reading of a Job for all plans. Kubernetes marks a Job as finished some seconds after its pod has terminated. */
export function lifeOf(run: AgentRun): JobLife {
  const { job, pods } = run
  if (job.state !== 'ours') return { life: job.state }
  const { uid } = job
  const { state, ready, failure, endedAt } = job.value
  const outlived = state === 'running' && pods.some(isOutlived)
  const result = resultOf(run)
  if (result !== undefined && result.result !== 'Failed') return { life: 'reported', uid, result, endedAt, outlived }
  const trouble = troubleOf(run)
  if (job.deleting) return { life: 'deleting', trouble }
  if (state === 'running') {
    if (trouble !== undefined) return { life: 'stuck', uid, trouble, misplaced: pods.some(isMisplaced) }
    if (!pods.every(isOver)) return { life: 'working', uid, ready, last: undefined, exit: undefined }
    const isLast = outlived || (result !== undefined && !isTransient(result.reason))
    if (!isLast) return { life: 'working', uid, ready, last: result, exit: result === undefined ? exitOf(run) : undefined }
  }
  if (failure?.reason === 'DeadlineExceeded') return { life: 'late', uid, last: result, endedAt }
  if (result !== undefined) return { life: 'reported', uid, result, endedAt, outlived }
  const exit = exitOf(run)
  return exit === undefined ? { life: 'vanished', uid } : { life: 'exited', uid, exit, endedAt }
}

function exitOf({ pods }: AgentRun): AgentExit | undefined {
  return pods.find(({ exit }) => exit !== undefined)?.exit
}

/** Whether the agent in this pod has exited. */
function isOver({ ended, agentEndedMs }: AgentPod): boolean {
  return ended || agentEndedMs !== undefined
}

/** Ordinary pods end within a second of their last container. */
const outlivedMs = 10_000

/** Whether an injected container keeps the pod running, so that Kubernetes neither finishes the Job nor tries again. */
export function isOutlived({ ended, agentEndedMs = 0 }: AgentPod): boolean {
  return !ended && agentEndedMs > outlivedMs
}

/** The result that counts: a success, even if a later pod failed; else the newest failure. */
export function resultOf({ pods }: AgentRun): AgentResult | undefined {
  const results = pods.flatMap(({ result }) => result ?? [])
  return results.find(({ result }) => result !== 'Failed') ?? results[0]
}

/** Why the Job does nothing at the moment. */
function troubleOf({ job, pods, refusal }: AgentRun): Trouble | undefined {
  const who = "the Job's pod"
  const pod = pods.find((one) => !isOver(one)) ?? (job.state === 'ours' && job.deleting ? pods.find(({ ended }) => !ended) : undefined)
  if (pod === undefined) return refusal === undefined ? undefined : creationTrouble(refusal, who)
  const trouble = claimTrouble(pod.report, who) ?? startTrouble(pod.report, who)
  if (trouble?.reason !== 'Unschedulable' || pod.bound?.pod === undefined) return trouble
  const wayOut = `it has to go to node ${pod.bound.node}, where pod ${pod.bound.pod} has the volume: delete that pod`
  return { ...trouble, message: `${trouble.message}; ${wayOut}` }
}

/** For this long the scheduler may not have the new claim in its cache yet. */
const cacheMs = 15_000

/** Asks a person to create the claim that a Job mounts. The operator itself creates only the first member's claim, before the Job. */
function claimTrouble({ unschedulable, ageMs }: PodReport, who: string): Trouble | undefined {
  if (unschedulable === undefined || ageMs < cacheMs) return undefined
  const [, claim, what] = /persistentvolumeclaim "([^"]*)" (not found|is being deleted)/.exec(unschedulable) ?? []
  if (claim === undefined) return undefined
  const words = what === 'not found' ? `there is no PersistentVolumeClaim ${claim}` : `PersistentVolumeClaim ${claim} is being deleted`
  return { reason: 'ClaimNotFound', message: `${who} waits for its volume: ${words}; create it` }
}

function isMisplaced({ ended, report, bound }: AgentPod): boolean {
  return !ended && report.unschedulable !== undefined && bound !== undefined && bound.pod === undefined
}

/** What a container's end without a report means. */
export function exitTrouble({ container, code, reason, message }: AgentExit): Trouble {
  const last = lastLine(message)
  if (code === undefined)
    return { reason: 'PodRejected', message: `the node rejected the Job's pod: ${reason}${last === '' ? '' : `: ${last}`}` }
  if (/no space left on device/.test(message)) return { reason: 'VolumeFull', message: `container ${container}: ${last}` }
  const how = [reason, `exit code ${code}`].filter((part) => part !== '').join(', ')
  const what = container === 'agent' ? 'the agent exited without reporting a result' : `container ${container} failed`
  const words = `${what}: ${how}${last === '' ? '' : `: ${last}`}`
  // A container that wrote a message was not killed, nor was an agent that exited with code 0.
  const isKilled = code !== 0 && (container === 'agent' || message === '')
  return { reason: isKilled ? 'AgentKilled' : 'AgentFailed', message: words }
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 300)
}
