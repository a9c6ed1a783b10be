import { describe, expect, test } from 'vitest'
import type { DashboardJson, PanelJson } from '../../../scripts/generate/monitoring/queries.ts'
import { named, type PanelAnswer } from '../../../scripts/picture/answers.ts'
import { drawDashboard } from '../../../scripts/picture/draw.ts'
import { inUnit } from '../../../scripts/picture/units.ts'
import { text } from './files.ts'

const span = { from: 1_000_000, to: 1_000_300 }
const note = 'This is not Grafana.'

describe.each(['cluster', 'clusters'])('the picture of dashboard-%s.json', (name) => {
  const dashboard = JSON.parse(text(`deploy/monitoring/dashboard-${name}.json`)) as DashboardJson
  const draw = (answers: readonly PanelAnswer[], rows?: readonly string[]) =>
    drawDashboard(dashboard, answers, { title: 'now', note, span, ...(rows === undefined ? {} : { rows }) })

  test('has every panel, with numbers or without', () => {
    for (const answers of [dashboard.panels.map(answered), dashboard.panels.map((panel) => ({ panel, lines: [], cells: [] }))]) {
      const picture = draw(answers)
      for (const { title } of dashboard.panels) expect(picture).toContain(`>${title.slice(0, 12)}`)
      expect(picture).toContain(note)
      expect(picture).not.toMatch(/NaN|Infinity|undefined/)
    }
  })

  test('has the rows that are asked for alone', () => {
    const headings = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    const picture = draw(dashboard.panels.map(answered), [headings[0] ?? ''])
    expect(picture).toContain(`>${headings[0]}<`)
    expect(picture).not.toContain(`>${headings.at(-1)}<`)
  })
})

test.each([
  [0, 's', '0 s'],
  [0.0123, 's', '12.3 ms'],
  [7_776_000, 's', '90 d'],
  [2 * 1024 ** 3, 'bytes', '2 GiB'],
  [0.8125, 'percentunit', '81.3%'],
  [1500, 'short', '1.5 K'],
  [3, 'short', '3'],
])('%d in the unit %s is %s', (value, unit, words) => expect(inUnit(value, unit)).toBe(words))

test('a series is called as its legend says', () => {
  expect(named('{{namespace}}/{{ etcd_cluster }}', { namespace: 'prod', etcd_cluster: 'demo' })).toBe('prod/demo')
})

function answered(panel: PanelJson): PanelAnswer {
  const labels = { namespace: 'prod', etcd_cluster: 'demo', member: 'demo-0', action: 'Wait', reason: 'Steady' }
  return {
    panel,
    lines: [{ name: 'demo-0', points: [[span.from, 0.1] as const, [span.to, 7] as const] }],
    cells: (panel.targets ?? []).map(({ refId }) => ({ refId, labels, value: 1 })),
  }
}
