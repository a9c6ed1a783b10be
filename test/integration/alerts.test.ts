import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Alert, runbookOf } from '../../scripts/generate/monitoring/alert.ts'
import { alerts } from '../../scripts/generate/monitoring/alerts.ts'
import { run } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { ensurePrometheus } from '../cluster/prometheus.ts'
import { backupCases } from './alerts/backups.ts'
import { certificateCases } from './alerts/certificates.ts'
import { databaseCases } from './alerts/database.ts'
import { operatorCases } from './alerts/operator.ts'
import { type AlertCases, demo, type FiringPlay, type Play } from './alerts/play.ts'
import { servingCases } from './alerts/serving.ts'
import { workCases } from './alerts/work.ts'

/** The rules as Prometheus itself understands them: which samples make each alert fire, and what it says then. */
const rules = join(import.meta.dirname, '..', '..', 'deploy', 'monitoring', 'rules.yaml')
const cases: Readonly<Record<string, AlertCases>> = {
  ...servingCases,
  ...databaseCases,
  ...backupCases,
  ...certificateCases,
  ...workCases,
  ...operatorCases,
}

let promtool = ''
const folder = mkdtempSync(join(tmpdir(), 'alerts-'))
beforeAll(async () => {
  promtool = (await ensurePrometheus(timedProgress())).promtool
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('Prometheus takes the rules, and has nothing to say about their style', async () => {
  expect(await run(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', rules])).toContain(`${alerts.length} rules found`)
})

test('each alert has cases in which it fires, and others in which it does not', () => {
  expect(Object.keys(cases).toSorted()).toEqual(alerts.map(({ name }) => name).toSorted())
  for (const { fires, quiet } of Object.values(cases)) expect(Math.min(fires.length, quiet.length)).toBeGreaterThan(0)
})

describe.each(alerts)('$name', (alert) => {
  const { fires = [], quiet = [] } = cases[alert.name] ?? {}
  test('fires, and says what it should', () => play(alert, fires))
  test('does not fire short of that', () => play(alert, quiet))
})

test('an alert that fires where it should not, or says something else, would be seen', async () => {
  const [alert] = alerts
  const [one] = cases[alert?.name ?? '']?.fires ?? []
  if (alert === undefined || one === undefined) throw new Error('there is no alert')
  await expect(play(alert, [{ series: one.series, minute: one.minute }])).rejects.toThrow('got:')
  await expect(play(alert, [{ ...one, says: 'something else' }])).rejects.toThrow('got:')
})

/** promtool's own test of each case. @throws with what it expected and what it got */
async function play(alert: Alert, plays: readonly (Play | FiringPlay)[]): Promise<void> {
  const tests = plays.map((one) => ({
    interval: '1m',
    input_series: Object.entries(one.series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [{ eval_time: `${one.minute}m`, alertname: alert.name, exp_alerts: 'says' in one ? [firing(alert, one)] : [] }],
  }))
  const file = join(folder, `${alert.name}.yaml`)
  writeFileSync(file, dump({ rule_files: [rules], evaluation_interval: '1m', tests }))
  await run(promtool, ['test', 'rules', file])
}

function firing(alert: Alert, { labels = {}, says }: FiringPlay) {
  const isOfCluster = alert.summary.includes('etcd_cluster')
  const all: Readonly<Record<string, string>> = { ...(isOfCluster || !alert.name.startsWith('EtcdOperator') ? demo : {}), ...labels }
  const summary = alert.summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => all[name] ?? '')
  return {
    exp_labels: { ...all, severity: alert.severity },
    exp_annotations: { summary, description: says, runbook_url: runbookOf(alert) },
  }
}
