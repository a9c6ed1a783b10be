/** What Prometheus has scraped, once a minute from minute 0 on, and what the alert makes of it. */
export interface Play {
  /** Series to values, in promtool's notation: `'1 0x5'` is 1, then six times 0; `_` is no sample. */
  readonly series: Readonly<Record<string, string>>
  /** The minute that is asked about. */
  readonly minute: number
}

export interface FiringPlay extends Play {
  /** The labels of the one alert that fires, without its severity. */
  readonly labels?: Readonly<Record<string, string>>
  /** Its annotation `description`, whole. */
  readonly says: string
}

/** An alert's cases: on either side of its boundary. */
export interface AlertCases {
  readonly fires: readonly FiringPlay[]
  readonly quiet: readonly Play[]
}

export const demo = { namespace: 'prod', etcd_cluster: 'demo' }

/** The series of a metric about the cluster prod/demo. */
export function of(metric: string, labels: Readonly<Record<string, string>> = {}): string {
  const all = Object.entries({ ...demo, ...labels }).map(([name, value]) => `${name}="${value}"`)
  return `${metric}{${all.join(', ')}}`
}
