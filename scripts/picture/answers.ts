import type { client } from '../../test/e2e/prometheus.ts'
import { type Choice, type DashboardJson, filledIn, type PanelJson } from '../generate/monitoring/queries.ts'

type Prometheus = ReturnType<typeof client>

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [at: number, value: number])[]
}

/** One value of one query, with its labels; `refId` names the query. */
export interface Cell {
  readonly refId: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What Prometheus says to a panel: over time for graphs, at the end for all others. */
export interface PanelAnswer {
  readonly panel: PanelJson
  readonly lines: readonly Line[]
  readonly cells: readonly Cell[]
}

export interface Span {
  readonly from: number
  readonly to: number
}

export async function askPanels(
  dashboard: DashboardJson,
  prometheus: Prometheus,
  choice: Choice,
  span: Span,
): Promise<readonly PanelAnswer[]> {
  const answers: PanelAnswer[] = []
  for (const panel of dashboard.panels) {
    const isGraph = panel.type === 'timeseries'
    answers.push({
      panel,
      lines: isGraph ? await linesOf(panel, prometheus, choice, span) : [],
      cells: isGraph ? [] : await cellsOf(panel, prometheus, choice),
    })
  }
  return answers
}

async function linesOf({ targets = [] }: PanelJson, prometheus: Prometheus, choice: Choice, { from, to }: Span): Promise<readonly Line[]> {
  const all = await Promise.all(
    targets.map(async ({ expr, legendFormat = '' }) => {
      const series = await prometheus.queryRange(filledIn(expr, choice), { start: from, end: to, step: Math.max(1, (to - from) / 200) })
      return series.map(({ metric, values }) => ({
        name: named(legendFormat, metric),
        points: values.map(([at, value]) => [at, Number(value)] as const).filter(([, value]) => Number.isFinite(value)),
      }))
    }),
  )
  return all.flat().toSorted((a, b) => (targets.length > 1 ? 0 : a.name.localeCompare(b.name)))
}

async function cellsOf({ targets = [] }: PanelJson, prometheus: Prometheus, choice: Choice): Promise<readonly Cell[]> {
  const all = await Promise.all(
    targets.map(async ({ expr, refId }) =>
      (await prometheus.query(filledIn(expr, choice))).map(({ metric, value }) => ({ refId, labels: metric, value: Number(value[1]) })),
    ),
  )
  return all.flat()
}

/** As Grafana names a series: `{{label}}` is the label's value. */
export function named(legend: string, labels: Readonly<Record<string, string>>): string {
  return legend.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '')
}
