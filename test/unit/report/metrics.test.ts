import { describe, expect, test } from 'vitest'
import { createMetrics } from '../../../src/report/metrics.ts'

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

test('failed backups of a cluster are forgotten with it', async () => {
  const metrics = createMetrics('1.2.3')
  metrics.backupFailed('ns', 'demo')
  expect(await metrics.registry.metrics()).toContain('etcd_operator_backup_failures_total{namespace="ns",cluster="demo"} 1\n')
  metrics.forget('ns', 'demo')
  expect(await metrics.registry.metrics()).not.toContain('cluster="demo"')
})

test('the version of the operator is a label of a metric that is always 1', async () => {
  expect(await createMetrics('1.2.3').registry.metrics()).toContain('etcd_operator_build_info{version="1.2.3"} 1\n')
})
