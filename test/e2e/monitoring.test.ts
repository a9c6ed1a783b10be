import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { expressionOf } from '../../scripts/generate/monitoring/alert.ts'
import { alerts } from '../../scripts/generate/monitoring/alerts.ts'
import { type DashboardJson, filledIn, queriesOf, selectorsIn } from '../../scripts/generate/monitoring/queries.ts'
import { backupHandle } from './backup-handle.ts'
import { backupVolume } from './backup-volume.ts'
import { type Stage, scenario } from './harness.ts'
import { type Answer, type Prometheus, startPrometheus } from './prometheus.ts'
import { NotInTime, until } from './until.ts'

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'monitoring')
const dashboards = readdirSync(folder)
  .filter((file) => file.startsWith('dashboard-'))
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as DashboardJson)

/** There while something fails, or for a moment; that the operator has them, with these labels, is for unit tests to say. */
const onlyInTrouble = ['etcd_operator_step_failures_total', 'etcd_operator_pass_failures_total']

scenario(
  'every query of the alerts and the dashboards has an answer from a living cluster',
  { seconds: 300, idle: true },
  async (stage) => {
    // Prometheus runs on the machine of the test, and asks pods by their addresses.
    if (stage.k8s.info.provider !== 'local') return
    const prometheus = await startPrometheus(stage.k8s)
    try {
      await life(stage)
      const choice = { namespace: stage.namespace, cluster: 'demo', rateInterval: '10s' }
      const dashboardQueries = dashboards.flatMap(queriesOf).map(({ expr }) => filledIn(expr, choice))
      const values = alerts.filter(({ isRare }) => !isRare).map(({ value }) => value)
      // Each metric by itself as well: what follows `or`, `and` and `unless` may hide that one is missing.
      const selectors = [...dashboardQueries, ...alerts.map(expressionOf)].flatMap(selectorsIn)
      const questions = [...new Set([...dashboardQueries, ...values, ...selectors])].filter(
        (question) => !onlyInTrouble.some((metric) => question.includes(metric)),
      )
      expect(questions.length).toBeGreaterThan(80)
      await untilAnswered(stage, prometheus, questions)
      const names = await prometheus.labelValues('etcd_cluster', `etcd_operator_cluster_info{namespace="${stage.namespace}"}`)
      expect(names).toEqual(['demo'])
      await expectLabels(stage, prometheus)
      await stage.cluster('demo').change({ paused: false })
    } finally {
      await prometheus.stop()
    }
  },
)

/** A cluster with all that the pages tell of: a backup, a schedule, a user, and a pause that is over. */
async function life(stage: Stage): Promise<void> {
  const demo = stage.cluster('demo')
  await Promise.all([demo.create({ size: 3 }), backupVolume(stage)])
  await demo.untilReady(90)
  const apiVersion = 'etcd-operator.dev/v1alpha1'
  const yearly = { cluster: 'demo', schedule: '0 0 1 1 *', storage: { volume: { claimName: 'backups' } } }
  const items = [
    { apiVersion, kind: 'EtcdBackupSchedule', metadata: { name: 'yearly' }, spec: yearly },
    {
      apiVersion,
      kind: 'EtcdUser',
      metadata: { name: 'app' },
      spec: { cluster: 'demo', permissions: [{ access: 'ReadWrite', prefix: 'app/' }] },
    },
  ]
  await stage.kubectl(['apply', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const once = backupHandle(stage, 'once')
  await once.create()
  await once.untilCompleted(90)
  await demo.change({ paused: true })
  await demo.until('it is paused', 30, ({ status }) => status?.nextStep?.reason === 'Paused')
}

/** Asks all until each had an answer that is a number, under a client that writes now and then. */
async function untilAnswered({ kubectl }: Stage, prometheus: Prometheus, questions: readonly string[]): Promise<void> {
  const open = new Set(questions)
  try {
    await until('every query has an answer', 100, async () => {
      await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'put', 'asked', String(open.size)])
      for (const question of open) if (isAnswer(await prometheus.query(everSeen(question)))) open.delete(question)
      return open.size === 0 ? true : undefined
    })
  } catch (error) {
    throw error instanceof NotInTime ? error.withMore(`no answer to:\n${[...open].join('\n')}`) : error
  }
}

function isAnswer(series: readonly Answer[]): boolean {
  return series.some(({ value: [, value] }) => value !== 'NaN')
}

/** What a steady cluster has no step of: as it was while the cluster was made. */
function everSeen(question: string): string {
  return question.replaceAll(
    /etcd_operator_cluster_step_since_timestamp_seconds(\{[^}]*\})?/g,
    (selector) => `last_over_time(${selector}[15m])`,
  )
}

/** Targets are named as the pages expect it, and not as the etcd mixin does. */
async function expectLabels({ namespace }: Stage, prometheus: Prometheus): Promise<void> {
  const members = await prometheus.query(`etcd_server_has_leader{namespace="${namespace}"}`)
  expect(members.map(({ metric }) => metric.member).toSorted()).toEqual(['demo-0', 'demo-1', 'demo-2'])
  for (const { metric } of members) {
    expect(metric).toMatchObject({ etcd_cluster: 'demo', pod: metric.member })
    expect(metric.job).not.toContain('etcd')
  }
  const [leader, ...others] = await prometheus.query('etcd_operator_leader == 1')
  expect(leader?.metric.job).not.toMatch(/^etcd$/)
  expect(others).toEqual([])
}
