import { flags } from '../../../src/flags.ts'
import type { Base } from './base.ts'
import { runbooks } from './monitoring.ts'

/** The part of JSON Schema (draft 7) that the chart's values use. */
export type ValueSchema = Readonly<Record<string, unknown>>

/** One value of the chart: values.yaml, values.schema.json and the table of its README are made from it. */
export interface Value {
  /** Its keys, from the outermost: `image.tag`. */
  readonly path: string
  readonly preset: unknown
  readonly schema: ValueSchema
  /** What it does, for the comment, the schema and the README. */
  readonly text: string
}

/** All values in the order of values.yaml. What the manifests under deploy/base say is the default. */
export function valuesOf({ own, pod, container, replicas }: Base): readonly Value[] {
  const [repository = '', tag = ''] = container.image.split(/:(?=[^:/]*$)/)
  const heapMiB = Number(/--max-old-space-size=(\d+)/.exec(container.env.find(({ name }) => name === 'NODE_OPTIONS')?.value ?? '')?.[1])
  return [
    {
      path: 'replicas',
      preset: replicas,
      schema: { type: 'integer', minimum: 0 },
      text: 'Pods of the operator. One works, the others wait to take over. 0 pauses everything the operator does.',
    },
    {
      path: 'image.repository',
      preset: repository,
      schema: { type: 'string', minLength: 1 },
      text: 'Where the nodes pull the image of the operator from, without a tag. The Jobs that back up and restore run the same image.',
    },
    {
      path: 'image.tag',
      preset: tag,
      schema: { type: 'string', pattern: '^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$' },
      text: 'Tag of the image. It is not looked at where there is a digest.',
    },
    {
      path: 'image.digest',
      preset: '',
      schema: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
      text: 'Digest of the image, `sha256:` and 64 hexadecimal digits: the only name that always means the same image. It wins over the tag.',
    },
    {
      path: 'image.pullPolicy',
      preset: container.imagePullPolicy,
      schema: { enum: ['Always', 'IfNotPresent', 'Never'] },
      text: 'When the image is pulled: Always, IfNotPresent or Never.',
    },
    {
      path: 'imagePullSecrets',
      preset: [],
      schema: listOf(object({ name: { type: 'string', minLength: 1 } }, ['name'])),
      text: 'Secrets with the password of the registry, as `- name: my-secret`. One of the same name is needed in each namespace with backups or restores, for their Jobs.',
    },
    {
      path: 'watchNamespaces',
      preset: [],
      schema: { ...listOf(dnsLabel), uniqueItems: true },
      text: 'Namespaces whose EtcdClusters the operator looks after: it then has a Role in each, and no ClusterRole but the one that reads nodes and StorageClasses. Empty: all namespaces, by ClusterRoles. The namespaces must exist.',
    },
    {
      path: 'rights.volumeDeletion',
      preset: true,
      schema: { type: 'boolean' },
      text: 'Deleting the volumes of members that left or are replaced. Without it each of these waits for a person, and says so.',
    },
    {
      path: 'rights.clusterReader',
      preset: true,
      schema: { type: 'boolean' },
      text: 'Reading nodes and StorageClasses, which belong to no namespace. Without it no member is replaced because its node is lost, and a missing StorageClass is not called by its name.',
    },
    {
      path: 'rights.secrets',
      preset: true,
      schema: { type: 'boolean' },
      text: 'Reading and writing Secrets by their names. Without it only EtcdClusters with `spec.tls.mode: "Off"` come up, and there are no EtcdUsers.',
    },
    {
      path: 'rights.certManager',
      preset: true,
      schema: { type: 'boolean' },
      text: 'Certificates of cert-manager, for EtcdClusters whose `spec.tls.issuer` names an issuer. Nobody else needs it.',
    },
    {
      path: 'userRoles.enabled',
      preset: true,
      schema: { type: 'boolean' },
      text: 'ClusterRoles for people: Kubernetes’ own roles view, edit and admin grow by the kinds of this operator.',
    },
    {
      path: 'crds.enabled',
      preset: true,
      schema: { type: 'boolean' },
      text: 'Installs the CRDs with the chart, and upgrades them with it. `false` where somebody else installs them, or another release of this chart.',
    },
    {
      path: 'crds.keep',
      preset: true,
      schema: { type: 'boolean' },
      text: 'Leaves the CRDs, and with them every EtcdCluster, when the release is uninstalled. With `false`, `helm uninstall` deletes every EtcdCluster, EtcdBackup and EtcdUser of the whole Kubernetes cluster.',
    },
    {
      path: 'log.level',
      preset: flags['log-level'].default,
      schema: { enum: flags['log-level'].values },
      text: `How much the operator logs: ${flags['log-level'].values.join(', ')}.`,
    },
    {
      path: 'log.format',
      preset: flags['log-format'].default,
      schema: { enum: flags['log-format'].values },
      text: '`json`, or `pretty` for a person who reads along.',
    },
    {
      path: 'etcdImageRepository',
      preset: flags['etcd-image-repository'].default,
      schema: { type: 'string' },
      text: 'Replaces the default image repository of EtcdClusters, for places without access to it.',
    },
    {
      path: 'resources',
      preset: container.resources,
      schema: object({ requests: quantities, limits: quantities }),
      text: 'Resources of the operator’s container. A limit on CPU makes it miss the renewal of its Lease. With more memory raise heapMiB, too.',
    },
    {
      path: 'heapMiB',
      preset: heapMiB,
      schema: { type: 'integer', minimum: 96 },
      text: 'How large the JavaScript heap may grow, in MiB: at least 96 MiB below the memory limit. 224 with 512Mi for more than 200 EtcdClusters.',
    },
    {
      path: 'priorityClassName',
      preset: '',
      schema: { type: 'string' },
      text: 'PriorityClass of the operator’s pods; empty: the default of the Kubernetes cluster.',
    },
    { path: 'nodeSelector', preset: {}, schema: mapOf({ type: 'string' }), text: 'Labels of the nodes that the operator may run on.' },
    { path: 'tolerations', preset: [], schema: listOf(toleration), text: 'Taints of nodes that the operator bears.' },
    {
      path: 'affinity',
      preset: pod.affinity,
      schema: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: {
          nodeAffinity: { type: ['object', 'null'] },
          podAffinity: { type: ['object', 'null'] },
          podAntiAffinity: { type: ['object', 'null'] },
        },
      },
      text: 'Where the operator’s pods go, as in a pod’s spec: by default to different nodes, where there are some. `null` removes a default.',
    },
    {
      path: 'podAnnotations',
      preset: {},
      schema: { ...mapOf({ type: 'string' }), propertyNames: { not: { enum: Object.keys(own.annotations) } } },
      text: 'Annotations of the operator’s pods.',
    },
    {
      path: 'podLabels',
      preset: {},
      schema: { ...mapOf({ type: 'string' }), propertyNames: { not: { enum: Object.keys(own.labels) } } },
      text: 'Labels of the operator’s pods besides their own.',
    },
    {
      path: 'networkPolicy.enabled',
      preset: false,
      schema: { type: 'boolean' },
      text: 'A NetworkPolicy for the operator’s pods: nobody may come in but for the metrics.',
    },
    {
      path: 'networkPolicy.metrics',
      preset: [],
      schema: listOf({ type: 'object' }),
      text: 'Who may read the metrics, as NetworkPolicyPeers; empty: everybody.',
    },
    {
      path: 'networkPolicy.egress',
      preset: [],
      schema: listOf({ type: 'object' }),
      text: 'Where the operator may connect to, as NetworkPolicyEgressRules; empty: everywhere. It needs the DNS, the API server, and ports 2379, 2380 and 2381 of all members.',
    },
    {
      path: 'podMonitor.operator',
      preset: false,
      schema: { type: 'boolean' },
      text: 'A PodMonitor of the Prometheus Operator for the metrics of the operator.',
    },
    {
      path: 'podMonitor.members',
      preset: false,
      schema: { type: 'boolean' },
      text: 'A PodMonitor for the members of all EtcdClusters that the operator looks after.',
    },
    {
      path: 'prometheusRule.enabled',
      preset: false,
      schema: { type: 'boolean' },
      text: 'The alerts, as a PrometheusRule of the Prometheus Operator. Where there are several releases, in one of them.',
    },
    {
      path: 'prometheusRule.runbookUrl',
      preset: runbooks,
      schema: { type: 'string', pattern: '^https?://' },
      text: 'What the link to the runbook of an alert begins with: your own copy of docs/operations/alerts.md, for example.',
    },
    {
      path: 'monitoringLabels',
      preset: {},
      schema: mapOf({ type: 'string' }),
      text: 'Labels of the PodMonitors and the PrometheusRule, by which your Prometheus selects them: `release: kube-prometheus-stack` for that chart.',
    },
    {
      path: 'dashboards.enabled',
      preset: false,
      schema: { type: 'boolean' },
      text: 'The dashboards, as ConfigMaps that the sidecar of Grafana loads. Where there are several releases, in one of them.',
    },
    {
      path: 'dashboards.labels',
      preset: { grafana_dashboard: '1' },
      schema: mapOf({ type: 'string' }),
      text: 'Labels of these ConfigMaps, by which the sidecar finds them.',
    },
    {
      path: 'dashboards.annotations',
      preset: {},
      schema: mapOf({ type: 'string' }),
      text: 'Annotations of these ConfigMaps, such as `grafana_folder: etcd`.',
    },
  ]
}

const dnsLabel = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' }
const quantities = mapOf({ type: ['string', 'number'] })
const toleration = object({
  key: { type: 'string' },
  operator: { enum: ['Exists', 'Equal', 'Lt', 'Gt'] },
  value: { type: 'string' },
  effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  tolerationSeconds: { type: 'integer' },
})

function object(properties: Readonly<Record<string, ValueSchema>>, required: readonly string[] = []): ValueSchema {
  return { type: 'object', additionalProperties: false, properties, ...(required.length > 0 ? { required } : {}) }
}

function listOf(items: ValueSchema): ValueSchema {
  return { type: 'array', items }
}

function mapOf(values: ValueSchema): ValueSchema {
  return { type: 'object', additionalProperties: values }
}
