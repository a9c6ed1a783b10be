import { expect, test } from 'vitest'
import { type Alert, expressionOf } from '../../../scripts/generate/monitoring/alert.ts'
import { alerts } from '../../../scripts/generate/monitoring/alerts.ts'
import { type DashboardJson, partsOf, queriesOf, selectorsIn } from '../../../scripts/generate/monitoring/queries.ts'
import { families } from '../../../src/report/metrics/catalogue.ts'
import { podMonitors } from '../../e2e/prometheus.ts'
import { type PodMonitor, scrapeConfigs } from '../../e2e/scrape-config.ts'
import { text } from './files.ts'

/** Series of a family, as Prometheus stores them, to the family. */
const known = new Map(
  families.flatMap((family) => {
    const names = family.type === 'histogram' ? ['_bucket', '_count', '_sum'].map((end) => family.name + end) : [family.name]
    return names.map((name) => [name, family] as const)
  }),
)
/** What Prometheus adds to each series of ours: deploy/monitoring/pod-monitor-*.yaml. */
const ofTargets = ['job', 'pod', 'instance']

const dashboards = ['clusters', 'cluster'].map((name) => JSON.parse(text(`deploy/monitoring/dashboard-${name}.json`)) as DashboardJson)
const queries = [
  ...alerts.map((alert) => ({ where: alert.name, expr: expressionOf(alert) })),
  ...dashboards.flatMap((dashboard) => queriesOf(dashboard).map(({ panel, expr }) => ({ where: `${dashboard.title}: ${panel}`, expr }))),
]

test.each(queries)('the operator has every metric and label that is asked for in $where', ({ where, expr }) => {
  for (const { metric, labels } of selectorsIn(expr).map(partsOf)) {
    if (!metric.startsWith('etcd_operator_')) continue
    const family = known.get(metric)
    expect(family, `${where}: ${metric}`).toBeDefined()
    for (const label of labels) expect([...(family?.labels ?? []), ...ofTargets], `${where}: ${metric}`).toContain(label)
  }
})

test.each(alerts)('the sentences of $name use labels that its expression leaves', (alert: Alert) => {
  const left = new Set([...alert.value.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', ')))
  const used = [...`${alert.summary} ${alert.description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label)
  for (const label of used) expect([...left]).toContain(label)
})

test('PodMonitors become scrape configs as the Prometheus Operator makes them', () => {
  const configs = scrapeConfigs(podMonitors(), { pods: 'http://pods', interval: '1s' })
  expect(configs).toHaveLength(2)
  expect(configs.map((config) => JSON.stringify(config).includes('honor_labels":true')).toSorted()).toEqual([false, true])
  // The label that makes a pod a member's, in Prometheus' words.
  expect(JSON.stringify(configs)).toContain('__meta_kubernetes_pod_labelpresent_etcd_operator_dev_cluster')
  expect(JSON.stringify(configs)).toContain('"regex":"etcd-operator-system","action":"keep"')
})

test('a field of a PodMonitor that would not be turned into a scrape config is refused', () => {
  const [monitor] = podMonitors()
  if (monitor === undefined) throw new Error('there is no PodMonitor')
  const other = { ...monitor, spec: { ...monitor.spec, attachMetadata: { node: true } } } as PodMonitor
  expect(() => scrapeConfigs([other], { pods: '', interval: '1s' })).toThrow('attachMetadata')
})
