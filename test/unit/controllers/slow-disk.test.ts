import { expect, test } from 'vitest'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import { ClusterWorld } from './cluster-world.ts'

test('a slow disk is told by a hint at once, by one Event, and by a metric, and ends when it is fast again', async () => {
  const world = new ClusterWorld(anEtcdCluster({}, { bootstrap: { size: 3, token: 't', incarnation: 'i' } }))
  const pass = world.passes()
  const events = () => world.events.filter(({ reason }) => reason === 'SlowDisk')
  const demo0 = { walFsyncP99: 0.2, backendCommitP99: 0.01, peerRoundTripP99: undefined, slowInARow: 5 }
  for (let turn = 0; turn < 6; turn++) await pass()
  expect(world.cluster?.status?.memberStatus?.map(({ name }) => name)).toContain('demo-0')
  expect(world.cluster?.status?.performance).toBeUndefined()

  world.performance = new Map([['demo-0', { ...demo0, isSlow: true }]])
  for (let turn = 0; turn < 4; turn++) await pass()
  expect(world.cluster?.status?.performance).toMatchObject({
    members: [{ name: 'demo-0', fsyncP99: '200ms', commitP99: '10ms' }],
    hint: { reason: 'SlowDisk', message: expect.stringContaining('demo-0') },
  })
  expect(events()).toMatchObject([{ type: 'Warning', action: 'Measure' }])
  const page = await world.metrics.registry.metrics()
  expect(page).toContain('etcd_operator_member_slow_disk{namespace="ns",etcd_cluster="demo",member="demo-0"} 1\n')
  expect(page).toContain('etcd_operator_member_wal_fsync_p99_seconds{namespace="ns",etcd_cluster="demo",member="demo-0"} 0.2\n')

  const fast = { ...demo0, walFsyncP99: 0.002, isSlow: false, slowInARow: 0 }
  world.performance = new Map(['demo-0', 'demo-1', 'demo-2'].map((name) => [name, fast]))
  await pass()
  expect(world.cluster?.status?.performance?.hint).toBeUndefined()
  expect(events()).toHaveLength(1)
})

test('figures alone are written after ten minutes, not before', async () => {
  const world = new ClusterWorld(anEtcdCluster({}, { bootstrap: { size: 3, token: 't', incarnation: 'i' } }))
  const pass = world.passes()
  for (let turn = 0; turn < 6; turn++) await pass()
  const figures = (walFsyncP99: number) => ({
    walFsyncP99,
    backendCommitP99: 0.01,
    peerRoundTripP99: undefined,
    slowInARow: 0,
    isSlow: false,
  })
  world.performance = new Map([['demo-0', figures(0.05)]])
  world.later(590_000)
  await pass()
  expect(world.cluster?.status?.performance).toBeUndefined()
  world.later(10_000)
  await pass()
  expect(world.cluster?.status?.performance?.members).toMatchObject([{ fsyncP99: '50ms' }])
  world.performance = new Map([['demo-0', figures(0.01)]])
  world.later(300_000)
  await pass()
  expect(world.cluster?.status?.performance?.members).toMatchObject([{ fsyncP99: '50ms' }])
})
