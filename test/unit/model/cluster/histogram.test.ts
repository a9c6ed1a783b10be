import { describe, expect, test } from 'vitest'
import { type Buckets, between, quantile } from '../../../../src/model/cluster/histogram.ts'

const buckets = (...rows: readonly (readonly [le: number, count: number])[]): Buckets => rows.map(([le, count]) => ({ le, count }))
const inf = Number.POSITIVE_INFINITY

describe('a quantile is what histogram_quantile of Prometheus says', () => {
  // The first four are of Prometheus' own tests (promql/promqltest/testdata/histograms.test): testhistogram, without its negative buckets.
  const positive = buckets([0.1, 5], [0.2, 7], [1e100, 12], [inf, 12])
  const rows: readonly (readonly [string, number, Buckets, number | undefined])[] = [
    ['0.2 of the first bucket', 0.2, positive, 0.048],
    ['0.5, which lies in the second', 0.5, positive, 0.15],
    ['in the last bucket, its lower bound', 0.99, buckets([1, 10], [2, 50], [inf, 100]), 2],
    ['at the very bound of a bucket', 0.5, buckets([1, 50], [2, 100], [inf, 100]), 1],
    ['linear within a bucket', 0.99, buckets([0.001, 0], [0.002, 100], [inf, 100]), 0.00199],
    ['an empty bucket before', 0.01, buckets([0.001, 0], [0.002, 0], [0.004, 100], [inf, 100]), 0.00202],
    ['nothing was observed', 0.99, buckets([1, 0], [inf, 0]), undefined],
    ['no buckets', 0.99, [], undefined],
  ]
  test.each(rows)('%s', (_, q, histogram, expected) => {
    if (expected === undefined) expect(quantile(q, histogram)).toBeUndefined()
    else expect(quantile(q, histogram)).toBeCloseTo(expected, 10)
  })
})

describe('what was observed between two reads', () => {
  test('is the difference of each bucket', () => {
    expect(between(buckets([1, 10], [inf, 12]), buckets([1, 15], [inf, 20]))).toEqual(buckets([1, 5], [inf, 8]))
  })

  test('is all that the process counted, when it was restarted in between', () => {
    expect(between(buckets([1, 10], [inf, 12]), buckets([1, 3], [inf, 4]))).toEqual(buckets([1, 3], [inf, 4]))
    expect(between([], buckets([1, 3], [inf, 4]))).toEqual(buckets([1, 3], [inf, 4]))
  })
})
