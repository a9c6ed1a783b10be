import { sanitized } from './pod-discovery.ts'

/** The fields of a PodMonitor that are turned into Prometheus' own configuration here; any other is refused, so that nothing is overlooked. */
export interface PodMonitor {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: {
    readonly jobLabel?: string
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>>; readonly matchExpressions?: readonly Expression[] }
    readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] }
    readonly podTargetLabels?: readonly string[]
    readonly podMetricsEndpoints: readonly Endpoint[]
  }
}

interface Expression {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

interface Endpoint {
  readonly port?: string
  readonly portNumber?: number
  readonly path?: string
  readonly scheme?: string
  readonly interval?: string
  readonly honorLabels?: boolean
  readonly relabelings?: readonly Relabeling[]
  readonly metricRelabelings?: readonly Relabeling[]
}

interface Relabeling {
  readonly sourceLabels?: readonly string[]
  readonly separator?: string
  readonly targetLabel?: string
  readonly regex?: string
  readonly modulus?: number
  readonly replacement?: string
  readonly action?: string
}

export interface ScrapeOptions {
  /** Where the pods are told, as `servePods` does. */
  readonly pods: string
  /** Instead of the PodMonitor's: `1s`. */
  readonly interval: string
}

/** What the Prometheus Operator makes of PodMonitors (its pkg/prometheus/promcfg.go): the scrape configs that Prometheus is given. */
export function scrapeConfigs(monitors: readonly PodMonitor[], options: ScrapeOptions): readonly object[] {
  return monitors.flatMap((monitor) => {
    expectKnown('spec', monitor.spec, ['jobLabel', 'selector', 'namespaceSelector', 'podTargetLabels', 'podMetricsEndpoints'])
    return monitor.spec.podMetricsEndpoints.map((endpoint, index) => scrapeConfig(monitor, endpoint, index, options))
  })
}

const endpointFields = [
  'port',
  'portNumber',
  'path',
  'scheme',
  'interval',
  'scrapeTimeout',
  'honorLabels',
  'relabelings',
  'metricRelabelings',
]

function scrapeConfig({ metadata, spec }: PodMonitor, endpoint: Endpoint, index: number, { pods, interval }: ScrapeOptions): object {
  expectKnown('podMetricsEndpoints', endpoint, endpointFields)
  const { any = false, matchNames = [metadata.namespace] } = spec.namespaceSelector ?? {}
  return {
    job_name: `podMonitor/${metadata.namespace}/${metadata.name}/${index}`,
    honor_labels: endpoint.honorLabels ?? false,
    scheme: endpoint.scheme ?? 'http',
    metrics_path: endpoint.path ?? '/metrics',
    scrape_interval: interval,
    scrape_timeout: interval,
    http_sd_configs: [{ url: pods, refresh_interval: '2s' }],
    relabel_configs: [
      // The Prometheus Operator asks the API server for these namespaces alone.
      ...(any ? [] : [{ source_labels: ['__meta_kubernetes_namespace'], regex: matchNames.join('|'), action: 'keep' }]),
      { source_labels: ['__meta_kubernetes_pod_phase'], regex: '(Failed|Succeeded)', action: 'drop' },
      ...Object.entries(spec.selector.matchLabels ?? {}).map(([key, value]) => keepLabel(key, value)),
      ...(spec.selector.matchExpressions ?? []).map(keepExpression),
      keepPort(endpoint),
      copy('__meta_kubernetes_namespace', 'namespace'),
      copy('__meta_kubernetes_pod_container_name', 'container'),
      copy('__meta_kubernetes_pod_name', 'pod'),
      ...(spec.podTargetLabels ?? []).map((label) => ({ ...copy(podLabel(label), sanitized(label)), regex: '(.+)' })),
      { target_label: 'job', replacement: `${metadata.namespace}/${metadata.name}` },
      ...(spec.jobLabel === undefined ? [] : [{ ...copy(podLabel(spec.jobLabel), 'job'), regex: '(.+)' }]),
      { target_label: 'endpoint', replacement: endpoint.port ?? String(endpoint.portNumber) },
      ...(endpoint.relabelings ?? []).map(ownRelabeling),
    ],
    metric_relabel_configs: (endpoint.metricRelabelings ?? []).map(ownRelabeling),
  }
}

function keepLabel(key: string, value: string) {
  return { source_labels: [podLabel(key), podLabelPresent(key)], regex: `(${value});true`, action: 'keep' }
}

function keepExpression({ key, operator, values = [] }: Expression) {
  const wanted = values.join('|')
  switch (operator) {
    case 'In':
      return { source_labels: [podLabel(key), podLabelPresent(key)], regex: `(${wanted});true`, action: 'keep' }
    case 'NotIn':
      return { source_labels: [podLabel(key), podLabelPresent(key)], regex: `(${wanted});true`, action: 'drop' }
    case 'Exists':
      return { source_labels: [podLabelPresent(key)], regex: 'true', action: 'keep' }
    case 'DoesNotExist':
      return { source_labels: [podLabelPresent(key)], regex: 'true', action: 'drop' }
  }
}

function keepPort({ port, portNumber }: Endpoint) {
  const [label, wanted] =
    port === undefined ? ['__meta_kubernetes_pod_container_port_number', portNumber] : ['__meta_kubernetes_pod_container_port_name', port]
  return { source_labels: [label], regex: String(wanted), action: 'keep' }
}

function copy(from: string, to: string) {
  return { source_labels: [from], target_label: to }
}

function podLabel(name: string): string {
  return `__meta_kubernetes_pod_label_${sanitized(name)}`
}

function podLabelPresent(name: string): string {
  return `__meta_kubernetes_pod_labelpresent_${sanitized(name)}`
}

function ownRelabeling({ sourceLabels, targetLabel, ...rest }: Relabeling) {
  return {
    ...(sourceLabels === undefined ? {} : { source_labels: sourceLabels }),
    ...(targetLabel === undefined ? {} : { target_label: targetLabel }),
    ...rest,
    ...(rest.action === undefined ? {} : { action: rest.action.toLowerCase() }),
  }
}

function expectKnown(where: string, object: object, known: readonly string[]): void {
  const unknown = Object.keys(object).filter((key) => !known.includes(key))
  if (unknown.length > 0)
    throw new Error(
      `${where} of a PodMonitor has ${unknown.join(', ')}, which test/e2e/scrape-config.ts does not turn into a scrape config`,
    )
}
