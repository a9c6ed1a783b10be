import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Pod } from '../../src/adapters/kube/kinds.ts'
import { copyData, filesOf, flipBit, recordsOf } from '../contract/damaged-files.ts'
import { type ClusterHandle, podOf } from './cluster-handle.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { signalEtcd, volumeFolder } from './member-process.ts'
import { until } from './until.ts'

scenario('a member whose log is damaged is replaced without help', { seconds: 240 }, async (stage) => {
  const { demo, id, clients } = await threeUnderLoad(stage)
  await changedWhileItStands(stage, demo, async (data) => {
    const wal = filesOf(join(data, 'member/wal'), '.wal').at(-1) ?? ''
    const starts = recordsOf(wal)
    const long = starts.find((start, index) => index > starts.length / 2 && (starts[index + 1] ?? 0) > start + 64)
    if (long === undefined) throw new Error(`${wal} has no long record`)
    flipBit(wal, long + 32)
  })
  await isReplaced(stage, demo, id, 'VolumeDamaged')
  expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

scenario('a member whose disk was set back is replaced without help', { seconds: 240, skip: !isLong }, async (stage) => {
  const { demo, id, clients } = await threeUnderLoad(stage)
  let older = ''
  await whileItStands(await podOf(demo, 'demo-1'), async () => {
    const data = await dataFolder(stage)
    older = `${data}-older`
    await copyData(data, older)
  })
  const { acknowledged } = await clients.report()
  await until('clients have written on', 30, async () => ((await clients.report()).acknowledged > acknowledged + 100 ? true : undefined))
  await changedWhileItStands(stage, demo, (data) => copyData(older, data))
  await isReplaced(stage, demo, id, 'VolumeSetBack')
  expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

/** demo-1 is a follower. */
async function threeUnderLoad(stage: Stage) {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  const { status } = await demo.untilReady()
  if (status?.leader === 'demo-1') await stage.kubectl(['delete', 'pod', 'demo-1'])
  await demo.untilReady()
  const clients = await stage.writer({ writers: 2 })
  const id = (await demo.members()).find(({ name }) => name === 'demo-1')?.id ?? ''
  return { demo, id, clients }
}

async function dataFolder({ k8s, namespace }: Stage): Promise<string> {
  const volume = await volumeFolder(k8s, namespace, 'data-demo-1')
  const incarnation = readdirSync(volume).find((name) => /^[0-9a-f]+$/.test(name)) ?? ''
  return join(volume, incarnation)
}

async function whileItStands(pod: Pod, work: () => Promise<void>): Promise<void> {
  signalEtcd(pod, 'SIGSTOP')
  await work().finally(() => signalEtcd(pod, 'SIGCONT'))
}

/** Its next process finds the data changed; the present one never sees it. */
async function changedWhileItStands(stage: Stage, demo: ClusterHandle, change: (data: string) => void | Promise<void>): Promise<void> {
  const pod = await podOf(demo, 'demo-1')
  signalEtcd(pod, 'SIGSTOP')
  await change(await dataFolder(stage))
  signalEtcd(pod, 'SIGKILL')
}

async function isReplaced({ kubectl }: Stage, demo: ClusterHandle, id: string, reason: string): Promise<void> {
  await until('demo-1 has a vote again, with another ID', 90, async () => {
    const members = await demo.members()
    const again = members.find(({ name }) => name === 'demo-1')
    return members.length === 3 && again !== undefined && again.id !== id && !again.isLearner ? members : undefined
  })
  expect((await demo.untilReady(90)).status?.members).toBe(3)
  const told = await kubectl(['get', 'events', '--field-selector', `reason=${reason}`, '--output=jsonpath={.items[*].message}'])
  expect(told).toMatch(/demo-1 .*joins again with a new ID/)
}
