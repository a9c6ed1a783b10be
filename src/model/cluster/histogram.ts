/** Buckets of a Prometheus histogram, by rising upper bound, the last one +Inf: how many observations were at most so large. */
export type Buckets = readonly { readonly le: number; readonly count: number }[]

/** What was observed between two reads. A process that was restarted counts from 0 again: then all it has counted since. */
export function between(before: Buckets, after: Buckets): Buckets {
  const earlier = new Map(before.map(({ le, count }) => [le, count]))
  const isReset = after.some(({ le, count }) => count < (earlier.get(le) ?? 0))
  return isReset ? after : after.map(({ le, count }) => ({ le, count: count - (earlier.get(le) ?? 0) }))
}

export function observations(buckets: Buckets): number {
  return buckets.at(-1)?.count ?? 0
}

/**
 * As Prometheus' histogram_quantile computes it (promql/quantile.go, bucketQuantile): linear within a bucket, whose lower bound is the upper
 * bound of the one before, or 0; of the last bucket, which has no upper bound, its lower bound. Undefined without observations.
 */
export function quantile(q: number, buckets: Buckets): number | undefined {
  const total = observations(buckets)
  if (buckets.length < 2 || total === 0) return undefined
  const rank = q * total
  const index = buckets.findIndex(({ count }) => count >= rank)
  const bucket = buckets[index]
  const below = buckets[index - 1]
  if (bucket === undefined || bucket.le === Number.POSITIVE_INFINITY) return buckets.at(-2)?.le
  const start = below?.le ?? 0
  const count = bucket.count - (below?.count ?? 0)
  return count === 0 ? start : start + (bucket.le - start) * ((rank - (below?.count ?? 0)) / count)
}
