import { expect } from 'vitest'
import { isRecord } from '../../src/model/record.ts'
import type { Rendered, Values } from '../cluster/helm.ts'

/** What one value of the chart changes. */
export interface Effect {
  readonly path: string
  readonly values: Values
  /** Values that stand with and without it. */
  readonly before?: Values
  /** What to look at in the rendered objects. */
  shows(objects: readonly Rendered[]): unknown
  /** What is seen there with the value; without it something else. */
  readonly becomes: unknown
}

const digest = `sha256:${'0a'.repeat(32)}`
const peer = { namespaceSelector: { matchLabels: { team: 'monitoring' } } }
const egress = { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }

/** In the order of values.yaml. */
export const effects: readonly Effect[] = [
  { path: 'replicas', values: { replicas: 3 }, shows: (all) => deployment(all).replicas, becomes: 3 },
  { path: 'image.repository', values: { image: { repository: 'r.example.com/x' } }, shows: image, becomes: 'r.example.com/x:dev' },
  { path: 'image.tag', values: { image: { tag: '9.9' } }, shows: image, becomes: 'docker.io/library/etcd-operator:9.9' },
  { path: 'image.digest', values: { image: { digest } }, shows: image, becomes: `docker.io/library/etcd-operator@${digest}` },
  {
    path: 'image.pullPolicy',
    values: { image: { pullPolicy: 'Always' } },
    shows: (all) => container(all).imagePullPolicy,
    becomes: 'Always',
  },
  {
    path: 'imagePullSecrets',
    values: { imagePullSecrets: [{ name: 'mine' }] },
    shows: (all) => pod(all).imagePullSecrets,
    becomes: [{ name: 'mine' }],
  },
  {
    path: 'watchNamespaces',
    values: { watchNamespaces: ['team-a', 'team-b'] },
    shows: (all) => ({ args: container(all).args, roles: rolesOf(all).filter((name) => /operator\.dev:(operator|volume)/.test(name)) }),
    becomes: {
      args: ['--watch-namespaces=team-a,team-b'],
      roles: [
        'Role team-a/etcd-operator.dev:operator',
        'RoleBinding team-a/etcd-operator.dev:operator',
        'Role team-b/etcd-operator.dev:operator',
        'RoleBinding team-b/etcd-operator.dev:operator',
        'Role team-a/etcd-operator.dev:volume-deletion',
        'RoleBinding team-a/etcd-operator.dev:volume-deletion',
        'Role team-b/etcd-operator.dev:volume-deletion',
        'RoleBinding team-b/etcd-operator.dev:volume-deletion',
      ].toSorted(),
    },
  },
  withheld('rights.volumeDeletion', { volumeDeletion: false }, 'delete persistentvolumeclaims'),
  withheld('rights.clusterReader', { clusterReader: false }, 'get nodes'),
  withheld('rights.secrets', { secrets: false }, 'create secrets'),
  withheld('rights.certManager', { certManager: false }, 'create certificates'),
  {
    path: 'userRoles.enabled',
    values: { userRoles: { enabled: false } },
    shows: (all) => rolesOf(all).filter((name) => /:(view|edit)$/.test(name)),
    becomes: [],
  },
  { path: 'crds.enabled', values: { crds: { enabled: false } }, shows: (all) => crds(all).length, becomes: 0 },
  {
    path: 'crds.keep',
    values: { crds: { keep: false } },
    shows: (all) => crds(all).map(({ metadata }) => metadata.annotations),
    becomes: Array.from({ length: 5 }, () => undefined),
  },
  { path: 'log.level', values: { log: { level: 'debug' } }, shows: (all) => container(all).args, becomes: ['--log-level=debug'] },
  { path: 'log.format', values: { log: { format: 'pretty' } }, shows: (all) => container(all).args, becomes: ['--log-format=pretty'] },
  {
    path: 'etcdImageRepository',
    values: { etcdImageRepository: 'r.example.com/etcd' },
    shows: (all) => container(all).args,
    becomes: ['--etcd-image-repository=r.example.com/etcd'],
  },
  {
    path: 'resources',
    values: { resources: { limits: { memory: '512Mi' } } },
    shows: (all) => container(all).resources,
    becomes: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
  },
  {
    path: 'heapMiB',
    values: { heapMiB: 224 },
    shows: (all) => (container(all).env as readonly object[]).find((one) => 'name' in one && one.name === 'NODE_OPTIONS'),
    becomes: { name: 'NODE_OPTIONS', value: '--max-old-space-size=224' },
  },
  {
    path: 'priorityClassName',
    values: { priorityClassName: 'system-cluster-critical' },
    shows: (all) => pod(all).priorityClassName,
    becomes: 'system-cluster-critical',
  },
  { path: 'nodeSelector', values: { nodeSelector: { disk: 'fast' } }, shows: (all) => pod(all).nodeSelector, becomes: { disk: 'fast' } },
  {
    path: 'tolerations',
    values: { tolerations: [{ key: 'control-plane', operator: 'Exists', effect: 'NoSchedule' }] },
    shows: (all) => pod(all).tolerations,
    becomes: [{ key: 'control-plane', operator: 'Exists', effect: 'NoSchedule' }],
  },
  { path: 'affinity', values: { affinity: { podAntiAffinity: null } }, shows: (all) => pod(all).affinity, becomes: undefined },
  {
    path: 'podAnnotations',
    values: { podAnnotations: { team: 'db' } },
    shows: (all) => metadata(all).annotations,
    becomes: { 'kubectl.kubernetes.io/default-container': 'operator', team: 'db' },
  },
  { path: 'podLabels', values: { podLabels: { team: 'db' } }, shows: (all) => (metadata(all).labels as Values).team, becomes: 'db' },
  {
    path: 'networkPolicy.enabled',
    values: { networkPolicy: { enabled: true } },
    shows: (all) => policy(all)?.policyTypes,
    becomes: ['Ingress'],
  },
  {
    path: 'networkPolicy.metrics',
    before: { networkPolicy: { enabled: true } },
    values: { networkPolicy: { enabled: true, metrics: [peer] } },
    shows: (all) => policy(all)?.ingress,
    becomes: [{ ports: [{ port: 'metrics', protocol: 'TCP' }], from: [peer] }],
  },
  {
    path: 'networkPolicy.egress',
    before: { networkPolicy: { enabled: true } },
    values: { networkPolicy: { enabled: true, egress: [egress] } },
    shows: (all) => [policy(all)?.policyTypes, policy(all)?.egress],
    becomes: [['Ingress', 'Egress'], [egress]],
  },
  { path: 'podMonitor.operator', values: { podMonitor: { operator: true } }, shows: named('PodMonitor'), becomes: ['etcd-operator'] },
  {
    path: 'podMonitor.members',
    before: { watchNamespaces: ['team-a'] },
    values: { podMonitor: { members: true } },
    shows: (all) => all.filter(({ kind }) => kind === 'PodMonitor').map(({ spec }) => record(spec).namespaceSelector),
    becomes: [{ matchNames: ['team-a'] }],
  },
  {
    path: 'prometheusRule.enabled',
    values: { prometheusRule: { enabled: true } },
    shows: named('PrometheusRule'),
    becomes: ['etcd-operator'],
  },
  {
    path: 'prometheusRule.runbookUrl',
    before: { prometheusRule: { enabled: true } },
    values: { prometheusRule: { enabled: true, runbookUrl: 'https://wiki.example.com/etcd' } },
    shows: (all) => new Set(runbooksOf(all).map((url) => url.split('#')[0])),
    becomes: new Set(['https://wiki.example.com/etcd']),
  },
  {
    path: 'monitoringLabels',
    before: { podMonitor: { operator: true, members: true }, prometheusRule: { enabled: true } },
    values: { monitoringLabels: { release: 'kps' } },
    shows: (all) => all.filter(({ metadata: { labels } }) => labels?.release === 'kps').map(({ kind }) => kind),
    becomes: ['PodMonitor', 'PodMonitor', 'PrometheusRule'],
  },
  {
    path: 'dashboards.enabled',
    values: { dashboards: { enabled: true } },
    shows: named('ConfigMap'),
    becomes: ['etcd-operator-cluster', 'etcd-operator-clusters'],
  },
  {
    path: 'dashboards.labels',
    before: { dashboards: { enabled: true } },
    values: { dashboards: { enabled: true, labels: { mine: 'yes' } } },
    shows: (all) => all.find(({ kind }) => kind === 'ConfigMap')?.metadata.labels,
    becomes: expect.objectContaining({ grafana_dashboard: '1', mine: 'yes' }),
  },
  {
    path: 'dashboards.annotations',
    before: { dashboards: { enabled: true } },
    values: { dashboards: { enabled: true, annotations: { grafana_folder: 'etcd' } } },
    shows: (all) => all.find(({ kind }) => kind === 'ConfigMap')?.metadata.annotations,
    becomes: { grafana_folder: 'etcd' },
  },
]

function named(kind: string): Effect['shows'] {
  return (all) => all.filter((one) => one.kind === kind).map(({ metadata: { name } }) => name)
}

/** A right that nobody has any more, while all others stay. */
function withheld(path: string, rights: Values, right: string): Effect {
  return { path, values: { rights }, shows: (all) => allRights(all).has(right), becomes: false }
}

function allRights(objects: readonly Rendered[]): ReadonlySet<string> {
  const rules = objects.flatMap((one) => (one.rules ?? []) as readonly Readonly<Record<'resources' | 'verbs', readonly string[]>>[])
  return new Set(rules.flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`))))
}

function rolesOf(objects: readonly Rendered[]): readonly string[] {
  const roles = objects.filter(({ kind }) => /^(Cluster)?Role(Binding)?$/.test(kind))
  return roles.map(({ kind, metadata: { namespace = '', name } }) => `${kind} ${namespace}/${name}`).toSorted()
}

function runbooksOf(objects: readonly Rendered[]): readonly string[] {
  return [...JSON.stringify(objects).matchAll(/"runbook_url":"(.*?)"/g)].map(([, url = '']) => url)
}

function crds(objects: readonly Rendered[]): readonly Rendered[] {
  return objects.filter(({ kind }) => kind === 'CustomResourceDefinition')
}

function policy(objects: readonly Rendered[]): Values | undefined {
  return objects.find(({ kind }) => kind === 'NetworkPolicy')?.spec as Values | undefined
}

function deployment(objects: readonly Rendered[]): Values {
  return record(objects.find(({ kind }) => kind === 'Deployment')?.spec)
}

function metadata(objects: readonly Rendered[]): Values {
  return record(record(deployment(objects).template).metadata)
}

function pod(objects: readonly Rendered[]): Values {
  return record(record(deployment(objects).template).spec)
}

function container(objects: readonly Rendered[]): Values {
  return record((pod(objects).containers as readonly unknown[])[0])
}

function image(objects: readonly Rendered[]): unknown {
  return container(objects).image
}

function record(value: unknown): Values {
  if (!isRecord(value)) throw new Error(`no object: ${JSON.stringify(value)}`)
  return value
}
