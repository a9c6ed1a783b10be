import { describe, expect, test } from 'vitest'
import { clusterFigures } from '../../../../src/report/metrics/cluster-figures.ts'
import { createMetrics } from '../../../../src/report/metrics/metrics.ts'
import { aCluster, now } from '../../../builders/a-cluster.ts'
import { anEtcdBackupSchedule } from '../../../builders/a-schedule.ts'

const of = { namespace: 'ns', cluster: 'demo' }
const samples = async (metrics: ReturnType<typeof createMetrics>) =>
  (await metrics.registry.metrics()).split('\n').filter((line) => !line.startsWith('#'))
const figures = clusterFigures(aCluster().running(), {
  members: 3,
  conditions: [{ type: 'Ready', status: 'True', reason: '', message: '', lastTransitionTime: '' }],
  memberStatus: [{ name: 'demo-0', role: 'Voter', leader: true, ready: true }],
})

test('a page has each family once, with its help and its type, and ends with a new line', async () => {
  const metrics = createMetrics('1.2.3')
  metrics.clusterSeen(figures)
  metrics.userObserved(of, 'app', { isReady: true, certificate: { notBefore: now, notAfter: now + 9000 } })
  const page = await metrics.registry.metrics()
  const typed = page.split('\n').flatMap((line) => /^# TYPE (\S+) (gauge|counter|histogram|summary)$/.exec(line)?.[1] ?? [])
  expect(typed.length).toBeGreaterThan(40)
  expect(new Set(typed).size).toBe(typed.length)
  expect(page).toMatch(/[^\n]\n$/)
  for (const line of page.split('\n').filter((one) => one !== '' && !one.startsWith('#')))
    expect(line).toMatch(/^[a-z_]+[a-z0-9_]*(\{[a-zA-Z_]+="[^"]*"(,[a-zA-Z_]+="[^"]*")*\})? \S+$/)
})

describe('the newest backup of each cluster', () => {
  test('is asked for at every scrape, so that what has gone is forgotten', async () => {
    const metrics = createMetrics('1.2.3')
    let newest = [{ ...of, takenAt: 1_800_000_000_000, bytes: 20_480 }]
    metrics.newestBackupsFrom(() => newest)
    const lines = await samples(metrics)
    expect(lines).toContain('etcd_operator_backup_last_success_timestamp_seconds{namespace="ns",etcd_cluster="demo"} 1800000000')
    expect(lines).toContain('etcd_operator_backup_size_bytes{namespace="ns",etcd_cluster="demo"} 20480')
    newest = []
    expect(await metrics.registry.metrics()).not.toContain('etcd_cluster="demo"')
  })
})

describe('everything that is said of a cluster', () => {
  const said = () => {
    const metrics = createMetrics('1.2.3')
    metrics.clusterSeen(figures)
    metrics.stepFailed(of, 'AddLearner')
    metrics.backupFailed(of)
    metrics.backupDone(of, 4000)
    metrics.authWritten(of)
    metrics.scheduleObserved(anEtcdBackupSchedule(), 2)
    return metrics
  }

  test('has the labels namespace and etcd_cluster, and no name of its own for them', async () => {
    const labelled = (await samples(said())).filter((line) => /[{,](namespace|etcd_cluster|cluster|name)=/.test(line))
    const foreign = labelled.filter((line) => !/[{,]namespace="ns",etcd_cluster="demo"[,}]/.test(line) || /[{,](name|cluster)=/.test(line))
    expect(labelled.length).toBeGreaterThan(25)
    expect(foreign).toEqual([])
  })

  test('counts failed steps and backups', async () => {
    expect(await samples(said())).toEqual(
      expect.arrayContaining([
        'etcd_operator_cluster_condition{namespace="ns",etcd_cluster="demo",condition="Ready"} 1',
        'etcd_operator_step_failures_total{namespace="ns",etcd_cluster="demo",action="AddLearner"} 1',
        'etcd_operator_backup_failures_total{namespace="ns",etcd_cluster="demo"} 1',
      ]),
    )
  })

  test('is forgotten with it', async () => {
    const metrics = said()
    metrics.forgetSchedule('ns', 'often')
    metrics.forget(of)
    expect((await samples(metrics)).filter((line) => line.includes('etcd_cluster="demo"'))).toEqual([])
  })

  test('is not told while the operator may not read its namespace', async () => {
    const metrics = said()
    let state: 'read' | 'refused' = 'refused'
    metrics.scopesFrom(() => [
      { namespace: 'other', state: 'read' },
      { namespace: 'ns', state },
    ])
    const desired = 'etcd_operator_cluster_members_desired{namespace="ns",etcd_cluster="demo"} 3'
    expect(await samples(metrics)).not.toContain(desired)
    state = 'read'
    expect(await samples(metrics)).toContain(desired)
  })
})

describe('a schedule', () => {
  const stalled = 'etcd_operator_schedule_stalled{namespace="ns",etcd_cluster="demo",schedule="often"}'
  const interval = 'etcd_operator_backup_interval_seconds{namespace="ns",etcd_cluster="demo",schedule="often"}'

  test('that makes no backups before a person acts is seen', async () => {
    const metrics = createMetrics('1.2.3')
    const condition = { type: 'Stalled', status: 'True' as const, reason: 'ClusterNotFound', message: '', lastTransitionTime: '' }
    metrics.scheduleObserved(anEtcdBackupSchedule({}, { conditions: [condition] }), 0)
    expect(await samples(metrics)).toContain(`${stalled} 1`)
  })

  test('tells its longest interval, unless it is suspended or can not be read', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.scheduleObserved(anEtcdBackupSchedule({ schedule: '0 2 * * 1-5' }), 0)
    expect(await samples(metrics)).toContain(`${interval} ${72 * 3600}`)
    for (const spec of [{ suspend: true }, { schedule: '61 * * * *' }]) {
      metrics.scheduleObserved(anEtcdBackupSchedule(spec), 0)
      expect((await samples(metrics)).filter((line) => line.startsWith(interval))).toEqual([])
    }
  })

  test('of another cluster than before is told of that one alone', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.scheduleObserved(anEtcdBackupSchedule(), 2)
    metrics.scheduleObserved(anEtcdBackupSchedule({ cluster: 'other' }), 0)
    const lines = await samples(metrics)
    expect(lines).toContain('etcd_operator_schedule_missed_total{namespace="ns",etcd_cluster="other",schedule="often"} 0')
    expect(lines.filter((line) => line.includes('etcd_cluster="demo"'))).toEqual([])
  })
})

test('restores are counted by phase for the cluster that they make, and the last success counts for the cluster of the backup', async () => {
  const metrics = createMetrics('1.2.3')
  const made = { namespace: 'ns', cluster: 'drill', source: 'demo' }
  metrics.restoresFrom(() => [
    { ...made, phase: 'Completed', completedAt: 5_000 },
    { ...made, phase: 'Completed', completedAt: 7_000 },
    { ...made, phase: 'Failed', completedAt: undefined },
    { ...made, phase: 'Completed', source: undefined, completedAt: 9_000 },
  ])
  const lines = (await samples(metrics)).filter((line) => line.startsWith('etcd_operator_restore'))
  expect(lines).toEqual([
    'etcd_operator_restores{namespace="ns",etcd_cluster="drill",phase="Completed"} 3',
    'etcd_operator_restores{namespace="ns",etcd_cluster="drill",phase="Failed"} 1',
    'etcd_operator_restore_last_success_timestamp_seconds{namespace="ns",etcd_cluster="demo"} 7',
  ])
})

describe('an EtcdUser', () => {
  const ready = 'etcd_operator_user_ready{namespace="ns",etcd_cluster="demo",user="app"}'
  const certificate = { notBefore: 1_800_000_000_000, notAfter: 1_800_003_000_000 }

  test('is told of with its certificate', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.userObserved(of, 'app', { isReady: true, certificate })
    const labels = '{namespace="ns",etcd_cluster="demo",user="app",purpose="user"}'
    expect(await samples(metrics)).toEqual(
      expect.arrayContaining([
        `${ready} 1`,
        `etcd_operator_certificate_expiry_timestamp_seconds${labels} 1800003000`,
        `etcd_operator_certificate_renewal_timestamp_seconds${labels} 1800002000`,
      ]),
    )
    metrics.userObserved(of, 'app', { isReady: false, certificate: undefined })
    expect((await samples(metrics)).filter((line) => line.includes('user="app"'))).toEqual([`${ready} 0`])
  })

  test('is forgotten with it', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.userObserved(of, 'app', { isReady: true, certificate })
    metrics.forgetUser('ns', 'app')
    expect((await samples(metrics)).filter((line) => line.includes('user="app"'))).toEqual([])
  })
})

test('the version of the operator is a label of a metric that is always 1', async () => {
  expect(await createMetrics('1.2.3').registry.metrics()).toContain('etcd_operator_build_info{version="1.2.3"} 1\n')
})

test('what would end a label is escaped', async () => {
  const metrics = createMetrics('1.2.3')
  metrics.scopesFrom(() => [{ namespace: 'a"b\\c\nd', state: 'read' }])
  expect(await metrics.registry.metrics()).toContain('etcd_operator_watched_namespace{watched="a\\"b\\\\c\\nd"} 1\n')
})

test('requests, failed passes and queues are told with labels of a few words', async () => {
  const metrics = createMetrics('1.2.3')
  const queue = { waiting: 3 }
  metrics.queuesFrom(() => [['cluster', queue]])
  metrics.requested('patch', 'leases', 200)
  metrics.requested('patch', 'leases', undefined)
  metrics.passed('cluster', 20, undefined)
  metrics.passed('cluster', 20, 'forbidden')
  const page = await metrics.registry.metrics()
  expect(page).toContain('etcd_operator_api_requests_total{verb="patch",resource="leases",code="200"} 1\n')
  expect(page).toContain('etcd_operator_api_requests_total{verb="patch",resource="leases",code="none"} 1\n')
  expect(page).toContain('etcd_operator_pass_failures_total{controller="cluster",failure="forbidden"} 1\n')
  expect(page).toContain('etcd_operator_queue_depth{controller="cluster"} 3\n')
  queue.waiting = 0
  expect(await metrics.registry.metrics()).toContain('etcd_operator_queue_depth{controller="cluster"} 0\n')
})
