import { graph, type Query, stat, table } from '../panels.ts'
import { labelVariable, page } from './page.ts'

const own = 'namespace="$namespace", etcd_cluster="$etcd_cluster"'
const of = (metric: string, more = '') => `${metric}{${own}${more}}`
const now = (metric: string, more = '') => `max(${of(metric, more)})`
const perSecond = (metric: string, more = '') => `rate(${of(metric, more)}[$__rate_interval])`
const byMember = (expr: string): readonly Query[] => [{ expr: `sum by (member) (${expr})`, legend: '{{member}}' }]
/** Of 100 events, 99 take no longer. */
const p99 = (histogram: string): readonly Query[] => [
  { expr: `histogram_quantile(0.99, sum by (member, le) (${perSecond(`${histogram}_bucket`)}))`, legend: '{{member}}' },
]
const left = `min(${of('etcd_operator_certificate_expiry_timestamp_seconds')}) - time()`
const day = 24 * 3600

/** One cluster: whether it serves, what the operator does with it, and what its members say. */
export function clusterPage() {
  return page('etcd-cluster', 'etcd cluster', {
    about: 'One EtcdCluster of etcd-operator.',
    variables: [
      labelVariable('namespace', 'etcd_operator_cluster_info'),
      labelVariable('etcd_cluster', 'etcd_operator_cluster_info{namespace="$namespace"}'),
    ],
    rows: [
      ['Now', nowPanels()],
      ['Members', memberPanels()],
      ['Latency', latencyPanels()],
      ['Database', databasePanels()],
      ['Backups and certificates', backupPanels()],
    ],
  })
}

function nowPanels() {
  return [
    stat(
      'Majority',
      { expr: now('etcd_operator_cluster_quorum_available') },
      {
        about: 'Whether a majority answers.',
        span: 3,
        steps: ['red', [1, 'green']],
        words: { '0': 'none', '1': 'answers' },
        without: 'unknown',
      },
    ),
    stat(
      'May fail',
      { expr: now('etcd_operator_cluster_failure_tolerance') },
      {
        about: 'How many more members may fail before the majority is lost.',
        span: 3,
        steps: ['orange', [1, 'green']],
        without: 'unknown',
      },
    ),
    stat(
      'Healthy members',
      { expr: now('etcd_operator_cluster_members_healthy') },
      { about: 'Voters that answer and know a leader.', span: 3 },
    ),
    stat('Members wanted', { expr: now('etcd_operator_cluster_members_desired') }, { about: 'spec.size.', span: 3 }),
    stat(
      'Leader',
      { expr: `max by (member) (${of('etcd_operator_member_is_leader')}) == 1`, legend: '{{member}}' },
      { about: 'The member that leads.', span: 3, isName: true, without: 'none' },
    ),
    stat(
      'Version',
      { expr: `max by (etcd_version) (${of('etcd_operator_cluster_info')})`, legend: '{{etcd_version}}' },
      { about: 'The lowest version that a voter runs.', span: 3, isName: true },
    ),
    stat(
      'Of the quota',
      { expr: `${now('etcd_operator_cluster_db_size_bytes')} / ${now('etcd_operator_cluster_db_quota_bytes')}` },
      {
        about: 'Size of the largest database file. At 100 % etcd refuses writes.',
        unit: 'percentunit',
        span: 3,
        steps: ['green', [0.8, 'orange'], [0.95, 'red']],
      },
    ),
    stat(
      'Newest backup',
      { expr: `time() - ${now('etcd_operator_backup_last_success_timestamp_seconds')}` },
      { about: 'Age of the newest verified backup.', unit: 's', span: 3, without: 'none' },
    ),
    table(
      'What the operator does, or waits for',
      [
        {
          title: 'For',
          expr: `time() - min by (action, reason) (${of('etcd_operator_cluster_step_since_timestamp_seconds')})`,
          unit: 's',
        },
      ],
      { about: 'Empty: nothing is left to do.', span: 12, rename: { action: 'Action', reason: 'Reason' } },
    ),
    graph(
      'How many more members may fail',
      [
        { expr: now('etcd_operator_cluster_failure_tolerance'), legend: 'may fail' },
        { expr: now('etcd_operator_cluster_members_healthy'), legend: 'healthy members' },
        { expr: now('etcd_operator_cluster_members_desired'), legend: 'members wanted' },
      ],
      { about: 'At 0 the next failure loses the majority.', span: 12 },
    ),
  ]
}

function memberPanels() {
  return [
    graph(
      'Leader changes in 15 minutes',
      [{ expr: `max(increase(${of('etcd_server_leader_changes_seen_total')}[15m]))`, legend: 'changes' }],
      { about: 'From 4 on there is an alert.', span: 8, steps: ['green', [4, 'red']] },
    ),
    graph(
      'Entries behind the leader',
      [{ expr: `max by (member) (${of('etcd_operator_member_raft_lag_entries')})`, legend: '{{member}}' }],
      {
        about: 'Entries of the log that a member has not applied yet. A few are normal under load.',
        span: 8,
      },
    ),
    graph('Requests in a second', byMember(perSecond('grpc_server_handled_total')), {
      about: 'gRPC requests that each member answered.',
      span: 8,
    }),
    graph(
      'Proposals in a second',
      [
        { expr: `max(${perSecond('etcd_server_proposals_committed_total')})`, legend: 'committed' },
        { expr: `sum(${perSecond('etcd_server_proposals_failed_total')})`, legend: 'failed' },
        { expr: `sum(${of('etcd_server_proposals_pending')})`, legend: 'pending now' },
      ],
      { about: 'Writes on their way through the log. Failed ones mean elections, pending ones a slow disk or network.', span: 8 },
    ),
    graph('Memory', byMember(of('process_resident_memory_bytes')), { about: 'Of each member.', unit: 'bytes', span: 8 }),
    graph('CPU', byMember(perSecond('process_cpu_seconds_total')), { about: 'Cores that each member uses.', span: 8 }),
  ]
}

function latencyPanels() {
  return [
    graph('Log reaches the disk, 99 of 100', p99('etcd_disk_wal_fsync_duration_seconds'), {
      about: 'fsync of the write-ahead log. etcd acknowledges no write before. From 0.5 s on there is an alert.',
      unit: 's',
      span: 8,
      steps: ['green', [0.5, 'red']],
    }),
    graph('Database reaches the disk, 99 of 100', p99('etcd_disk_backend_commit_duration_seconds'), {
      about: 'Commit of the database file.',
      unit: 's',
      span: 8,
    }),
    graph(
      'Round trip between members, 99 of 100',
      [
        {
          expr: `histogram_quantile(0.99, sum by (member, le) (${perSecond('etcd_network_peer_round_trip_time_seconds_bucket')}))`,
          legend: '{{member}}',
        },
      ],
      { about: 'As each member measures it to its peers.', unit: 's', span: 8 },
    ),
  ]
}

function databasePanels() {
  return [
    graph(
      'Database and its quota',
      [
        { expr: now('etcd_operator_cluster_db_size_bytes'), legend: 'file' },
        { expr: now('etcd_operator_cluster_db_in_use_bytes'), legend: 'in use' },
        { expr: now('etcd_operator_cluster_db_quota_bytes'), legend: 'quota' },
      ],
      { about: 'Of the largest member. A defragmentation gives back what is not in use.', unit: 'bytes', span: 12 },
    ),
    graph('File of each member', [{ expr: `max by (member) (${of('etcd_mvcc_db_total_size_in_bytes')})`, legend: '{{member}}' }], {
      about: 'Members differ by what they have defragmented.',
      unit: 'bytes',
      span: 12,
    }),
    graph(
      'Changes in a second',
      [
        { expr: `max(${perSecond('etcd_mvcc_put_total')})`, legend: 'puts' },
        { expr: `max(${perSecond('etcd_mvcc_delete_total')})`, legend: 'deletions' },
      ],
      { about: 'Keys that clients write and delete.', span: 12 },
    ),
    graph(
      'Clients’ traffic',
      [
        { expr: `sum(${perSecond('etcd_network_client_grpc_received_bytes_total')})`, legend: 'received' },
        { expr: `sum(${perSecond('etcd_network_client_grpc_sent_bytes_total')})`, legend: 'sent' },
      ],
      { about: 'Bytes in a second, all members.', unit: 'Bps', span: 12 },
    ),
  ]
}

function backupPanels() {
  return [
    graph(
      'Age of the newest backup',
      [
        { expr: `time() - ${now('etcd_operator_backup_last_success_timestamp_seconds')}`, legend: 'age' },
        { expr: `min by (schedule) (${of('etcd_operator_backup_interval_seconds')})`, legend: 'interval of {{schedule}}' },
      ],
      { about: 'At twice the shortest interval there is an alert.', unit: 's', span: 8 },
    ),
    graph('Size of the newest backup', [{ expr: now('etcd_operator_backup_size_bytes'), legend: 'size' }], {
      about: 'As it is stored.',
      unit: 'bytes',
      span: 8,
    }),
    stat(
      'Failed backups, 1 day',
      { expr: `sum(increase(${of('etcd_operator_backup_failures_total')}[1d]))` },
      {
        about: 'Each says why in its condition Complete.',
        span: 4,
        steps: ['green', [1, 'orange']],
      },
    ),
    stat(
      'Certificates end in',
      { expr: left },
      {
        about: 'The first certificate that expires. The operator renews long before.',
        unit: 's',
        span: 4,
        steps: ['red', [day, 'orange'], [7 * day, 'green']],
        without: 'plain text',
      },
    ),
  ]
}
