import { isTransient } from '../../api/reasons.ts'
import type { Owned } from '../owned.ts'
import { creationTrouble, type PodReport, startTrouble, type Trouble } from '../pod-start.ts'
import type { AgentFailure, AgentResult } from './task.ts'

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
  /** Whether the pod itself has ended: all its containers have. */
  readonly ended: boolean
  /**
   * Milliseconds since the agent's own container has ended; undefined while it runs or has not begun. Another container, which a
   * service mesh puts into all pods, may keep the pod running, and Kubernetes counts the Job as running then.
   */
  readonly agentEndedMs: number | undefined
  /** What the agent reported. */
  readonly result: AgentResult | undefined
  /** How the agent's container ended, or the one before it that failed. */
  readonly exit: AgentExit | undefined
  readonly report: PodReport
  /** The only node that it may run on; looked up while no node takes it. */
  readonly bound: BoundNode | undefined
}

/** Another pod had the volume mounted there when the Job was made. */
export interface BoundNode {
  readonly node: string
  /** The pod that has it there now; undefined when none has any more. */
  readonly pod: string | undefined
}

export interface AgentExit {
  readonly container: string
  readonly code: number
  /** As Kubernetes says it: Error, OOMKilled. */
  readonly reason: string
  /** The last lines of its log, or what it wrote instead of a report. */
  readonly message: string
}

/** How long a Job stays after its end, so that people can read its log; a claim that is deleted is kept for as long. */
export const keptSeconds = 600

/**
 * Where a Job of the agent stands.
 * - `absent`    there is no Job of that name
 * - `foreign`   somebody else made it
 * - `earlier`   it was made for an earlier object of this name, and Kubernetes is about to delete it
 * - `deleting`  it is being deleted; with what keeps its pod from ending
 * - `stuck`     its pod doesn't run, or doesn't end
 * - `working`   its pod is about to run, or runs; `last` is what an earlier try reported before Kubernetes makes the next
 * - `reported`  the agent reported a success, whatever became of the Job since; or a failure, and Kubernetes makes no other try
 * - `late`      Kubernetes ended it because its time was over; `last` is what the agent reported before
 * - `exited`    the last try ended without a report
 * - `vanished`  it has ended, and nothing is left that says how
 */
export type JobLife =
  | { readonly life: 'absent' | 'foreign' | 'earlier' }
  | { readonly life: 'deleting'; readonly trouble: Trouble | undefined }
  | {
      readonly life: 'stuck'
      readonly uid: string
      readonly trouble: Trouble
      /** It has not begun, and may run on one node alone for no reason that still holds. */
      readonly misplaced: boolean
    }
  | { readonly life: 'working'; readonly uid: string; readonly ready: boolean; readonly last: AgentFailure | undefined }
  | {
      readonly life: 'reported'
      readonly uid: string
      readonly result: AgentResult
      readonly endedAt: number | undefined
      /** A container of somebody else keeps the pod running. */
      readonly outlived: boolean
    }
  | { readonly life: 'late'; readonly uid: string; readonly last: AgentFailure | undefined; readonly endedAt: number | undefined }
  | { readonly life: 'exited'; readonly uid: string; readonly exit: AgentExit; readonly endedAt: number | undefined }
  | { readonly life: 'vanished'; readonly uid: string }

/** Read once, so that every plan means the same by it. Kubernetes says of a Job that it has ended seconds after its pod has. */
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
    if (!pods.every(isOver)) return { life: 'working', uid, ready, last: undefined }
    const isLast = outlived || (result !== undefined && !isTransient(result.reason))
    if (!isLast) return { life: 'working', uid, ready, last: result }
  }
  if (failure?.reason === 'DeadlineExceeded') return { life: 'late', uid, last: result, endedAt }
  if (result !== undefined) return { life: 'reported', uid, result, endedAt, outlived }
  const exit = pods.find((pod) => pod.exit !== undefined)?.exit
  return exit === undefined ? { life: 'vanished', uid } : { life: 'exited', uid, exit, endedAt }
}

/** Whether no agent works in it any more. */
function isOver({ ended, agentEndedMs }: AgentPod): boolean {
  return ended || agentEndedMs !== undefined
}

/** Ordinary pods end within a second of their last container. */
const outlivedMs = 10_000

/** Whether a container of somebody else keeps the pod running, so that Kubernetes neither ends the Job nor tries again. */
export function isOutlived({ ended, agentEndedMs = 0 }: AgentPod): boolean {
  return !ended && agentEndedMs > outlivedMs
}

/** The result that counts: a success, whatever came after it, or the newest failure. */
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

/** The scheduler may be quicker than its cache of claims. */
const cacheMs = 15_000

/** A claim that a Job mounts is made by a person, but for that of the first member, which is there before the Job. */
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
  if (/no space left on device/.test(message)) return { reason: 'VolumeFull', message: `container ${container}: ${last}` }
  const how = [reason, `exit code ${code}`].filter((part) => part !== '').join(', ')
  const what = container === 'agent' ? 'the agent exited without reporting a result' : `container ${container} failed`
  const words = `${what}: ${how}${last === '' ? '' : `: ${last}`}`
  // A container that says why it ended was not killed, nor was an agent that ended well.
  const isKilled = code !== 0 && (container === 'agent' || message === '')
  return { reason: isKilled ? 'AgentKilled' : 'AgentFailed', message: words }
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 300)
}
