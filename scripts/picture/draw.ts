import type { DashboardJson, PanelJson } from '../generate/monitoring/queries.ts'
import { named, type PanelAnswer, type Span } from './answers.ts'
import { drawGraph } from './draw-graph.ts'
import { drawTable } from './draw-table.ts'
import { type Box, colorOf, colors, rect, svg, text } from './svg.ts'
import { inUnit } from './units.ts'

const column = 52
const unitHeight = 33
const margin = 14
const head = 62

/** A page of Grafana's JSON with real answers, drawn as an SVG. `rows`: the headings that are drawn, or all of them. */
export function drawDashboard(
  dashboard: DashboardJson,
  answers: readonly PanelAnswer[],
  { title, note, span, rows }: { title: string; note: string; span: Span; rows?: readonly string[] },
): string {
  const shown = rows === undefined ? answers : below(answers, rows)
  const first = Math.min(...shown.map(({ panel }) => panel.gridPos.y))
  const last = Math.max(...shown.map(({ panel }) => panel.gridPos.y + panel.gridPos.h))
  const width = 24 * column + 2 * margin
  const height = head + (last - first) * unitHeight + 34
  const parts = shown.flatMap((answer) => {
    const { x, y, w, h } = answer.panel.gridPos
    const box = { x: margin + x * column + 3, y: head + (y - first) * unitHeight + 3, w: w * column - 6, h: h * unitHeight - 6 }
    return drawPanel(answer, box, span)
  })
  return svg(width, height, [
    text(margin + 6, 30, dashboard.title, 400, { size: 20, isBold: true }),
    text(margin + 6, 50, title, width, { size: 12, color: colors.faint }),
    ...parts,
    text(margin + 6, height - 12, note, width, { size: 12, color: colors.faint }),
  ])
}

/** The panels under these headings, with the headings. */
function below(answers: readonly PanelAnswer[], rows: readonly string[]): readonly PanelAnswer[] {
  let isShown = false
  return answers.filter(({ panel }) => {
    if (panel.type === 'row') isShown = rows.includes(panel.title)
    return isShown
  })
}

function drawPanel(answer: PanelAnswer, box: Box, span: Span): readonly string[] {
  const { panel, lines } = answer
  if (panel.type === 'row') return [text(box.x + 4, box.y + 20, panel.title, box.w, { size: 14, isBold: true })]
  const frame = [rect(box, colors.panel, `stroke="${colors.border}" rx="3"`)]
  const heading = text(box.x + 10, box.y + 20, panel.title, box.w - 20, { size: 13, isBold: true })
  const inner = { x: box.x, y: box.y + 26, w: box.w, h: box.h - 26 }
  switch (panel.type) {
    case 'timeseries':
      return [...frame, heading, ...drawGraph(panel, lines, inner, span)]
    case 'stat':
      return [...frame, ...drawStat(answer, box)]
    case 'table':
      return [...frame, heading, ...drawTable(answer, inner)]
    default:
      throw new Error(`a panel of the type ${panel.type} can't be drawn`)
  }
}

function drawStat({ panel, cells }: PanelAnswer, box: Box): readonly string[] {
  const { words, color } = lookOf(panel, cells)
  const isColored = (panel.fieldConfig?.defaults.thresholds?.steps.length ?? 0) > 1 && cells.length > 0
  const ink = isColored ? '#ffffff' : colors.text
  return [
    ...(isColored ? [rect(box, color, 'rx="3"')] : []),
    text(box.x + 10, box.y + 20, panel.title, box.w - 20, { size: 13, isBold: true, color: ink }),
    text(box.x + box.w / 2, box.y + box.h / 2 + 26, words, box.w, { size: sizeFor(words, box.w - 24), anchor: 'middle', color: ink }),
  ]
}

/** As large as it fits. */
function sizeFor(words: string, width: number): number {
  return Math.min(32, Math.floor(width / (words.length * 0.58)))
}

function lookOf(panel: PanelJson, cells: PanelAnswer['cells']): { readonly words: string; readonly color: string } {
  const { unit, noValue = 'no data', mappings = [], thresholds } = panel.fieldConfig?.defaults ?? {}
  const [cell] = cells
  if (cell === undefined) return { words: noValue, color: colors.text }
  const step = thresholds?.steps.findLast(({ value }) => value === null || cell.value >= value)
  const legend = panel.targets?.find(({ refId }) => refId === cell.refId)?.legendFormat ?? ''
  const mapped = mappings.map(({ options }) => options[String(cell.value)]?.text).find((words) => words !== undefined)
  const words = panel.options?.textMode === 'name' ? named(legend, cell.labels) : (mapped ?? inUnit(cell.value, unit))
  return { words, color: colorOf(step?.color ?? 'green') }
}
