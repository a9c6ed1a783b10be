import { expect, test } from 'vitest'
import { parseMetrics } from '../../../src/adapters/etcd/metrics-page.ts'

const page = `# HELP etcd_server_id Server or member ID in hexadecimal format.
etcd_debugging_mvcc_current_revision 1.8253e+06
etcd_disk_defrag_inflight 0
etcd_mvcc_db_total_size_in_bytes 249856
etcd_mvcc_db_total_size_in_use_in_bytes 241664
etcd_network_active_peers{Local="79e053befbb8b773",Remote="8e9e05c52164694d"} 1
etcd_network_active_peers{Local="79e053befbb8b773",Remote="fd422379fda50e48"} 0
etcd_server_has_leader 1
etcd_server_id{server_id="79e053befbb8b773"} 1
etcd_server_is_learner 1
etcd_server_proposals_applied_total 1.826123e+06
etcd_server_version{server_version="3.6.16"} 1
`

test('the metrics page tells who a member is and how far it is', () => {
  expect(parseMetrics(page, 'http://m')).toEqual({
    memberId: '79e053befbb8b773',
    version: '3.6.16',
    hasLeader: true,
    isLearner: true,
    raftAppliedIndex: 1_826_123,
    revision: 1_825_300,
    dbSize: 249_856,
    dbSizeInUse: 241_664,
    connectedTo: ['8e9e05c52164694d'],
    isDefragmenting: false,
  })
})

test('the metrics page tells that a member is being defragmented', () => {
  expect(parseMetrics(page.replace('inflight 0', 'inflight 1'), 'http://m').isDefragmenting).toBe(true)
})

test('a page that is not of etcd is refused, and a member without a leader has none', () => {
  expect(() => parseMetrics('go_threads 7\n', 'http://m')).toThrow("doesn't look like etcd's metrics")
  expect(parseMetrics(page.replace('has_leader 1', 'has_leader 0'), 'http://m').hasLeader).toBe(false)
})
