import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PERSISTENT_VOLUME_CLAIM, POD } from '../src/adapters/kube/kinds.ts'
import { startWriter } from '../test/client/writer-pod.ts'
import { recallCluster } from '../test/cluster/memory.ts'
import { timedProgress } from '../test/cluster/progress.ts'
import { clusterHandle } from '../test/e2e/cluster-handle.ts'
import { type Kubernetes, openKubernetes } from '../test/e2e/kubernetes.ts'
import { signalEtcd } from '../test/e2e/member-process.ts'
import { type Prometheus, startPrometheus } from '../test/e2e/prometheus.ts'
import { rest } from '../test/e2e/until.ts'
import type { DashboardJson } from './generate/monitoring/queries.ts'
import { askPanels } from './picture/answers.ts'
import { drawDashboard } from './picture/draw.ts'

/**
 * `npm run picture`: draws the dashboards as SVGs into docs/images/, from what a real Prometheus saw of a cluster that lives through a few
 * minutes: clients write, it grows from three members to five, and its leader is killed. Needs the test cluster with the operator.
 */
const root = join(import.meta.dirname, '..')
const progress = timedProgress()
const namespace = 'shop'
const name = 'orders'

const info = recallCluster()
if (info === undefined) throw new Error('there is no test cluster with an operator: npm run test:e2e makes one')
const k8s = openKubernetes(info)
await k8s.kubectl(['create', 'namespace', namespace])
try {
  const prometheus = await startPrometheus(k8s, '2s')
  try {
    const from = Date.now() / 1000
    await live(k8s)
    await draw(prometheus, { from, to: Date.now() / 1000 })
  } finally {
    await prometheus.stop()
  }
} finally {
  await k8s.kubectl(['delete', 'namespace', namespace, '--wait=false'])
  await k8s.close()
}

async function live(k8s: Kubernetes): Promise<void> {
  const orders = clusterHandle(k8s, namespace, name)
  progress('a cluster of three, its schedule and its clients')
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  await k8s.kube.create(PERSISTENT_VOLUME_CLAIM, { metadata: { namespace, name: 'backups' }, spec }, AbortSignal.timeout(20_000))
  await orders.create({ size: 3 })
  await orders.untilReady(90)
  const schedule = {
    apiVersion: 'etcd-operator.dev/v1alpha1',
    kind: 'EtcdBackupSchedule',
    metadata: { name: 'often' },
    spec: { cluster: name, schedule: '* * * * *', storage: { volume: { claimName: 'backups' } }, retention: { keepLast: 3 } },
  }
  await k8s.kubectl(['--namespace', namespace, 'apply', '--filename', '-'], JSON.stringify(schedule))
  await startWriter(k8s, { namespace, cluster: name, writers: 3 })
  await rest(75)
  progress('it grows to five')
  await orders.change({ size: 5 })
  await orders.untilReady(120)
  await rest(60)
  progress('its leader is killed')
  const { status } = await orders.get()
  const leader = await k8s.kube.get(POD, { namespace, name: status?.leader ?? '' }, AbortSignal.timeout(20_000))
  if (leader === undefined) throw new Error('there is no leader')
  signalEtcd(leader, 'SIGKILL')
  await rest(90)
}

async function draw(prometheus: Prometheus, span: { from: number; to: number }): Promise<void> {
  const folder = join(root, 'docs', 'images')
  mkdirSync(folder, { recursive: true })
  const pictures: readonly (readonly [file: string, dashboard: string, rows?: readonly string[]])[] = [
    ['dashboard.svg', 'cluster', ['Now', 'Members', 'Latency']],
    ['dashboard-cluster.svg', 'cluster'],
    ['dashboard-clusters.svg', 'clusters'],
  ]
  for (const [file, dashboard, rows] of pictures) {
    const json = JSON.parse(readFileSync(join(root, 'deploy', 'monitoring', `dashboard-${dashboard}.json`), 'utf8')) as DashboardJson
    const answers = await askPanels(json, prometheus, { namespace, cluster: name, rateInterval: '15s' }, span)
    const about = dashboard === 'cluster' ? `namespace ${namespace}, etcd_cluster ${name}` : `namespace ${namespace}`
    const note = `Drawn from deploy/monitoring/dashboard-${dashboard}.json and a real Prometheus' answers about a test cluster, by npm run picture. This is not Grafana.`
    const title = `${about}: clients write, it grows from three members to five, and its leader is killed`
    writeFileSync(join(folder, file), drawDashboard(json, answers, { title, note, span, ...(rows === undefined ? {} : { rows }) }))
    progress(`docs/images/${file}`)
  }
}
