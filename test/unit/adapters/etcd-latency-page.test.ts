import { expect, test } from 'vitest'
import { parseLatencies } from '../../../src/adapters/etcd/latency-page.ts'

const page = `# HELP etcd_disk_backend_commit_duration_seconds The latency distributions of commit called by backend.
# TYPE etcd_disk_backend_commit_duration_seconds histogram
etcd_disk_backend_commit_duration_seconds_bucket{le="0.001"} 0
etcd_disk_backend_commit_duration_seconds_bucket{le="+Inf"} 7
etcd_disk_backend_commit_duration_seconds_sum 0.1
etcd_disk_backend_commit_duration_seconds_count 7
etcd_disk_wal_fsync_duration_seconds_bucket{le="0.001"} 3
etcd_disk_wal_fsync_duration_seconds_bucket{le="0.002"} 1.234567e+06
etcd_disk_wal_fsync_duration_seconds_bucket{le="+Inf"} 1.234568e+06
etcd_network_peer_round_trip_time_seconds_bucket{To="a1",le="0.0001"} 1
etcd_network_peer_round_trip_time_seconds_bucket{To="a1",le="+Inf"} 2
etcd_network_peer_round_trip_time_seconds_bucket{To="b2",le="+Inf"} 3
etcd_server_has_leader 1
`
const inf = Number.POSITIVE_INFINITY

test('reads the three families, and nothing else', () => {
  expect(parseLatencies(page, 'http://m')).toEqual({
    backendCommit: [
      { le: 0.001, count: 0 },
      { le: inf, count: 7 },
    ],
    walFsync: [
      { le: 0.001, count: 3 },
      { le: 0.002, count: 1_234_567 },
      { le: inf, count: 1_234_568 },
    ],
    peerRoundTrip: new Map([
      [
        'a1',
        [
          { le: 0.0001, count: 1 },
          { le: inf, count: 2 },
        ],
      ],
      ['b2', [{ le: inf, count: 3 }]],
    ]),
  })
})

test('another page is refused, and one without end keeps only so much', () => {
  expect(() => parseLatencies('<html>', 'http://m')).toThrow("http://m doesn't look like etcd's metrics")
  const rows = Array.from({ length: 10_000 }, (_, n) => `etcd_network_peer_round_trip_time_seconds_bucket{To="${n.toString(16)}",le="1"} 1`)
  const many = parseLatencies(page + rows.join('\n'), 'http://m')
  expect(many.peerRoundTrip.size).toBe(20)
  const buckets = 'etcd_disk_wal_fsync_duration_seconds_bucket{le="1"} 1\n'.repeat(10_000)
  expect(parseLatencies(page + buckets, 'http://m').walFsync.length).toBe(64)
})
