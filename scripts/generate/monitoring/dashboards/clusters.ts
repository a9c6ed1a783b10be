import { graph, stat, table } from '../panels.ts'
import { labelVariable, page } from './page.ts'

const own = 'namespace=~"$namespace"'
const each = (metric: string, matchers = own) => `max by (namespace, etcd_cluster) (${metric}{${matchers}})`
const legend = '{{namespace}}/{{etcd_cluster}}'
const bad = ['green', [1, 'red']] as const

/** All clusters at a glance, and the operator. */
export function clustersPage() {
  return page('etcd-clusters', 'etcd clusters', {
    about: 'All EtcdClusters of etcd-operator: which of them need somebody, and whether the operator itself works.',
    variables: [labelVariable('namespace', 'etcd_operator_cluster_info').multi(true).includeAll(true).allValue('.*')],
    rows: [
      [
        'Who needs somebody',
        [
          stat('Clusters', { expr: `count(${each('etcd_operator_cluster_info')}) or vector(0)` }, { about: 'EtcdClusters.', span: 4 }),
          stat(
            'Without a majority',
            { expr: `count(${each('etcd_operator_cluster_quorum_available')} == 0) or vector(0)` },
            { about: 'Nobody can write to these.', span: 4, steps: bad },
          ),
          stat(
            'One failure from that',
            {
              expr: `count(${each('etcd_operator_cluster_failure_tolerance')} == 0 and on (namespace, etcd_cluster) ${each('etcd_operator_cluster_members_desired')} >= 3) or vector(0)`,
            },
            { about: 'Clusters of three or more members that tolerate no further failure.', span: 4, steps: ['green', [1, 'orange']] },
          ),
          stat(
            'Waiting for a person',
            { expr: `count(${each('etcd_operator_cluster_stalled')} == 1) or vector(0)` },
            { about: 'Stalled: the operator does not get on without somebody.', span: 4, steps: ['green', [1, 'orange']] },
          ),
          stat(
            'Not backed up',
            { expr: `count(${each('etcd_operator_cluster_condition', `${own}, condition="BackedUp"`)} == 0) or vector(0)` },
            {
              about: 'Without a schedule, or without a backup as young as the schedule promises.',
              span: 4,
              steps: ['green', [1, 'orange']],
            },
          ),
          stat(
            'Operator',
            { expr: 'sum(etcd_operator_leader) or vector(0)' },
            { about: 'Whether an operator holds the Lease.', span: 4, steps: ['red', [1, 'green']], words: { '0': 'away', '1': 'works' } },
          ),
        ],
      ],
      [
        'Clusters',
        [
          table(
            'Clusters',
            [
              {
                title: 'Quorum',
                expr: each('etcd_operator_cluster_quorum_available'),
                words: { '0': 'no', '1': 'yes' },
                steps: ['red', [1, 'green']],
              },
              { title: 'May fail', expr: each('etcd_operator_cluster_failure_tolerance') },
              { title: 'Healthy', expr: each('etcd_operator_cluster_members_healthy') },
              { title: 'Wanted', expr: each('etcd_operator_cluster_members_desired') },
              {
                title: 'Of quota',
                expr: `${each('etcd_operator_cluster_db_size_bytes')} / ${each('etcd_operator_cluster_db_quota_bytes')}`,
                unit: 'percentunit',
                steps: ['green', [0.8, 'orange'], [0.95, 'red']],
              },
              { title: 'Newest backup', expr: `time() - ${each('etcd_operator_backup_last_success_timestamp_seconds')}`, unit: 's' },
              {
                title: 'Certificates end in',
                expr: `min by (namespace, etcd_cluster) (etcd_operator_certificate_expiry_timestamp_seconds{${own}}) - time()`,
                unit: 's',
              },
              {
                title: 'Stalled',
                expr: each('etcd_operator_cluster_stalled'),
                words: { '0': 'no', '1': 'yes' },
                steps: ['green', [1, 'orange']],
              },
            ],
            {
              about: 'May fail: how many more members may fail before the majority is lost.',
              span: 24,
              rename: { namespace: 'Namespace', etcd_cluster: 'Cluster' },
              link: `/d/etcd-cluster?var-datasource=\${datasource}&var-namespace=\${__data.fields.Namespace}&var-etcd_cluster=\${__data.fields.Cluster}`,
            },
          ),
          graph('How many more members may fail', [{ expr: each('etcd_operator_cluster_failure_tolerance'), legend }], {
            about: 'At 0 the next failure loses the majority; clusters of one or two members are always there.',
            span: 12,
          }),
          graph(
            'Leader changes in 15 minutes',
            [
              {
                expr: `max by (namespace, etcd_cluster) (increase(etcd_server_leader_changes_seen_total{${own}, etcd_cluster!=""}[15m]))`,
                legend,
              },
            ],
            { about: 'Each costs writes about a second. From 4 on there is an alert.', span: 12, steps: ['green', [4, 'red']] },
          ),
          table(
            'What the operator does, or waits for',
            [
              {
                title: 'For',
                expr: `time() - min by (namespace, etcd_cluster, action, reason) (etcd_operator_cluster_step_since_timestamp_seconds{${own}})`,
                unit: 's',
              },
            ],
            {
              about: 'The next step of each cluster that has one.',
              span: 24,
              height: 5,
              rename: { namespace: 'Namespace', etcd_cluster: 'Cluster', action: 'Action', reason: 'Reason' },
            },
          ),
        ],
      ],
      [
        'The operator',
        [
          graph(
            'Passes in a minute',
            [
              {
                expr: 'sum by (controller, result) (rate(etcd_operator_pass_duration_seconds_count[$__rate_interval])) * 60',
                legend: '{{controller}} {{result}}',
              },
            ],
            { about: 'How often the operator looks at objects, by kind and result.', span: 8 },
          ),
          graph(
            'Duration of a pass, 99 of 100',
            [
              {
                expr: 'histogram_quantile(0.99, sum by (controller, le) (rate(etcd_operator_pass_duration_seconds_bucket[$__rate_interval])))',
                legend: '{{controller}}',
              },
            ],
            { about: 'Long passes mean a slow API server or members that do not answer.', unit: 's', span: 8 },
          ),
          graph('Objects that wait for a pass', [{ expr: 'sum by (controller) (etcd_operator_queue_depth)', legend: '{{controller}}' }], {
            about: 'Above 0 for long: the operator has too little CPU.',
            span: 8,
          }),
          graph(
            'Requests to the API server in a minute',
            [{ expr: 'sum by (verb, code) (rate(etcd_operator_api_requests_total[$__rate_interval])) * 60', legend: '{{verb}} {{code}}' }],
            { about: 'By verb and answer.', span: 12 },
          ),
          graph('Memory', [{ expr: 'process_resident_memory_bytes and on (instance) etcd_operator_leader', legend: '{{pod}}' }], {
            about: 'Of the pods of the operator.',
            unit: 'bytes',
            span: 12,
          }),
        ],
      ],
    ],
  })
}
