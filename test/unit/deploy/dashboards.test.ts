import { describe, expect, test } from 'vitest'
import { type DashboardJson, partsOf, queriesOf, selectorsIn } from '../../../scripts/generate/monitoring/queries.ts'
import { text } from './files.ts'

const dashboards = ['clusters', 'cluster'].map((name) => JSON.parse(text(`deploy/monitoring/dashboard-${name}.json`)) as DashboardJson)

test('the page of all clusters leads to that of a cluster, which has the name that the link names', () => {
  const [clusters, cluster] = dashboards
  expect(JSON.stringify(clusters)).toContain(`/d/${cluster?.uid}?`)
})

describe.each(dashboards)('$title', (dashboard) => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row')

  test('lets the reader choose the Prometheus and what to look at', () => {
    const variables = dashboard.templating.list.map(({ name }) => name)
    expect(variables.slice(0, 2)).toEqual(['datasource', 'namespace'])
    for (const { targets = [] } of panels)
      for (const target of targets) expect(target).toMatchObject({ datasource: { uid: `\${datasource}` } })
  })

  test('every panel says what it shows', () => {
    expect(panels.length).toBeGreaterThan(10)
    for (const { title, description, targets = [] } of panels) {
      expect(description, title).toMatch(/\w.*\.$/)
      expect(targets.length, title).toBeGreaterThan(0)
    }
  })

  test('every panel has an ID and a place of its own', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const taken = new Map<string, string>()
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x},${y}`), `${title} lies on it`).toBeUndefined()
          taken.set(`${x},${y}`, title)
        }
    }
  })

  test('what is asked about clusters is asked about those that were chosen', () => {
    for (const { panel, expr } of queriesOf(dashboard))
      for (const { metric, labels } of selectorsIn(expr).map(partsOf))
        if (/^etcd_(?!operator_)|^etcd_operator_(cluster|member|backup|certificate)_/.test(metric))
          expect(labels, panel).toContain('namespace')
  })
})
