import type { Buckets } from '../../model/cluster/histogram.ts'
import type { Latencies } from '../../model/cluster/performance.ts'
import { Failure } from '../failure.ts'
import { fetchText } from './metrics-page.ts'

/** Reads how long a member's disk and peers took, from its metrics page. Failures as of `readMetricsPage`. */
export async function readLatencies(url: string, deadlineMs: number, signal: AbortSignal | undefined): Promise<Latencies> {
  return parseLatencies(await fetchText(`${url}/metrics`, deadlineMs, signal), url)
}

/** More than etcd has in a histogram, and more members than a cluster. */
const mostBuckets = 64
const mostPeers = 20

/**
 * Names and labels as etcd registers them (server/storage/wal/metrics.go, server/storage/backend/metrics.go, api/rafthttp/metrics.go), the
 * same from 3.5 to 3.7. A member without peers has none of the last.
 */
export function parseLatencies(text: string, url: string): Latencies {
  const walFsync = bucketsOf(text, /^etcd_disk_wal_fsync_duration_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm)
  const backendCommit = bucketsOf(text, /^etcd_disk_backend_commit_duration_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm)
  if (walFsync.length === 0 || backendCommit.length === 0) throw new Failure('bug', `${url} doesn't look like etcd's metrics`)
  const byPeer = new Map<string, { le: number; count: number }[]>()
  for (const [, peer = '', le, count] of text.matchAll(
    /^etcd_network_peer_round_trip_time_seconds_bucket\{To="([0-9a-f]+)",le="([^"]+)"\} (\S+)$/gm,
  )) {
    const buckets = byPeer.get(peer) ?? []
    if (byPeer.size < mostPeers || byPeer.has(peer)) byPeer.set(peer, buckets)
    if (buckets.length < mostBuckets) buckets.push(bucket(le, count))
  }
  return { walFsync, backendCommit, peerRoundTrip: byPeer }
}

function bucketsOf(text: string, pattern: RegExp): Buckets {
  const buckets: { le: number; count: number }[] = []
  for (const [, le, count] of text.matchAll(pattern)) if (buckets.length < mostBuckets) buckets.push(bucket(le, count))
  return buckets
}

function bucket(le: string | undefined, count: string | undefined): { le: number; count: number } {
  return { le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), count: Number(count) }
}
