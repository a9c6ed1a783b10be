/** A metric of the operator: it is registered from this, and docs/operations/metrics.md is generated from it. */
export interface Family {
  /** Begins with `etcd_operator_`; units last: seconds, bytes. A time is `..._timestamp_seconds`, in seconds since the epoch. */
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
  /** For the documentation alone: what to make of it. */
  readonly advice?: string
  /** Of a histogram: upper bounds. */
  readonly buckets?: readonly number[]
}

/** The labels of every metric that is about one cluster, its objects and its members. */
export const ofCluster = ['namespace', 'etcd_cluster'] as const

export const ofMember = [...ofCluster, 'member'] as const
