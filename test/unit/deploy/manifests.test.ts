import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { version } from '../../../src/version.ts'
import { documents, find, root, text } from './files.ts'
import { type PodSpec, violations } from './pod-security.ts'

const install = documents('deploy/install.yaml')
const defaults = readConfig(new Map(), {})

interface Deployment {
  readonly replicas: number
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
  readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> }; readonly spec: OperatorPod }
}

interface OperatorPod extends PodSpec {
  readonly serviceAccountName: string
  readonly terminationGracePeriodSeconds: number
  readonly containers: readonly (PodSpec['containers'][number] & {
    readonly image: string
    readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[]
    readonly resources: { readonly requests: Resources; readonly limits: Resources }
    readonly livenessProbe: Probe
    readonly readinessProbe: Probe
    readonly securityContext: { readonly readOnlyRootFilesystem?: boolean }
  })[]
}

type Resources = Readonly<Record<string, string>>
type Probe = { readonly httpGet: { readonly path: string; readonly port: string } }

const deployment = find(install, 'Deployment', 'etcd-operator').spec as Deployment
const pod = deployment.template.spec
const [operator] = pod.containers
if (operator === undefined) throw new Error('the operator has no container')

describe('the install manifest', () => {
  test('holds these objects', () => {
    expect(install.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual(
      [
        'CustomResourceDefinition etcdbackups.etcd-operator.dev',
        'CustomResourceDefinition etcdbackupschedules.etcd-operator.dev',
        'CustomResourceDefinition etcdclusters.etcd-operator.dev',
        'CustomResourceDefinition etcdrestores.etcd-operator.dev',
        'CustomResourceDefinition etcdusers.etcd-operator.dev',
        'Namespace etcd-operator-system',
        'ServiceAccount etcd-operator',
        'ClusterRole etcd-operator.dev:operator',
        'ClusterRoleBinding etcd-operator.dev:operator',
        'ClusterRole etcd-operator.dev:volume-deletion',
        'ClusterRoleBinding etcd-operator.dev:volume-deletion',
        'ClusterRole etcd-operator.dev:cluster-reader',
        'ClusterRoleBinding etcd-operator.dev:cluster-reader',
        'ClusterRole etcd-operator.dev:view',
        'ClusterRole etcd-operator.dev:edit',
        'Role etcd-operator-leader-election',
        'RoleBinding etcd-operator-leader-election',
        'Role etcd-operator-own-pod',
        'RoleBinding etcd-operator-own-pod',
        'Service etcd-operator-metrics',
        'PodDisruptionBudget etcd-operator',
        'Deployment etcd-operator',
      ].toSorted(),
    )
  })

  test('makes the namespace before what lies in it, so that one apply is enough', () => {
    const names = install.map(({ kind }) => kind)
    const firstInside = install.findIndex(({ metadata }) => metadata.namespace !== undefined)
    expect(names.indexOf('Namespace')).toBeLessThan(firstInside)
    expect(names.indexOf('CustomResourceDefinition')).toBeLessThan(names.indexOf('Deployment'))
  })

  test('is made of the CRDs and the operator, which can be applied apart', () => {
    expect([...documents('deploy/crds.yaml'), ...documents('deploy/operator.yaml')]).toEqual(install)
  })

  test('puts every namespaced object into the namespace of the operator', () => {
    const namespaces = new Set(install.flatMap(({ metadata }) => metadata.namespace ?? []))
    expect([...namespaces]).toEqual(['etcd-operator-system'])
    expect(defaults.namespace).toBe('etcd-operator-system')
  })

  test('labels everything as Kubernetes recommends, with the version of the project', () => {
    const all = [...install, ...documents('deploy/namespaced/rights/roles.yaml')]
    const component = (kind: string) => (kind === 'CustomResourceDefinition' ? 'crds' : 'operator')
    for (const { kind, metadata } of all) expect(metadata.labels, metadata.name).toMatchObject(recommended(component(kind)))
  })

  test('gives the operator’s pods the same, and selects them by what no release changes', () => {
    expect(deployment.template.metadata.labels).toEqual(recommended('operator'))
    expect(deployment.selector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'etcd-operator' })
  })

  test('enforces Pod Security restricted there', () => {
    const { labels } = find(install, 'Namespace', 'etcd-operator-system').metadata
    expect(labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' })
  })
})

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
function recommended(component: 'operator' | 'crds') {
  return {
    'app.kubernetes.io/name': 'etcd-operator',
    'app.kubernetes.io/instance': 'etcd-operator',
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'etcd-operator',
    'app.kubernetes.io/managed-by': 'kustomize',
    'app.kubernetes.io/version': version,
  }
}

describe('the operator’s pod', () => {
  test('passes Pod Security restricted, on a read-only root', () => {
    expect(violations(pod)).toEqual([])
    expect(operator.securityContext.readOnlyRootFilesystem).toBe(true)
  })

  test('runs an image that a kustomization can name another way, never :latest', () => {
    expect(operator.image).toBe('docker.io/library/etcd-operator:dev')
    expect(text('deploy/install.yaml')).not.toMatch(/image:.*:latest/)
    expect(text('deploy/install.yaml')).not.toMatch(/image: [^:]+$/m)
  })

  test('is found by its Deployment, its Service and its budget', () => {
    const { labels } = deployment.template.metadata
    const service = find(install, 'Service', 'etcd-operator-metrics').spec as { selector: object }
    const budget = find(install, 'PodDisruptionBudget', 'etcd-operator').spec as { selector: { matchLabels: object } }
    for (const selector of [deployment.selector.matchLabels, service.selector, budget.selector.matchLabels])
      expect(labels).toMatchObject(selector)
  })

  test('is probed and scraped on the ports that the operator listens on', () => {
    const ports = new Map(operator.ports?.map(({ name, containerPort }) => [name, `:${containerPort}`]))
    expect(ports).toEqual(
      new Map([
        ['metrics', defaults.metricsAddress],
        ['health', defaults.healthAddress],
      ]),
    )
    expect(operator.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'health' })
    expect(operator.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'health' })
  })

  test('knows its own name and namespace: the Lease’s holder and place', () => {
    expect(operator.env.filter(({ valueFrom }) => valueFrom !== undefined)).toEqual([
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ])
    expect(deployment.replicas).toBe(2)
  })

  test('has a heap that fits into its memory limit, and no limit on CPU', () => {
    const heapMiB = Number(/--max-old-space-size=(\d+)/.exec(operator.env.find(({ name }) => name === 'NODE_OPTIONS')?.value ?? '')?.[1])
    expect(operator.resources).toEqual({ requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } })
    // Code, buffers and young objects come on top of it.
    expect(heapMiB).toBeLessThanOrEqual(256 - 64)
  })

  test('gets longer to end than its passes take to drain', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10)
  })
})

describe('the generated files', () => {
  test('are up to date', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/generate.ts', '--check'], { cwd: root, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})
