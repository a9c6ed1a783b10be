import { type Buckets, between, observations, quantile } from './histogram.ts'

/** How long a member's disk and its peers took since its process began, from its own page. */
export interface Latencies {
  readonly walFsync: Buckets
  readonly backendCommit: Buckets
  /** By the ID of the peer. */
  readonly peerRoundTrip: ReadonlyMap<string, Buckets>
}

/** The slowest hundredth of a while, seconds; undefined: too little happened. */
export interface Performance {
  readonly walFsyncP99: number | undefined
  readonly backendCommitP99: number | undefined
  /** To the peer that is the farthest. */
  readonly peerRoundTripP99: number | undefined
}

/** A member as its page was read last. */
export interface MemberPerformance extends Performance {
  /** Whether its disk has been slow in so many whiles in a row that it is told. */
  readonly isSlow: boolean
  /** Whiles in a row in which it was slow. */
  readonly slowInARow: number
}

/** The percentile of fewer observations is that of one. */
const fewest = 10
/**
 * etcd puts a smoothed round trip to each peer into its histogram every 30 s, once for each of two connections (api/rafthttp/probing_status.go):
 * two are more than two moments.
 */
const fewestTrips = 2

/** What happened between two reads. */
export function performanceBetween(before: Latencies, after: Latencies): Performance {
  const p99 = (one: Buckets, other: Buckets | undefined, least = fewest) => {
    const since = between(other ?? [], one)
    return observations(since) < least ? undefined : quantile(0.99, since)
  }
  const trips = [...after.peerRoundTrip].flatMap(([peer, buckets]) => p99(buckets, before.peerRoundTrip.get(peer), fewestTrips) ?? [])
  return {
    walFsyncP99: p99(after.walFsync, before.walFsync),
    backendCommitP99: p99(after.backendCommit, before.backendCommit),
    peerRoundTripP99: trips.length === 0 ? undefined : Math.max(...trips),
  }
}

/**
 * From here on a disk is told as slow, seconds. etcd's advice for hardware is a p99 of 10 ms and 25 ms, which many a volume of a cloud misses
 * without harm. At 100 ms one write in a hundred takes as long as the pause between two heartbeats; 250 ms for a commit is where the etcd
 * mixin warns (etcdHighCommitDurations).
 */
export const slowFrom = { walFsync: 0.1, backendCommit: 0.25 } as const
/** So many whiles in a row: a backup or a neighbour may keep a disk busy for a minute or two. */
const slowWhiles = 5

/** The member's row after another while; a while in which nothing was written says nothing of the disk. */
export function nextPerformance(before: MemberPerformance | undefined, seen: Performance): MemberPerformance {
  const { walFsyncP99, backendCommitP99 } = seen
  const slowness = Math.max((walFsyncP99 ?? 0) / slowFrom.walFsync, (backendCommitP99 ?? 0) / slowFrom.backendCommit)
  if (slowness === 0) return { ...seen, isSlow: before?.isSlow ?? false, slowInARow: before?.slowInARow ?? 0 }
  const slowInARow = slowness >= 1 ? (before?.slowInARow ?? 0) + 1 : 0
  // Half of it ends it, so that a disk at the threshold doesn't come and go.
  return { ...seen, slowInARow, isSlow: slowInARow >= slowWhiles || (before?.isSlow === true && slowness >= 0.5) }
}
