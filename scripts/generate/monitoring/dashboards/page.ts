import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { datasource } from '../panels.ts'

/** A panel that is still being built; its ID is its place on the page. */
type Panel = Parameters<DashboardBuilder['withPanel']>[0] & { id(id: number): Panel }
type Variable = Parameters<DashboardBuilder['withVariable']>[0]

/** What both pages have in common: the choice of a Prometheus, a link to each other, and rows of panels. */
export function page(
  uid: string,
  title: string,
  { about, variables, rows }: { about: string; variables: readonly Variable[]; rows: readonly (readonly [string, readonly Panel[]])[] },
) {
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(['etcd', 'etcd-operator'])
    .timezone('browser')
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder('etcd clusters')
        .type(DashboardLinkType.Dashboards)
        .tags(['etcd-operator'])
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
  for (const variable of variables) dashboard.withVariable(variable)
  let id = 0
  const nextId = () => ++id
  for (const [heading, panels] of rows) {
    dashboard.withRow(new RowBuilder(heading).id(nextId()))
    for (const panel of panels) dashboard.withPanel(panel.id(nextId()))
  }
  return dashboard.build()
}

/** A choice among the values that a label has in the metrics. */
export function labelVariable(label: string, metric: string) {
  const query = `label_values(${metric}, ${label})`
  return new QueryVariableBuilder(label)
    .label(label)
    .datasource(datasource)
    .query({ query, refId: label })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
}
