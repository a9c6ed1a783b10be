import { type Job, POD, type Pod } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import { apiVersion } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import { parseAgentResult } from '../../model/agent/result.ts'
import type { AgentExit, AgentPod, AgentRun, BoundNode, JobFacts } from '../../model/agent/run.ts'
import type { Known } from '../../model/known.ts'
import type { Owned } from '../../model/owned.ts'
import { agentContainerName, backupsVolumeName } from '../../objects/jobs/agent-job.ts'
import { lastWarning, podReport } from '../pod-report.ts'
import { userOfClaim } from './claim.ts'

/** What is needed to observe an object that has Jobs of the agent. */
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
 * A Job of the agent and its pods. The pods are read live: their results are there seconds before Kubernetes sets the Job's
 * condition Complete or Failed. `now` in milliseconds since the epoch.
 */
export async function readAgentRun(kube: Kube, job: Job | undefined, owner: JobOwner, now: number, signal: AbortSignal): Promise<AgentRun> {
  const owned = ownedJob(owner, job)
  if (job === undefined || owned.state !== 'ours') return { job: owned, pods: [], refusal: undefined }
  const { namespace, uid } = job.metadata
  const { items } = await kube.list(POD, { namespace, labelSelector: `batch.kubernetes.io/controller-uid=${uid}` }, signal)
  // Anybody who may create pods can give them this label: only the owner reference counts.
  const own = items.filter((pod) => pod.metadata.ownerReferences?.some((reference) => reference.uid === uid))
  const newestFirst = own.toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))
  const refusal = own.length === 0 && owned.value.state === 'running' ? await lastWarning(kube, { namespace, uid }, signal) : undefined
  const pods = await Promise.all(newestFirst.map((pod) => agentPod(kube, pod, now, signal)))
  return { job: owned, pods, refusal: refusal?.message }
}

/** Whose a Job is: by the uid of its owner reference, or by the annotation on a Job that outlives its owner; never by its name. */
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

async function agentPod(kube: Kube, pod: Pod, now: number, signal: AbortSignal): Promise<AgentPod> {
  const report = await podReport(kube, pod, now, signal)
  const before = (pod.status?.initContainerStatuses ?? []).filter(({ state }) => state?.terminated?.exitCode !== 0)
  // The agent's container has the result. If an init container failed, the agent never started, and that container has the reason.
  const agent = pod.status?.containerStatuses?.find(({ name }) => name === agentContainerName)
  const [last] = [...(agent === undefined ? [] : [agent]), ...before].flatMap(({ name, state }) =>
    state?.terminated ? [{ name, ...state.terminated }] : [],
  )
  return {
    name: pod.metadata.name,
    ended: hasEnded(pod),
    agentEndedMs: agent?.state?.terminated && now - (Date.parse(agent.state.terminated.finishedAt ?? '') || now),
    result: parseAgentResult(last?.message),
    exit: last ? { container: last.name, code: last.exitCode, reason: last.reason ?? '', message: last.message ?? '' } : rejection(pod),
    // While the agent runs, the waiting state of another container doesn't matter.
    report: agent?.state?.running ? { ...report, waiting: undefined } : report,
    bound: report.unschedulable === undefined ? undefined : await boundNode(kube, pod, signal),
  }
}

/** A node that lacks what the pod asks for, by the kubelet's own count, ends the pod before any container is made. */
function rejection({ status }: Pod): AgentExit | undefined {
  if (status?.phase !== 'Failed' || status.reason === undefined) return undefined
  return { container: agentContainerName, code: undefined, reason: status.reason, message: status.message ?? '' }
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

/** The node that the pod's affinity names (objects/jobs/agent-affinity.ts), and the pod that still has the claim mounted there. */
async function boundNode(kube: Kube, { metadata, spec }: Pod, signal: AbortSignal): Promise<BoundNode | undefined> {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const node = terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key }) => key === 'metadata.name')?.values?.[0]
  const claimName = spec?.volumes?.find(({ name }) => name === backupsVolumeName)?.persistentVolumeClaim?.claimName
  if (node === undefined || claimName === undefined) return undefined
  const user = await userOfClaim(kube, metadata.namespace, claimName, signal)
  return { node, pod: user?.node === node ? user.pod : undefined }
}
