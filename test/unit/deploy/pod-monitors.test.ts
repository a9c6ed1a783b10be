import { describe, expect, test } from 'vitest'
import { podTemplate } from '../../../src/objects/cluster/stateful-set.ts'
import { ofCluster, ofMember } from '../../../src/report/metrics/family.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import { documents, find } from './files.ts'

interface PodMonitor {
  readonly namespaceSelector?: { readonly any?: boolean }
  readonly selector: {
    readonly matchLabels?: Readonly<Record<string, string>>
    readonly matchExpressions?: readonly { readonly key: string; readonly operator: string }[]
  }
  readonly podMetricsEndpoints: readonly {
    readonly port: string
    readonly path: string
    readonly honorLabels?: boolean
    readonly relabelings: readonly {
      readonly sourceLabels?: readonly string[]
      readonly targetLabel: string
      readonly replacement?: string
    }[]
  }[]
}

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly containers: readonly { readonly ports?: readonly { readonly name: string; readonly containerPort: number }[] }[]
  }
}

const deployment = find(documents('deploy/install.yaml'), 'Deployment', 'etcd-operator').spec as { readonly template: PodTemplate }
const operatorPods = deployment.template
const memberPods = podTemplate(anEtcdCluster()) as unknown as PodTemplate

describe.each([
  ['operator', 'etcd-operator', operatorPods, 8080],
  ['members', 'etcd-operator-members', memberPods, 2381],
] as const)('the PodMonitor of the %s', (job, name, pods, port) => {
  const monitor = find(documents(`deploy/monitoring/pod-monitor-${job}.yaml`), 'PodMonitor', name).spec as PodMonitor
  const endpoint = monitor.podMetricsEndpoints[0]

  test('selects the pods by labels that they have', () => {
    expect(pods.metadata.labels).toMatchObject(monitor.selector.matchLabels ?? {})
    for (const { key, operator } of monitor.selector.matchExpressions ?? []) {
      expect(operator).toBe('Exists')
      expect(pods.metadata.labels).toHaveProperty([key])
    }
    expect(Object.keys(monitor.selector)).toHaveLength(1)
  })

  test('names a port that they have', () => {
    const ports = pods.spec.containers.flatMap((container) => container.ports ?? [])
    expect(ports.find((one) => one.name === endpoint?.port)?.containerPort).toBe(port)
  })

  test('gives the job a name without etcd', () => {
    const wanted = endpoint?.relabelings.find(({ targetLabel }) => targetLabel === 'job')
    expect(wanted).toEqual({ targetLabel: 'job', replacement: job })
    expect(job).not.toMatch(/etcd/)
  })
})

test('the members have the labels of the catalogue, and the operator keeps those that it tells', () => {
  const members = find(documents('deploy/monitoring/pod-monitor-members.yaml'), 'PodMonitor', 'etcd-operator-members').spec as PodMonitor
  const targets = members.podMetricsEndpoints[0]?.relabelings.map(({ targetLabel }) => targetLabel)
  expect(targets).toEqual(expect.arrayContaining([...ofMember]))
  expect(members.namespaceSelector).toEqual({ any: true })
  const operator = find(documents('deploy/monitoring/pod-monitor-operator.yaml'), 'PodMonitor', 'etcd-operator').spec as PodMonitor
  expect(operator.podMetricsEndpoints[0]?.honorLabels).toBe(true)
  expect(ofCluster).toContain('namespace')
})
