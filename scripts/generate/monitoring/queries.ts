/** The queries of a dashboard's JSON, whoever made it. */

export interface DashboardJson {
  readonly title: string
  readonly uid: string
  readonly panels: readonly PanelJson[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[] }
}

export interface PanelJson {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly refId: string; readonly legendFormat?: string }[]
  readonly options?: { readonly textMode?: string }
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string
      readonly noValue?: string
      readonly mappings?: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[]
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null; readonly color: string }[] }
    }
  }
}

export function queriesOf({ panels }: DashboardJson): readonly { readonly panel: string; readonly expr: string }[] {
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: title, expr })))
}

/** What a page's variables stand for. */
export interface Choice {
  readonly namespace: string
  readonly cluster: string
  /** Of `$__rate_interval`: `1m`. */
  readonly rateInterval: string
}

/** As Grafana fills in an expression before Prometheus gets it. */
export function filledIn(expr: string, { namespace, cluster, rateInterval }: Choice): string {
  return expr.replaceAll('$__rate_interval', rateInterval).replaceAll('$namespace', namespace).replaceAll('$etcd_cluster', cluster)
}

/** The selectors in an expression: each metric with its matchers, without a range. */
export function selectorsIn(expr: string): readonly string[] {
  const withoutGrouping = expr.replaceAll(/\b(?:by|on|without|ignoring) \([^)]*\)/g, '')
  return [...withoutGrouping.matchAll(/\b(?:etcd|grpc|process)_[a-z0-9_]+(?:\{[^}]*\})?/g)].map(([selector]) => selector)
}

/** The name of a selector's metric, and the labels that its matchers name. */
export function partsOf(selector: string): { readonly metric: string; readonly labels: readonly string[] } {
  const [, metric = '', matchers = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(selector) ?? []
  return { metric, labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label) }
}
