import { describe, expect, test } from 'vitest'
import { known } from '../../../../src/model/known.ts'
import { planCluster } from '../../../../src/plan/cluster/policy.ts'
import { statusOf } from '../../../../src/report/cluster/status.ts'
import { clusterFigures } from '../../../../src/report/metrics/cluster-figures.ts'
import { createMetrics } from '../../../../src/report/metrics/metrics.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'
import { aServed, certificates } from '../../../builders/certificates.ts'

const three = aCluster().running()

/** What the page says of the cluster, without the beginning of the names and the two labels of the cluster. */
async function told(view: Scene, ...names: readonly string[]): Promise<readonly string[]> {
  const metrics = createMetrics('1.2.3')
  metrics.clusterSeen(clusterFigures(view, statusOf(view, planCluster(view))))
  const all = (await metrics.registry.metrics()).split('\n').filter((line) => line.includes('etcd_cluster="demo"'))
  const short = all.map((line) =>
    line
      .replace(/^etcd_operator_/, '')
      .replace(/namespace="ns",etcd_cluster="demo",?/, '')
      .replace('{}', '')
      .replace(/^cluster_/, ''),
  )
  return short.filter((line) => names.includes(/^\w+/.exec(line)?.[0] ?? ''))
}

describe('members, the majority, and how many more may fail', () => {
  const names = ['members_desired', 'members', 'voters', 'members_healthy', 'quorum_available', 'failure_tolerance']
  const silent = three.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2')
  const crashed = three.withoutMajority().crashed('demo-0').crashed('demo-1').silent('demo-2')
  const rows: readonly (readonly [string, Scene, string])[] = [
    ['all well', three, 'members_desired 3, members 3, voters 3, members_healthy 3, quorum_available 1, failure_tolerance 1'],
    [
      'one silent',
      three.silent('demo-2'),
      'members_desired 3, members 3, voters 3, members_healthy 2, quorum_available 1, failure_tolerance 0',
    ],
    [
      'a cluster of one',
      aCluster({ size: 1 }).running(),
      'members_desired 1, members 1, voters 1, members_healthy 1, quorum_available 1, failure_tolerance 0',
    ],
    [
      'five with one silent',
      aCluster({ size: 5 }).running().silent('demo-4'),
      'members_desired 5, members 5, voters 5, members_healthy 4, quorum_available 1, failure_tolerance 1',
    ],
    [
      'growing by a learner',
      three.resized(5).withLearner('demo-3'),
      'members_desired 5, members 4, voters 3, members_healthy 3, quorum_available 1, failure_tolerance 1',
    ],
    ['nobody answers: clients may be served', silent, 'members_desired 3, members_healthy 0'],
    ['two of three do not run', crashed, 'members_desired 3, members_healthy 0, quorum_available 0, failure_tolerance 0'],
    ['not begun', aCluster(), 'members_desired 3, members_healthy 0'],
  ]
  test.each(rows)('%s', async (_, view, expected) => {
    expect((await told(view, ...names)).join(', ')).toBe(expected)
  })
})

test('a step is told with the time since when it is planned, and that nobody has to act', async () => {
  const lines = await told(three.silent('demo-2'), 'step_since_timestamp_seconds', 'stalled')
  expect(lines).toEqual([
    expect.stringMatching(/^stalled 0$/),
    expect.stringMatching(/^step_since_timestamp_seconds\{action="\w+",reason="\w+"\} \d+$/),
  ])
  expect(lines[1]).toContain(` ${now / 1000}`)
  expect(await told(three, 'step_since_timestamp_seconds', 'stalled')).toEqual(['stalled 0'])
})

test('a cluster that waits for a person says why', async () => {
  const full = three.withAnswer('demo-1', { alarms: [{ alarm: 'NOSPACE', memberId: 'a1' }] })
  expect(await told(full, 'stalled', 'alarm')).toEqual([
    'stalled{reason="NoSpace"} 1',
    'alarm{alarm="NOSPACE"} 1',
    'alarm{alarm="CORRUPT"} 0',
  ])
})

test('an approval that is missing is told since when', async () => {
  const view = three.withSpec({ repair: { automatic: false } }).with({ now })
  const step = { id: 'x', action: 'RemoveMember', reason: 'ApprovalNeeded', message: '', since: '2026-11-21T09:00:00Z' }
  const metrics = createMetrics('1')
  metrics.clusterSeen(clusterFigures(view, { nextStep: step }))
  expect(await metrics.registry.metrics()).toContain(
    `etcd_operator_cluster_approval_pending_since_timestamp_seconds{namespace="ns",etcd_cluster="demo",action="RemoveMember"} ${now / 1000 - 3600}\n`,
  )
  expect(await told(three, 'approval_pending_since_timestamp_seconds')).toEqual([])
})

test('databases: the largest, what is in use, and the quota', async () => {
  const view = three.withAnswer('demo-1', { dbBytes: 9_000_000, dbBytesInUse: 8_000_000, dbQuotaBytes: 10_000_000 })
  expect(await told(view, 'db_size_bytes', 'db_in_use_bytes', 'db_quota_bytes')).toEqual([
    'db_size_bytes 9000000',
    'db_in_use_bytes 8000000',
    'db_quota_bytes 10000000',
  ])
  expect(await told(aCluster(), 'db_size_bytes', 'db_quota_bytes', 'alarm')).toEqual([])
})

test('each member: whether it is well, leads, how far it lags, and its volume', async () => {
  const leader = three.withLeader('demo-1').withAnswer('demo-1', { raftIndex: 500, raftAppliedIndex: 500 })
  const view = leader
    .withAnswer('demo-0', { raftAppliedIndex: 480 })
    .silent('demo-2')
    .withVolume('demo-0', { capacityBytes: 2 ** 30 })
  const lines = await told(view, 'member_healthy', 'member_is_leader', 'member_raft_lag_entries', 'member_volume_capacity_bytes')
  expect(lines).toEqual(
    expect.arrayContaining([
      'member_healthy{member="demo-0"} 1',
      'member_healthy{member="demo-2"} 0',
      'member_is_leader{member="demo-1"} 1',
      'member_is_leader{member="demo-0"} 0',
      'member_raft_lag_entries{member="demo-0"} 20',
      'member_raft_lag_entries{member="demo-1"} 0',
      'member_volume_capacity_bytes{member="demo-0"} 1073741824',
    ]),
  )
  expect(lines.filter((line) => line.startsWith('member_raft_lag') && line.includes('demo-2'))).toEqual([])
})

test('certificates: each Secret and CA, and the member that still serves an earlier one', async () => {
  const day = 24 * 3600_000
  const tls = aCluster({ tls: { mode: 'Required' } }).running()
  const port = (fingerprint: string, ends: number) => ({
    plain: known(false),
    served: known(aServed(fingerprint, ends)),
    accepts: new Map(),
  })
  const members = new Map(
    tls.pods.map(({ name, uid }) => {
      const peer = name === 'demo-1' ? port('an earlier leaf', now + 3 * day) : port('P-peer', now + 89 * day)
      return [name, { uid, client: port('C-server', now + 89 * day), peer }]
    }),
  )
  const lines = await told(tls.with({ tls: certificates({ members }) }), 'certificate_expiry_timestamp_seconds')
  const ends = (days: number) => (now + days * day) / 1000
  expect(lines).toEqual([
    `certificate_expiry_timestamp_seconds{purpose="peer"} ${ends(89)}`,
    `certificate_expiry_timestamp_seconds{purpose="server"} ${ends(89)}`,
    `certificate_expiry_timestamp_seconds{purpose="client"} ${ends(89)}`,
    `certificate_expiry_timestamp_seconds{purpose="peer-ca"} ${ends(1825)}`,
    `certificate_expiry_timestamp_seconds{purpose="client-ca"} ${ends(1825)}`,
    `certificate_expiry_timestamp_seconds{purpose="peer",member="demo-1"} ${ends(3)}`,
  ])
  const due = await told(tls.with({ tls: certificates() }), 'certificate_renewal_timestamp_seconds')
  expect(due[0]).toBe(`certificate_renewal_timestamp_seconds{purpose="peer"} ${ends(59)}`)
  expect(await told(three, 'certificate_expiry_timestamp_seconds')).toEqual([])
})

test('paused, schedules, the version and when the operator looked', async () => {
  const names = ['paused', 'backup_schedules', 'observed_timestamp_seconds', 'info']
  expect(await told(three.paused(), ...names)).toEqual([
    `observed_timestamp_seconds ${now / 1000}`,
    expect.stringMatching(/^info\{etcd_version="3\.6\.16",etcd_cluster_id="c1c1"\} 1$/),
    'paused 1',
    'backup_schedules 0',
  ])
})
