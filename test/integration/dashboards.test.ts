import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { expect, test } from 'vitest'
import { type DashboardJson, filledIn, queriesOf } from '../../scripts/generate/monitoring/queries.ts'
import { run } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { ensurePrometheus } from '../cluster/prometheus.ts'

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'monitoring')
const files = readdirSync(folder).filter((file) => file.startsWith('dashboard-'))

test.each(files)('Prometheus understands every query of %s', async (file) => {
  const { promtool } = await ensurePrometheus(timedProgress())
  const queries = queriesOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as DashboardJson)
  const choice = { namespace: 'prod', cluster: 'demo', rateInterval: '1m' }
  // promtool has no command for an expression alone: each is checked as that of a recording rule.
  const rules = queries.map(({ expr }, index) => ({ record: `query:${index}`, expr: filledIn(expr, choice) }))
  const work = mkdtempSync(join(tmpdir(), 'dashboards-'))
  try {
    writeFileSync(join(work, 'rules.yaml'), dump({ groups: [{ name: 'queries', rules }] }))
    expect(await run(promtool, ['check', 'rules', join(work, 'rules.yaml')])).toContain(`${queries.length} rules found`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
})
