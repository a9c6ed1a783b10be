import { describe, expect, test } from 'vitest'
import { createMetrics } from '../../../src/report/metrics.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import { anEtcdBackupSchedule } from '../../builders/a-schedule.ts'

describe('the newest backup of each cluster', () => {
  test('is asked for at every scrape, so that its age grows and what has gone is forgotten', async () => {
    const metrics = createMetrics('1.2.3')
    let newest = [{ namespace: 'ns', cluster: 'demo', ageMs: 90_000, bytes: 20_480 }]
    let looks = 0
    metrics.newestBackupsFrom(() => {
      looks++
      return newest
    })
    const page = await metrics.registry.metrics()
    expect(page).toContain('etcd_operator_backup_age_seconds{namespace="ns",cluster="demo"} 90\n')
    expect(page).toContain('etcd_operator_backup_size_bytes{namespace="ns",cluster="demo"} 20480\n')
    expect(looks).toBe(1)

    newest = newest.map((one) => ({ ...one, ageMs: 150_000 }))
    expect(await metrics.registry.metrics()).toContain('etcd_operator_backup_age_seconds{namespace="ns",cluster="demo"} 150\n')
    newest = []
    expect(await metrics.registry.metrics()).not.toContain('cluster="demo"')
  })
})

const of = { namespace: 'ns', cluster: 'demo' }
const samples = async (metrics: ReturnType<typeof createMetrics>) =>
  (await metrics.registry.metrics()).split('\n').filter((line) => !line.startsWith('#'))

describe('everything that is said of a cluster', () => {
  const said = () => {
    const metrics = createMetrics('1.2.3')
    const conditions = [{ type: 'Ready', status: 'True' as const, reason: '', message: '', lastTransitionTime: '' }]
    metrics.observed(anEtcdCluster({}, { members: 3, readyMembers: 2, conditions }))
    metrics.stepFailed(of, 'AddLearner')
    metrics.backupFailed(of)
    metrics.backupDone(of, 4000)
    metrics.scheduleObserved(anEtcdBackupSchedule(), 2)
    return metrics
  }

  test('has the labels namespace and cluster, and no name of its own for them', async () => {
    const labelled = (await samples(said())).filter((line) => line.includes('{') && /namespace=|cluster=|name=/.test(line))
    const foreign = labelled.filter((line) => !/namespace="ns"/.test(line) || !/cluster="demo"/.test(line) || /[{,]name=/.test(line))
    expect(labelled.length).toBeGreaterThan(10)
    expect(foreign).toEqual([])
  })

  test('counts its members and those that serve', async () => {
    expect(await samples(said())).toEqual(
      expect.arrayContaining([
        'etcd_operator_cluster_members{namespace="ns",cluster="demo"} 3',
        'etcd_operator_cluster_ready_members{namespace="ns",cluster="demo"} 2',
        'etcd_operator_cluster_condition{namespace="ns",cluster="demo",condition="Ready"} 1',
        'etcd_operator_step_failures_total{namespace="ns",cluster="demo",action="AddLearner"} 1',
        'etcd_operator_backup_failures_total{namespace="ns",cluster="demo"} 1',
      ]),
    )
  })

  test('is forgotten with it', async () => {
    const metrics = said()
    metrics.forgetSchedule('ns', 'often')
    metrics.forget('ns', 'demo')
    expect((await samples(metrics)).filter((line) => line.includes('cluster="demo"'))).toEqual([])
  })
})

describe('a schedule', () => {
  test('that makes no backups before a person acts is seen', async () => {
    const metrics = createMetrics('1.2.3')
    const stalled = { type: 'Stalled', status: 'True' as const, reason: 'ClusterNotFound', message: '', lastTransitionTime: '' }
    metrics.scheduleObserved(anEtcdBackupSchedule({}, { conditions: [stalled] }), 0)
    expect(await samples(metrics)).toContain('etcd_operator_schedule_stalled{namespace="ns",cluster="demo",schedule="often"} 1')
  })

  test('of another cluster than before is told of that one alone', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.scheduleObserved(anEtcdBackupSchedule(), 2)
    metrics.scheduleObserved(anEtcdBackupSchedule({ cluster: 'other' }), 0)
    const lines = await samples(metrics)
    expect(lines).toContain('etcd_operator_schedule_missed_total{namespace="ns",cluster="other",schedule="often"} 0')
    expect(lines.filter((line) => line.includes('cluster="demo"'))).toEqual([])
  })
})

describe('an EtcdUser', () => {
  const ready = 'etcd_operator_user_ready{namespace="ns",cluster="demo",user="app"}'
  const expiry = 'etcd_operator_certificate_expiry_seconds{namespace="ns",cluster="demo",user="app"}'

  test('is told of with its certificate, beside that of its cluster', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.observed(anEtcdCluster({}, { tls: { mode: 'Required', nextExpiry: '2026-11-21T10:00:00Z' } }))
    metrics.userObserved(of, 'app', { isReady: true, expiry: 1_800_000_000_000 })
    const lines = await samples(metrics)
    expect(lines).toEqual(expect.arrayContaining([`${ready} 1`, `${expiry} 1800000000`]))
    expect(lines).toContain('etcd_operator_certificate_expiry_seconds{namespace="ns",cluster="demo"} 1795255200')
    metrics.userObserved(of, 'app', { isReady: false, expiry: undefined })
    expect((await samples(metrics)).filter((line) => line.includes('user="app"'))).toEqual([`${ready} 0`])
  })

  test('is forgotten with it', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.userObserved(of, 'app', { isReady: true, expiry: 1_800_000_000_000 })
    metrics.forgetUser('ns', 'app')
    expect((await samples(metrics)).filter((line) => line.includes('user="app"'))).toEqual([])
  })
})

test('the version of the operator is a label of a metric that is always 1', async () => {
  expect(await createMetrics('1.2.3').registry.metrics()).toContain('etcd_operator_build_info{version="1.2.3"} 1\n')
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
