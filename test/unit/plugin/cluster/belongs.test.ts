import { expect, test } from 'vitest'
import type { EtcdBackup, EtcdRestore } from '../../../../src/api/backups.ts'
import { belongsTo } from '../../../../src/plugin/cluster/belongs.ts'
import { inOrder } from '../../../../src/plugin/cluster/event-table.ts'
import { aSeenCluster } from '../../../builders/a-seen-cluster.ts'
import { withCrdDefaults } from '../../../builders/crd-defaults.ts'

const backup = (name: string, cluster: string): EtcdBackup =>
  withCrdDefaults('etcdbackups', { metadata: { name, namespace: 'ns' }, spec: { cluster, storage: { volume: { claimName: 'c' } } } })
const restore = (name: string, cluster: string): EtcdRestore =>
  withCrdDefaults('etcdrestores', { metadata: { name, namespace: 'ns' }, spec: { cluster, source: { backup: 'b1' } } })

const relatives = { backups: [backup('b1', 'demo'), backup('b2', 'other')], schedules: [], restores: [restore('r1', 'demo')], users: [] }
const isOfDemo = belongsTo(aSeenCluster(), relatives)

test.each([
  ['EtcdCluster', 'demo'],
  ['Pod', 'demo-0'],
  // It left long ago; its events are still there.
  ['Pod', 'demo-6'],
  ['PersistentVolumeClaim', 'data-demo-6'],
  ['Service', 'demo-peers'],
  ['Secret', 'demo-server-tls'],
  ['EtcdBackup', 'b1'],
  ['Job', 'b1-backup'],
  ['Pod', 'b1-backup-x7k2p'],
  ['Pod', 'r1-source-abcde'],
  ['EtcdRestore', 'r1'],
])('%s %s belongs to the cluster', (kind, name) => {
  expect(isOfDemo(kind, name)).toBe(true)
})

test.each([
  ['EtcdCluster', 'demo2'],
  ['Pod', 'demo2-0'],
  ['Pod', 'demo-1-0'],
  ['Pod', 'demo-web-0'],
  ['PersistentVolumeClaim', 'data-demo-1-0'],
  ['EtcdBackup', 'b2'],
  ['Pod', 'b2-backup-x7k2p'],
  ['Deployment', 'demo'],
])('%s %s does not', (kind, name) => {
  expect(isOfDemo(kind, name)).toBe(false)
})

test('events are in the order of their times, and within a second in that of their names', () => {
  const event = (name: string, lastTimestamp: string | undefined, eventTime?: string) => ({
    metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:09Z' },
    involvedObject: {},
    ...(lastTimestamp === undefined ? {} : { lastTimestamp }),
    ...(eventTime === undefined ? {} : { eventTime }),
  })
  const events = [
    event('demo.3', '2026-01-01T00:00:05Z'),
    event('demo.1', '2026-01-01T00:00:05Z', '2026-01-01T00:00:05.9Z'),
    event('pod', undefined, '2026-01-01T00:00:02.5Z'),
    event('bare', undefined),
  ]
  expect(inOrder(events).map(({ metadata }) => metadata.name)).toEqual(['pod', 'demo.1', 'demo.3', 'bare'])
})
