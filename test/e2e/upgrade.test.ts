import { expect } from 'vitest'
import { CORE_EVENT, ETCD_BACKUP, ETCD_BACKUP_SCHEDULE } from '../../src/adapters/kube/kinds.ts'
import type { Draft } from '../../src/adapters/kube/object.ts'
import type { EtcdBackupSchedule } from '../../src/api/backups.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { backupVolume } from './backup-volume.ts'
import { type ClusterHandle, condition, isNow, isStalled, rowOf, uidsOf } from './cluster-handle.ts'
import { isLong, scenario } from './harness.ts'

const names = ['demo-0', 'demo-1', 'demo-2']

const versionsIn = (cluster: EtcdCluster) => names.map((name) => rowOf(cluster, name)?.version)

/** Until every member runs it, the version of the cluster has followed, and nothing is left to do. */
async function untilVersion(demo: ClusterHandle, version: string, seconds: number): Promise<EtcdCluster> {
  const cluster = await demo.until(
    `every member runs ${version}`,
    seconds,
    (seen) => isNow(seen, 'Ready') && versionsIn(seen).every((one) => one === version),
  )
  expect(cluster.status?.version).toBe(version)
  return cluster
}

scenario('3.5 becomes 3.7 by one edit, while clients write', { seconds: 300 }, async ({ k8s, namespace, cluster, writer }) => {
  const demo = cluster('demo')
  // Names of etcd 3.5, which nobody has to edit.
  const extraArgs = { 'experimental-warning-apply-duration': '200ms', 'experimental-stop-grpc-service-on-defrag': 'true' }
  await demo.create({ size: 3, version: '3.5.35', etcd: { extraArgs } })
  await demo.untilReady()
  const clients = await writer({ writers: 3 })

  await clients.phase('3.5 -> 3.7')
  await demo.change({ version: '3.7.3' })
  const onTheWay = await demo.until('the first step is under way', 60, (seen) => versionsIn(seen).includes('3.6.16'))
  expect(onTheWay.status?.version).toBe('3.5.35')
  await demo.until('the last member gets 3.6', 90, (seen) => versionsIn(seen).every((one) => one === '3.6.16'))
  const after = await untilVersion(demo, '3.7.3', 180)
  // Every member has saved a snapshot before 3.7, which exits at entries of 3.5.
  expect(after.status?.logsFrom).toBe('3.6')
  expect((await demo.config())['demo-0.yaml']).toMatch(/^warning-apply-duration: 200000000$/m)
  expect((await demo.config())['demo-0.yaml']).toContain('StopGRPCServiceOnDefrag=true')
  // What a person should know, before it is so.
  const told = (await k8s.kube.list(CORE_EVENT, { namespace }, AbortSignal.timeout(10_000))).items.map(({ message }) => message ?? '')
  for (const words of [
    'no backup is taken first, because no EtcdBackupSchedule of demo tells where to',
    'Until the last member has started with 3.6.16, setting spec.version back leads back',
    'This is the last member with etcd 3.5: once it has started with 3.6.16',
    'This is the last member with etcd 3.6: once it has started with 3.7.3',
  ])
    expect(told).toContainEqual(expect.stringContaining(words))

  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
  expect(report.clusterIds).toHaveLength(1)
})

scenario('3.7 becomes 3.6 again, and the same data is served', { seconds: 240 }, async ({ cluster, writer }) => {
  const demo = cluster('demo')
  await demo.create({ size: 3, version: '3.7.3' })
  await demo.untilReady()
  const clients = await writer({ writers: 3 })

  await demo.change({ version: '3.6.16' })
  await demo.until('etcd is asked', 60, (seen) => seen.status?.nextStep?.reason === 'Downgrading' || versionsIn(seen).includes('3.6.16'))
  await untilVersion(demo, '3.6.16', 180)

  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
})

scenario(
  'a change of the minor version that is set back half way turns round, in both directions',
  { seconds: 300, skip: !isLong },
  async (stage) => {
    const demo = stage.cluster('demo')
    await demo.create({ size: 3, version: '3.6.16' })
    await demo.untilReady()
    const clients = await stage.writer({ writers: 2 })

    await clients.phase('up and back')
    await demo.change({ version: '3.7.3' })
    await demo.until('one member runs 3.7', 90, (seen) => versionsIn(seen).includes('3.7.3'))
    await demo.change({ version: '3.6.16' })
    await untilVersion(demo, '3.6.16', 120)

    await clients.phase('up')
    await demo.change({ version: '3.7.3' })
    await untilVersion(demo, '3.7.3', 120)

    await clients.phase('down and back')
    await demo.change({ version: '3.6.16' })
    await demo.until('one member runs 3.6', 90, (seen) => versionsIn(seen).includes('3.6.16'))
    await demo.change({ version: '3.7.3' })
    await untilVersion(demo, '3.7.3', 120)

    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
  },
)

scenario('what can not be reached is refused before anything is touched', { seconds: 120 }, async ({ cluster }) => {
  const demo = cluster('demo')
  await demo.create({ size: 3, version: '3.7.3' })
  await demo.untilReady()
  const before = uidsOf(await demo.pods())

  for (const version of ['3.5.35', '3.6.3']) {
    await demo.change({ version })
    const refused = await demo.until(`${version} is refused`, 30, (seen) => isStalled(seen, 'VersionRefused'))
    expect(condition(refused, 'Stalled')?.message).toContain(version)
    expect(condition(refused, 'Available')?.status).toBe('True')
  }
  await demo.change({ version: '3.6.16', etcd: { extraArgs: { 'feature-gates': 'FastLeaseKeepAlive=true' } } })
  await demo.until('the option is refused', 30, (seen) => isStalled(seen, 'InvalidSpec'))
  await demo.change({ version: '3.7.3', etcd: { extraArgs: null } })
  await demo.untilReady(60)
  expect(uidsOf(await demo.pods())).toEqual(before)
})

scenario('a verified backup comes first where a schedule tells where to', { seconds: 240 }, async (stage) => {
  const { k8s, namespace } = stage
  const demo = stage.cluster('demo')
  const volume = await backupVolume(stage)
  await demo.create({ size: 1, version: '3.6.11' })
  await demo.untilReady()
  const spec = { cluster: 'demo', schedule: '0 3 * * *', suspend: true, storage: { volume: { claimName: volume.claimName } } }
  const draft = { metadata: { namespace, name: 'nightly' }, spec } as unknown as Draft<EtcdBackupSchedule>
  await k8s.kube.create(ETCD_BACKUP_SCHEDULE, draft, AbortSignal.timeout(10_000))

  await demo.change({ version: '3.6.16' })
  await demo.until(
    'a backup is taken',
    60,
    (seen) => seen.status?.nextStep?.reason === 'BackingUpFirst' || seen.status?.lastBackup !== undefined,
  )
  await demo.until('it runs 3.6.16', 150, (seen) => isNow(seen, 'Ready') && rowOf(seen, 'demo-0')?.version === '3.6.16')
  const backups = await k8s.kube.list(ETCD_BACKUP, { namespace }, AbortSignal.timeout(10_000))
  expect(backups.items.map(({ status }) => [status?.phase, status?.etcdVersion])).toEqual([['Completed', '3.6.11']])
})
