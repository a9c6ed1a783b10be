import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { Family } from './family.ts'

export type Labels = Readonly<Record<string, string>>
export type Series = readonly [labels: Labels, value: number]

/** The only importer of prom-client. */
export interface MetricsRegistry {
  readonly contentType: string
  /** The page, in Prometheus' text format. */
  metrics(): Promise<string>
  counter(family: Family): Counter
  histogram(family: Family): Histogram
  /**
   * A gauge that is computed at every scrape: what is not told any more is gone, and nothing of it is kept between two scrapes. May be called
   * again for the same family, with what somebody else tells.
   */
  computed(family: Family, series: () => Iterable<Series>): void
}

export function createRegistry(): MetricsRegistry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const computed = new Map<Family, (() => Iterable<Series>)[]>()
  const asked = ({ name, help, labels }: Family) => ({ name, help, labelNames: [...labels], registers: [registry] })
  return {
    contentType: registry.contentType,
    metrics: async () => `${await registry.metrics()}\n${[...computed].map(([family, all]) => textOf(family, all)).join('\n')}`,
    counter: (family) => new Counter(asked(family)),
    histogram: (family) => new Histogram({ ...asked(family), buckets: [...(family.buckets ?? [])] }),
    computed(family, series) {
      computed.set(family, [...(computed.get(family) ?? []), series])
    },
  }
}

/**
 * As https://prometheus.io/docs/instrumenting/exposition_formats asks for it. Not by prom-client's Gauge, which keeps every series that it
 * ever had: thirty for each of a thousand clusters.
 */
function textOf({ name, help, type }: Family, all: readonly (() => Iterable<Series>)[]): string {
  let text = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`
  for (const series of all) for (const [labels, value] of series()) text += `${name}${labelsInText(labels)} ${value}\n`
  return text
}

/** To Prometheus an empty label is none. */
function labelsInText(labels: Labels): string {
  let text = ''
  for (const name in labels) {
    const value = labels[name]
    if (value) text += `${text && ','}${name}="${escaped(value).replaceAll('"', '\\"')}"`
  }
  return text && `{${text}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
