import { CORE_EVENT, type Job, POD, type Pod } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import { apiVersion } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import { parseAgentResult } from '../../model/agent/result.ts'
import type { AgentPod, AgentRun, AgentTrouble, JobFacts } from '../../model/agent/run.ts'
import { pullReasons } from '../../model/cluster/pod-trouble.ts'
import type { Known } from '../../model/known.ts'
import type { Owned } from '../../model/owned.ts'
import { agentContainerName } from '../../objects/jobs/agent-job.ts'

/** What a look at something that Jobs work for needs. */
export interface JobSources {
  readonly kube: Kube
  /** The image that the operator itself runs. */
  readonly agentImage: (signal: AbortSignal) => Promise<Known<AgentImage>>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** The object that a Job works for. */
export interface JobOwner {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/**
 * A Job of the agent and its pods, which are looked up live: what they report is known seconds before Kubernetes says of their
 * Job that it has ended. `now` in milliseconds since the epoch.
 */
export async function readAgentRun(kube: Kube, job: Job | undefined, owner: JobOwner, now: number, signal: AbortSignal): Promise<AgentRun> {
  const owned = ownedJob(owner, job)
  if (job === undefined || owned.state !== 'ours') return { job: owned, pods: [], refusal: undefined }
  const { namespace, uid } = job.metadata
  const { items } = await kube.list(POD, { namespace, labelSelector: `batch.kubernetes.io/controller-uid=${uid}` }, signal)
  // Whoever may make pods can label them: the owner is what counts.
  const own = items.filter((pod) => pod.metadata.ownerReferences?.some((reference) => reference.uid === uid))
  const newestFirst = own.toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))
  const refusal = own.length === 0 && owned.value.state === 'running' ? await lastWarning(kube, namespace, uid, signal) : undefined
  const pods = await Promise.all(newestFirst.map(async (pod) => agentPod(pod, now, await mountTrouble(kube, pod, now, signal))))
  return { job: owned, pods, refusal }
}

/** Whose a Job is: by the owner's uid, or by the annotation on one that outlives its owner; never by its name. */
export function ownedJob(owner: JobOwner, job: Job | undefined): Owned<JobFacts> {
  if (job === undefined) return { state: 'absent' }
  const { uid, resourceVersion, deletionTimestamp, ownerReferences, annotations } = job.metadata
  const reference = ownerReferences?.find((one) => one.apiVersion === apiVersion && one.kind === owner.kind)
  const ownerUid = reference?.uid ?? annotations?.[annotation.backupUid]
  if (ownerUid === undefined) return { state: 'foreign', uid }
  if (ownerUid !== owner.uid) return { state: 'earlier', uid }
  return { state: 'ours', uid, resourceVersion, deleting: deletionTimestamp !== undefined, value: jobFacts(job) }
}

function jobFacts(job: Job): JobFacts {
  const { status } = job
  const is = (type: string) => status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')
  const failed = is('Failed')
  const complete = is('Complete')
  const endedAt = Date.parse((failed ?? complete)?.lastTransitionTime ?? '')
  return {
    ready: (status?.ready ?? 0) > 0,
    state: failed ? 'failed' : complete ? 'succeeded' : 'running',
    failure: failed && { reason: failed.reason ?? '', message: failed.message ?? '' },
    endedAt: Number.isNaN(endedAt) ? undefined : endedAt,
  }
}

function agentPod(pod: Pod, now: number, mounting: AgentTrouble | undefined): AgentPod {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const ends = containers.flatMap(({ name, state }) => (state?.terminated ? [{ name, ...state.terminated }] : []))
  const own = ends.find(({ name }) => name === agentContainerName)
  // One that ran before it speaks for the pod only when it failed: the agent itself never started then.
  const last = own ?? ends.find(({ exitCode }) => exitCode !== 0)
  return {
    name: pod.metadata.name,
    ended: pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed',
    result: parseAgentResult(last?.message),
    exit: last && { container: last.name, code: last.exitCode, reason: last.reason ?? '', message: last.message ?? '' },
    trouble: ending(pod, now) ?? podTrouble(pod) ?? mounting,
  }
}

/**
 * On a node that is lost a pod never ends, and no other takes its place: it may still be writing.
 * https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown
 */
function ending({ metadata, spec }: Pod, now: number): AgentTrouble | undefined {
  // The time by which it was to have ended.
  if (metadata.deletionTimestamp === undefined || now < Date.parse(metadata.deletionTimestamp) + endingMs) return undefined
  const where = spec?.nodeName === undefined ? '' : ` on node ${spec.nodeName}`
  return {
    reason: 'PodTerminating',
    message: `pod ${metadata.name}${where} was to end and has not: bring its node back; or, when that is shut down for good, delete the Node`,
  }
}

const endingMs = 60_000

function podTrouble(pod: Pod): AgentTrouble | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') return unscheduled(scheduled.message ?? scheduled.reason ?? 'no reason given', pod)
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const waiting = containers.find(({ state }) => state?.waiting)?.state?.waiting
  const reason = waiting?.reason ?? ''
  const said = waiting?.message ?? reason
  if (pullReasons.has(reason)) return { reason: 'ImagePullFailed', message: `the Job's pod can't pull its image: ${said}` }
  if (/^(CreateContainer(Config)?Error|RunContainerError)$/.test(reason))
    return { reason: 'PodRejected', message: `the Job's container can't be created: ${said}` }
  return undefined
}

function unscheduled(why: string, pod: Pod): AgentTrouble {
  if (/persistentvolumeclaim/i.test(why)) return { reason: 'VolumePending', message: `the Job's pod waits for its volume: ${why}` }
  const node = boundTo(pod)
  const job = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'Job')?.name
  const again =
    node === undefined ? '' : `; it has to go to node ${node}, where another pod had the volume: delete that pod and then Job ${job}`
  return { reason: 'Unschedulable', message: `the Job's pod fits on no node: ${why}${again}` }
}

/** The node that it was made for (agent-job.ts). */
function boundTo({ spec }: Pod): string | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key }) => key === 'metadata.name')?.values?.[0]
}

/** A volume that can't be attached or mounted is told only in an event of the pod; a healthy one needs some seconds. */
async function mountTrouble(kube: Kube, pod: Pod, now: number, signal: AbortSignal): Promise<AgentTrouble | undefined> {
  if (pod.spec?.nodeName === undefined || pod.status?.phase !== 'Pending') return undefined
  if (now - Date.parse(pod.metadata.creationTimestamp) < mountMs) return undefined
  const warning = await lastWarning(kube, pod.metadata.namespace, pod.metadata.uid, signal)
  return warning === undefined ? undefined : { reason: 'VolumePending', message: `the Job's pod waits for its volume: ${warning}` }
}

const mountMs = 15_000

/** The newest warning about an object, in the words of whoever wrote it. */
async function lastWarning(kube: Kube, namespace: string, uid: string, signal: AbortSignal): Promise<string | undefined> {
  const { items } = await kube.list(CORE_EVENT, { namespace, fieldSelector: `involvedObject.uid=${uid},type=Warning` }, signal)
  const at = (event: (typeof items)[number]) => Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp)
  return items.toSorted((a, b) => at(b) - at(a))[0]?.message?.slice(0, 512)
}
