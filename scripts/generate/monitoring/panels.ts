import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { MappingType, ThresholdsConfigBuilder, ThresholdsMode, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

/** The Prometheus that the reader chooses at the top of the page. */
export const datasource = { type: 'prometheus', uid: `\${datasource}` }

/** What a panel shows: one PromQL expression, and how its series are called; `{{member}}` is the value of a label. */
export interface Query {
  readonly expr: string
  readonly legend?: string
}

/** From a value on, a colour; the first begins at minus infinity. */
export type Steps = readonly [first: string, ...(readonly [from: number, color: string])[]]

interface Common {
  /** One sentence behind the panel's "i". */
  readonly about: string
  /** Grafana's name of a unit: `bytes`, `s`, `percentunit`, `short`. */
  readonly unit?: string
  /** Of 24. */
  readonly span: number
  readonly steps?: Steps
}

export interface StatOptions extends Common {
  /** The name of the series instead of its value. */
  readonly isName?: boolean
  readonly words?: Readonly<Record<string, string>>
  /** What stands there when the query has no answer. */
  readonly without?: string
}

/** One large number, as it is now. */
export function stat(title: string, query: Query, { about, unit = 'short', span, steps = ['green'], ...rest }: StatOptions) {
  const panel = new StatBuilder()
    .title(title)
    .description(about)
    .datasource(datasource)
    .span(span)
    .height(4)
    .unit(unit)
    .thresholds(thresholdsOf(steps))
    .colorMode(steps.length > 1 ? BigValueColorMode.Background : BigValueColorMode.None)
    .graphMode(BigValueGraphMode.None)
    .textMode(rest.isName ? BigValueTextMode.Name : BigValueTextMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .withTarget(targetOf(query, 'A').instant())
  if (rest.words !== undefined) panel.mappings(wordsOf(rest.words))
  if (rest.without !== undefined) panel.noValue(rest.without)
  return panel
}

/** Lines over time; a boundary of an alert is drawn where `steps` has one. */
export function graph(title: string, queries: readonly Query[], { about, unit = 'short', span, steps = ['green'] }: Common) {
  const panel = new GraphBuilder()
    .title(title)
    .description(about)
    .datasource(datasource)
    .span(span)
    .height(8)
    .unit(unit)
    .min(0)
    .lineWidth(1)
    .fillOpacity(5)
    .thresholds(thresholdsOf(steps))
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(steps.length > 1 ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off),
    )
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  for (const [index, query] of queries.entries()) panel.withTarget(targetOf(query, refIdOf(index)).range())
  return panel
}

export interface Column {
  readonly title: string
  readonly expr: string
  readonly unit?: string
  readonly steps?: Steps
  readonly words?: Readonly<Record<string, string>>
}

export interface TableOptions extends Common {
  /** Labels to their headings. */
  readonly rename: Readonly<Record<string, string>>
  /** Where the last of these leads. */
  readonly link?: string
  readonly height?: number
}

/** One row for each set of labels that the columns' queries have in common. `rename` gives labels a heading; all others are left out. */
export function table(title: string, columns: readonly Column[], { about, span, rename, link, height = 8 }: TableOptions) {
  const panel = new TableBuilder().title(title).description(about).datasource(datasource).span(span).height(height).filterable(true)
  for (const [index, { expr }] of columns.entries())
    panel.withTarget(targetOf({ expr }, refIdOf(index)).instant().format(PromQueryFormat.Table))
  const headings = columns.map(
    ({ title: heading }, index) => [columns.length === 1 ? 'Value' : `Value #${refIdOf(index)}`, heading] as const,
  )
  panel.withTransformation({ id: 'merge', options: {} })
  panel.withTransformation({
    id: 'organize',
    options: { excludeByName: { Time: true }, renameByName: { ...rename, ...Object.fromEntries(headings) } },
  })
  for (const { title: heading, unit = 'short', steps, words } of columns)
    panel.overrideByName(heading, [
      { id: 'unit', value: unit },
      ...(words === undefined ? [] : [{ id: 'mappings', value: wordsOf(words) }]),
      ...(steps === undefined
        ? []
        : [
            { id: 'thresholds', value: thresholdsOf(steps).build() },
            { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
          ]),
    ])
  const [first] = Object.values(rename).slice(-1)
  if (link !== undefined && first !== undefined) panel.overrideByName(first, [{ id: 'links', value: [{ title: 'Show it', url: link }] }])
  return panel
}

function targetOf({ expr, legend }: Query, refId: string): DataqueryBuilder {
  const target = new DataqueryBuilder().expr(expr).refId(refId).datasource(datasource)
  return legend === undefined ? target : target.legendFormat(legend)
}

function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index)
}

function thresholdsOf([first, ...others]: Steps): ThresholdsConfigBuilder {
  const steps = [{ value: null, color: first }, ...others.map(([value, color]) => ({ value, color }))]
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps)
}

function wordsOf(words: Readonly<Record<string, string>>): ValueMapping[] {
  return [
    { type: MappingType.ValueToText, options: Object.fromEntries(Object.entries(words).map(([value, text]) => [value, { text }])) },
  ] as ValueMapping[]
}
