/** An alert as people read it; the files for Prometheus are made from these by `npm run generate`. */
export interface Alert {
  /** Also the heading of its section in docs/operations/alerts.md. Unlike the names of the etcd mixin, which begin with a small letter. */
  readonly name: string
  /** critical: clients suffer, or will within hours. warning: look at it today. info: somebody may have wanted it so. */
  readonly severity: 'critical' | 'warning' | 'info'
  /** How long it has to hold before the alert fires: longer than what ends by itself, such as a restart. */
  readonly minutes: number
  /** What is measured. It has a value while all is well, too, unless `isRare`: the end-to-end test asks a living cluster for it. */
  readonly value: string
  /** The comparison that makes it fire: `> 0.8`. */
  readonly fires: string
  /** What else has to hold: `and on (...) ...`, `unless ...`, `or ...`. */
  readonly besides?: string
  /** There is nothing to measure while all is well. */
  readonly isRare?: true
  /** One line: which cluster, and what is the matter. */
  readonly summary: string
  /** With the number that was measured, and what follows from it. */
  readonly description: string
}

/** The PromQL expression of an alert. */
export function expressionOf({ value, fires, besides }: Alert): string {
  return [`${value} ${fires}`, ...(besides === undefined ? [] : [besides])].join('\n')
}

/** Where the sections of docs/operations/alerts.md are published. A company with a copy of its own replaces this beginning. */
export const runbooks = 'https://etcd-operator.dev/operations/alerts'

export function runbookOf({ name }: Alert): string {
  return `${runbooks}#${name.toLowerCase()}`
}

/** The labels that every metric about one EtcdCluster has; what a member or an operator's pod adds is left out, so that a restart ends no alert. */
export const ofCluster = 'namespace, etcd_cluster'

/** How templates of Prometheus name the cluster of an alert. */
export const cluster = '{{ $labels.namespace }}/{{ $labels.etcd_cluster }}'
