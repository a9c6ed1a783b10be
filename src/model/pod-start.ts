import type { WaitReason } from '../api/reasons.ts'

/** Why a pod does nothing, in words for people. */
export interface Trouble {
  readonly reason: WaitReason
  readonly message: string
}

/** What Kubernetes reports about a pod that doesn't run yet, or doesn't terminate. */
export interface PodReport {
  readonly name: string
  readonly node: string | undefined
  /** Milliseconds since it was made. */
  readonly ageMs: number
  /** Why the scheduler has found no node; undefined once it has. */
  readonly unschedulable: string | undefined
  /** Why the kubelet says that a container waits. */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined
  /** The newest warning about a pod whose containers have not been created for a while. */
  readonly warning: { readonly reason: string; readonly message: string } | undefined
  /** Milliseconds since the time by which the pod should have terminated; undefined while it isn't being deleted. */
  readonly overdueMs: number | undefined
}

type Check = (pod: PodReport, who: string) => Trouble | undefined

/** The first one that has something to say decides. */
const checks: readonly Check[] = [
  stillTerminating, // nothing else of a pod that is being deleted matters
  waitingForVolume, // the scheduler names the volume as well as the nodes: the volume is the cause
  withoutNode,
  withoutImage,
  withoutContainer,
  withoutMount, // only Events report this, and an Event outlives its cause
  withoutSandbox,
]

/** Why a pod doesn't run, or doesn't terminate, as far as Kubernetes reports it. `who` begins the message: `demo-1`, `the Job's pod`. */
export function startTrouble(pod: PodReport, who: string): Trouble | undefined {
  for (const check of checks) {
    const trouble = check(pod, who)
    if (trouble !== undefined) return trouble
  }
  return undefined
}

/** Why a controller could create no pod: `words` is the message with which the API server refused the pod. */
export function creationTrouble(words: string, who: string): Trouble {
  return { reason: isQuotaRefusal(words) ? 'QuotaExceeded' : 'PodRejected', message: `${who} can't be created: ${words}` }
}

/** Whether a ResourceQuota or a LimitRange has refused an object. */
export function isQuotaRefusal(words: string): boolean {
  return /exceeded quota|failed quota|LimitRange|(maximum|minimum) .* usage/i.test(words)
}

const terminatingMs = 60_000

/**
 * A pod on a lost node never terminates, and no other pod takes its place: its processes may still be writing.
 * https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown
 */
function stillTerminating({ name, node, overdueMs }: PodReport): Trouble | undefined {
  if (overdueMs === undefined || overdueMs < terminatingMs) return undefined
  const where = node === undefined ? '' : ` on node ${node}`
  return {
    reason: 'PodTerminating',
    message: `pod ${name}${where} was deleted and is still terminating: bring its node back; or, when that is shut down for good, delete the Node`,
  }
}

/** The scheduler says so when no node can bind a claim, or the claim has no class. */
function waitingForVolume({ unschedulable: why }: PodReport, who: string): Trouble | undefined {
  if (why === undefined || !/unbound (immediate )?PersistentVolumeClaims|persistentvolumeclaim/i.test(why)) return undefined
  return { reason: 'VolumePending', message: `${who} waits for its volume: ${why}` }
}

function withoutNode({ unschedulable: why }: PodReport, who: string): Trouble | undefined {
  return why === undefined ? undefined : { reason: 'Unschedulable', message: `${who} fits on no node: ${why}` }
}

export const pullReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])

function withoutImage({ waiting }: PodReport, who: string): Trouble | undefined {
  if (waiting === undefined || !pullReasons.has(waiting.reason)) return undefined
  return { reason: 'ImagePullFailed', message: `${who} can't pull its image: ${waiting.message || waiting.reason}` }
}

const creationReasons: ReadonlySet<string> = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'])

function withoutContainer({ waiting }: PodReport, who: string): Trouble | undefined {
  if (waiting === undefined || !creationReasons.has(waiting.reason)) return undefined
  return { reason: 'PodRejected', message: `${who} can't start: its container can't be created: ${waiting.message || waiting.reason}` }
}

/** Reasons of warnings from the kubelet and the attach/detach controller. */
const mountReasons: ReadonlySet<string> = new Set(['FailedMount', 'FailedAttachVolume', 'FailedMapVolume'])

function withoutMount({ warning }: PodReport, who: string): Trouble | undefined {
  if (warning === undefined || !mountReasons.has(warning.reason)) return undefined
  return { reason: 'VolumePending', message: `${who} waits for its volume: ${warning.message}` }
}

/** The network plugin or the container runtime of the node fails. */
function withoutSandbox({ warning }: PodReport, who: string): Trouble | undefined {
  if (warning?.reason !== 'FailedCreatePodSandBox') return undefined
  return { reason: 'PodRejected', message: `${who} can't start: its sandbox can't be created: ${warning.message}` }
}

/** The warnings that the checks understand; other warnings don't tell why a pod doesn't start. */
export const tellingWarnings: ReadonlySet<string> = new Set([...mountReasons, 'FailedCreatePodSandBox'])
