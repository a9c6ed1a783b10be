import { label, manager, recommended } from '../../api/labels.ts'
import { keptSeconds } from '../../model/agent/run.ts'
import { exitCode, mount } from '../../model/agent/task.ts'
import { taskVariables } from '../../model/agent/task-variables.ts'
import { shortHash } from '../../model/hash.ts'
import type { Manifest } from '../manifest.ts'
import { restrictedContainer, restrictedPod } from '../restricted.ts'
import { agentAffinity } from './agent-affinity.ts'
import { agentResources } from './agent-resources.ts'
import type { AgentJob } from './job-request.ts'

/** Kubernetes recreates the pod after a transient failure, and never after a final one. */
export function agentJob(job: AgentJob): Manifest {
  const labels = agentLabels(job)
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: job.name,
      namespace: job.namespace,
      labels: { ...labels, [recommended.partOf]: job.cluster },
      ...(job.annotations ? { annotations: job.annotations } : {}),
      ...(job.owner ? { ownerReferences: [job.owner] } : {}),
    },
    spec: {
      backoffLimit: 3,
      // Two agents never write at once: Kubernetes creates the next pod when the last one has terminated.
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { operator: 'In', values: [exitCode.final] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      ttlSecondsAfterFinished: job.keepSeconds ?? keptSeconds,
      activeDeadlineSeconds: job.deadlineSeconds ?? maxSeconds,
      template: { metadata: podMetadata(job, labels), spec: podSpec(job) },
    },
  }
}

/** Enough to read the largest database that etcd recommends, 8 GiB, at 1 MiB a second. */
const maxSeconds = 4 * 3600

function agentLabels({ labels, task }: AgentJob): Readonly<Record<string, string>> {
  return {
    ...labels,
    [label.agent]: task.do,
    [recommended.name]: 'etcd-operator-agent',
    [recommended.component]: task.do,
    [recommended.managedBy]: manager,
  }
}

function podMetadata({ spec, backups }: AgentJob, labels: Readonly<Record<string, string>>): object {
  const { [label.cluster]: _cluster, ...own } = labels
  return {
    labels: { ...spec?.pod.labels, ...own, [label.claim]: shortHash(backups.claimName) },
    annotations: { ...spec?.pod.annotations },
  }
}

/** Passes Pod Security `restricted`, as the members do, and knows nothing of the API. */
function podSpec(job: AgentJob): object {
  const { image, spec, backups, dataClaim } = job
  const pullSecrets = [...image.pullSecrets, ...(spec?.image.pullSecrets ?? [])]
  const pod = spec?.pod
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // The agent stops at once; a half-written file is never taken for a backup.
    terminationGracePeriodSeconds: 5,
    securityContext: restrictedPod,
    ...(pullSecrets.length > 0 ? { imagePullSecrets: pullSecrets } : {}),
    ...(pod && Object.keys(pod.nodeSelector).length > 0 ? { nodeSelector: pod.nodeSelector } : {}),
    ...(pod && pod.tolerations.length > 0 ? { tolerations: pod.tolerations } : {}),
    ...agentAffinity(job),
    ...spread(job),
    ...(pod === undefined || pod.priorityClassName === '' ? {} : { priorityClassName: pod.priorityClassName }),
    ...(job.before ? { initContainers: job.before } : {}),
    containers: [agentContainer(job)],
    volumes: [
      { name: 'tmp', emptyDir: {} },
      { name: backupsVolumeName, persistentVolumeClaim: { claimName: backups.claimName } },
      ...(dataClaim === undefined ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: dataClaim } }]),
      ...(job.credentials === undefined ? [] : [{ name: 'credentials', secret: { secretName: job.credentials, defaultMode: 0o440 } }]),
      ...(job.before === undefined ? [] : [{ name: 'source', emptyDir: {} }]),
    ],
  }
}

/** A container of the agent with one task; an init container is named after its task. */
export function agentContainer(
  job: Pick<AgentJob, 'image' | 'task' | 'spec' | 'backups' | 'dataClaim' | 'credentials'>,
  name = agentContainerName,
): Readonly<Record<string, unknown>> {
  const { image, task, spec } = job
  return {
    name,
    image: image.name,
    imagePullPolicy: image.pullPolicy,
    command: ['/nodejs/bin/node', '--optimize-for-size', '/app/agent.cjs'],
    args: [task.do],
    env: [
      ...taskVariables(task),
      // In MiB. Files are read through small buffers, whatever their size.
      { name: 'NODE_OPTIONS', value: '--max-old-space-size=64' },
      { name: 'MALLOC_ARENA_MAX', value: '1' },
    ],
    resources: agentResources(spec),
    securityContext: restrictedContainer,
    terminationMessagePolicy: 'File',
    volumeMounts: agentMounts(job),
  }
}

/** Name, in the Job's pod, of the volume with the backups. */
export const backupsVolumeName = 'backups'

/** Name of the container whose termination message is the Job's result. */
export const agentContainerName = 'agent'

export function agentMounts({
  backups,
  dataClaim,
  credentials,
}: Pick<AgentJob, 'backups' | 'dataClaim' | 'credentials'>): readonly object[] {
  return [
    { name: 'tmp', mountPath: '/tmp' },
    { name: backupsVolumeName, mountPath: mount.backups, ...(backups.readOnly ? { readOnly: true } : {}) },
    ...(dataClaim === undefined ? [] : [{ name: 'data', mountPath: mount.data }]),
    ...(credentials === undefined ? [] : [{ name: 'credentials', mountPath: mount.credentials, readOnly: true }]),
  ]
}

/** A topology spread constraint without a selector counts the members' pods, as it does in those pods. */
function spread({ spec, dataClaim, labels }: AgentJob): { topologySpreadConstraints?: readonly object[] } {
  const { topologySpreadConstraints: constraints = [] } = spec?.pod ?? {}
  if (dataClaim === undefined || constraints.length === 0) return {}
  const members = { labelSelector: { matchLabels: { [label.cluster]: labels[label.cluster] ?? '' } } }
  return { topologySpreadConstraints: constraints.map((constraint) => ({ ...members, ...constraint })) }
}
