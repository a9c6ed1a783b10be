import { expect } from 'vitest'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { backupHandle } from './backup-handle.ts'
import { backupVolume } from './backup-volume.ts'
import { aWish, condition, idsOf } from './cluster-handle.ts'
import { isLong, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { endOf, restoreHandle } from './restore-handle.ts'
import { until } from './until.ts'

scenario(
  'a change of mode is taken back half way, and members come and one is lost in the middle of others',
  { seconds: 480, alone: true, skip: !isLong },
  async (stage) => {
    const { k8s, kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3, tls: { mode: 'Optional' } })
    await demo.untilReady()
    const ids = await idsOf(demo)
    const clients = await stage.writer({ tls: true })

    await demo.change({ tls: { mode: 'Required' } })
    await demo.until('a member listens with TLS alone', 60, (one) => profiles(one).includes('Required'))
    await demo.change({ tls: { mode: 'Optional' } })
    await crash(k8s, await leadingPod(k8s))
    expect(profiles(await demo.untilReady(120))).toEqual(['Optional', 'Optional', 'Optional'])
    expect(await idsOf(demo)).toEqual(ids)

    await demo.change({ tls: { mode: 'Required' } })
    await demo.until('a member listens with TLS alone', 60, (one) => profiles(one).includes('Required'))
    await demo.change({ size: 5 })
    expect(profiles(await demo.untilReady(180))).toEqual(Array(5).fill('Required'))
    await demo.until('it is proved', 60, (one) => condition(one, 'Encrypted')?.status === 'True')
    expect(await clients.report()).toMatchObject({ failed: 0, backwards: 0 })

    await demo.change({ tls: { mode: 'Optional' } })
    await demo.until('a member takes plain text again', 60, (one) => profiles(one).includes('Optional'))
    const lost = (await demo.members()).find(({ name }) => name === 'demo-4')?.id
    await kubectl(['delete', 'persistentvolumeclaim', 'data-demo-4', '--wait=false'])
    await kubectl(['delete', 'pod', 'demo-4', '--wait=false'])
    await until('demo-4 has a vote under another ID', 120, async () => {
      const members = await demo.members()
      return members.length === 5 && members.every(({ id, isLearner }) => !isLearner && id !== lost) ? true : undefined
    })
    expect(profiles(await demo.untilReady(180))).toEqual(Array(5).fill('Optional'))
    expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
    await untilOperatorIsWhole(k8s)
  },
)

scenario('a backup in plain text becomes a cluster with TLS, and the other way round', { seconds: 300, skip: !isLong }, async (stage) => {
  const { kubectl } = stage
  const [plain, encrypted, again] = ['plain', 'encrypted', 'again'].map((name) => stage.cluster(name))
  await backupVolume(stage)
  await plain?.create({ size: 1, tls: { mode: 'Off' } })
  await plain?.untilReady()
  await kubectl(['exec', 'plain-0', '--', 'etcdctl', 'put', 'greeting', 'hello'])

  await backupHandle(stage, 'b1').create({ cluster: 'plain' })
  await backupHandle(stage, 'b1').untilCompleted(90)
  await restoreHandle(stage, 'up').create({ source: { backup: 'b1' }, cluster: 'encrypted', clusterSpec: aWish({ size: 1 }) })
  expect(endOf(await restoreHandle(stage, 'up').untilEnded(150))).toBe('Completed')
  const { status } = (await encrypted?.until('it is proved', 60, (one) => condition(one, 'Encrypted')?.status === 'True')) ?? {}
  expect(status?.tls?.mode).toBe('Required')
  expect(await kubectl(['exec', 'encrypted-0', '--', 'etcdctl', 'get', 'greeting', '--print-value-only'])).toBe('hello\n')

  await backupHandle(stage, 'b2').create({ cluster: 'encrypted' })
  await backupHandle(stage, 'b2').untilCompleted(90)
  const clusterSpec = aWish({ size: 1, tls: { mode: 'Off' } })
  await restoreHandle(stage, 'down').create({ source: { backup: 'b2' }, cluster: 'again', clusterSpec })
  expect(endOf(await restoreHandle(stage, 'down').untilEnded(150))).toBe('Completed')
  expect((await again?.untilReady())?.status?.tls?.mode).toBe('Off')
  expect(await kubectl(['exec', 'again-0', '--', 'etcdctl', 'get', 'greeting', '--print-value-only'])).toBe('hello\n')
})

/** How the members listen, one after the other. */
function profiles({ status }: EtcdCluster): readonly (string | undefined)[] {
  return status?.memberStatus?.map(({ profile }) => profile) ?? []
}
