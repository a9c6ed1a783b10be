import { describe, expect, test } from 'vitest'
import { label } from '../../../../src/api/labels.ts'
import type { VerifyTask } from '../../../../src/model/agent/task.ts'
import { agentJob } from '../../../../src/objects/jobs/agent-job.ts'
import type { AgentJob } from '../../../../src/objects/jobs/job-request.ts'
import { anEtcdCluster, type SpecWish } from '../../../builders/a-cluster.ts'
import { type PodSpec, violations } from '../../deploy/pod-security.ts'

const task: VerifyTask = { do: 'verify', location: 'demo/b1.db' }
const image = { name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [{ name: 'own' }] }

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }
  readonly spec: PodSpec & {
    readonly containers: readonly (PodSpec['containers'][number] & {
      readonly env: readonly { readonly name: string; readonly value: string }[]
      readonly volumeMounts: readonly object[]
      readonly resources: unknown
    })[]
    readonly affinity?: unknown
    readonly [field: string]: unknown
  }
}

function made(changes: Partial<AgentJob> = {}) {
  const job = agentJob({
    name: 'r1-verify',
    namespace: 'ns',
    cluster: 'demo',
    labels: { [label.restore]: 'r1', [label.cluster]: 'demo' },
    image,
    task,
    backups: { claimName: 'backups', readOnly: true, oneNode: false },
    ...changes,
  })
  const spec = job.spec as Readonly<Record<string, unknown>> & { readonly template: Template }
  const [container] = spec.template.spec.containers
  if (container === undefined) throw new Error('the Job has no container')
  return { job, spec, template: spec.template, pod: spec.template.spec, container }
}

const like = (spec: SpecWish) => made({ spec: anEtcdCluster(spec).spec })

describe('the pod', () => {
  test('passes Pod Security restricted, and can write nowhere but where it has to', () => {
    const { pod, container } = made()
    expect(violations(pod)).toEqual([])
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true })
    expect(container.volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'backups', mountPath: '/backups', readOnly: true },
    ])
  })

  test('knows nothing of the API', () => {
    expect(made().pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false, restartPolicy: 'Never' })
  })

  test('isn’t found by what selects the members', () => {
    const { job, template } = made()
    expect(job.metadata.labels).toMatchObject({ [label.cluster]: 'demo', [label.restore]: 'r1', [label.agent]: 'verify' })
    expect(template.metadata.labels).toMatchObject({ [label.restore]: 'r1', [label.agent]: 'verify' })
    expect(template.metadata.labels).not.toHaveProperty([label.cluster])
  })

  test('is scheduled like the members', () => {
    const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [] }
    const { pod, template, container } = like({
      image: { pullSecrets: [{ name: 'theirs' }] },
      pod: {
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'etcd', operator: 'Exists' }],
        priorityClassName: 'high',
        labels: { team: 'a', [label.agent]: 'mine' },
        annotations: { mesh: 'off' },
        affinity: { nodeAffinity, podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } },
        resources: { requests: { cpu: '1' } },
      },
    })
    expect(pod).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'etcd', operator: 'Exists' }],
      priorityClassName: 'high',
      imagePullSecrets: [{ name: 'own' }, { name: 'theirs' }],
      affinity: { nodeAffinity },
    })
    expect(pod.affinity, 'it may lie beside a member').not.toHaveProperty('podAntiAffinity')
    expect(template.metadata.labels).toMatchObject({ team: 'a', [label.agent]: 'verify' })
    expect(template.metadata.annotations).toEqual({ mesh: 'off' })
    expect(container.resources).toMatchObject({ requests: { cpu: '1' } })
  })
})

describe('a volume that one node mounts at a time', () => {
  const backups = { claimName: 'backups', readOnly: false, oneNode: true }
  const here = { key: 'metadata.name', operator: 'In', values: ['n2'] }

  test('brings the pods of all Jobs to one node', () => {
    const { pod, template } = made({ backups })
    const hash = template.metadata.labels[label.claim]
    expect(hash).toMatch(/^[0-9a-f]{10}$/)
    expect(pod.affinity).toEqual({
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { [label.claim]: hash } } },
        ],
      },
    })
  })

  test('is followed to the node where a pod has it', () => {
    expect(made({ backups: { ...backups, node: 'n2' } }).pod.affinity).toMatchObject({
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [here] }] } },
    })
  })

  test('is followed within every alternative of the cluster’s own node affinity', () => {
    const [ssd, fast] = ['ssd', 'fast'].map((key) => ({ matchExpressions: [{ key, operator: 'Exists' as const }] }))
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [ssd, fast] } }
    const { spec } = anEtcdCluster({ pod: { affinity: { nodeAffinity } } })
    expect(made({ backups: { ...backups, node: 'n2' }, spec }).pod.affinity).toMatchObject({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { ...ssd, matchFields: [here] },
            { ...fast, matchFields: [here] },
          ],
        },
      },
    })
  })

  test('that many nodes mount binds nobody', () => {
    expect(made({ backups: { claimName: 'backups', readOnly: false, oneNode: false, node: 'n2' } }).pod.affinity).toBeUndefined()
  })
})

test('the task arrives as it was written, whatever stands in it', () => {
  const odd: VerifyTask = { do: 'verify', location: 'a $(POD_IP) $$(x) "y" \\.db' }
  const value = made({ task: odd }).container.env.find(({ name }) => name === 'AGENT_TASK')?.value ?? ''
  expect(value, 'the kubelet would expand it').not.toContain('$')
  expect(JSON.parse(value)).toEqual(odd)
})

describe('the Job', () => {
  test('tries again after what may pass, and never after what is final', () => {
    expect(made().spec).toMatchObject({
      backoffLimit: 3,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { operator: 'In', values: [3] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
    })
  })

  test('never runs for ever, and goes ten minutes after its end, or when it is told to', () => {
    expect(made().spec).toMatchObject({ ttlSecondsAfterFinished: 600, activeDeadlineSeconds: 14_400 })
    expect(made({ keepSeconds: 30, deadlineSeconds: 7 }).spec).toMatchObject({ ttlSecondsAfterFinished: 30, activeDeadlineSeconds: 7 })
  })

  test('mounts a member’s volume where it is asked to', () => {
    const { pod, container } = made({ dataClaim: 'data-demo-0' })
    expect(pod.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-demo-0' } })
    expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/etcd' })
  })
})
