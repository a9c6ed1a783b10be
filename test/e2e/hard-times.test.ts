import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { CONFIG_MAP, type Pod } from '../../src/adapters/kube/kinds.ts'
import { run, tryRun } from '../cluster/command.ts'
import { type ClusterHandle, condition, idsOf, isReady, podOf, rowOf } from './cluster-handle.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { emptyVolume, killEtcd, signalEtcd } from './member-process.ts'
import { rest, until } from './until.ts'

const writers = 2

for (const seconds of isLong ? [2, 20, 120] : [20]) {
  scenario(
    `a leader that is frozen for ${seconds} s is not replaced, and costs only what it had in hand`,
    { seconds: 150 + seconds, alone: true },
    async (stage) => {
      const demo = stage.cluster('demo')
      await demo.create({ size: 3 })
      const { status } = await demo.untilReady()
      const ids = await idsOf(demo)
      const clients = await stage.writer({ writers })
      const leader = await podOf(demo, status?.leader ?? '')

      signalEtcd(leader, 'SIGSTOP')
      try {
        await rest(seconds)
      } finally {
        // The kubelet may have restarted one that stood still for two minutes.
        try {
          signalEtcd(leader, 'SIGCONT')
        } catch {}
      }
      await demo.untilReady(60)
      expect(await idsOf(demo)).toEqual(ids)
      expect((await podOf(demo, leader.metadata.name)).metadata.uid).toBe(leader.metadata.uid)
      const report = await clients.verify()
      expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
      expect(report.failed).toBeLessThanOrEqual(writers)
    },
  )
}

scenario('all pods deleted at once come back with the same members and all data', { seconds: 150, skip: !isLong }, async (stage) => {
  await comesBack(stage, ['delete', 'pods', '--selector=etcd-operator.dev/cluster=demo', '--wait=false'])
})

scenario('all pods killed without a grace period come back with the same members and all data', { seconds: 150 }, async (stage) => {
  await comesBack(stage, ['delete', 'pods', '--selector=etcd-operator.dev/cluster=demo', '--grace-period=0', '--force'])
})

scenario('a follower and a leader that are killed come back as the same members', { seconds: 150 }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  const { status } = await demo.untilReady()
  const ids = await idsOf(demo)
  const clients = await stage.writer({ writers })
  const leader = status?.leader ?? ''
  const follower = (await demo.pods()).find(({ metadata }) => metadata.name !== leader)?.metadata.name ?? ''
  for (const name of [follower, leader]) {
    const before = await podOf(demo, name)
    signalEtcd(before, 'SIGKILL')
    await until(`${name} runs again`, 60, async () => {
      const now = await podOf(demo, name)
      return now.metadata.uid === before.metadata.uid && isReady(now) && restartsOf(now) > restartsOf(before) ? true : undefined
    })
    await demo.untilReady(60)
  }
  expect(await idsOf(demo)).toEqual(ids)
  expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

scenario(
  'all processes killed at the same moment come back with the same members and all data',
  { seconds: 150, skip: !isLong },
  async (stage) => {
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    const ids = await idsOf(demo)
    const clients = await stage.writer({ writers })
    for (const pod of await demo.pods()) signalEtcd(pod, 'SIGKILL')
    await demo.until('it is away', 30, (one) => condition(one, 'Ready')?.status !== 'True')
    await demo.untilReady(90)
    expect(await idsOf(demo)).toEqual(ids)
    expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
  },
)

scenario(
  'a member that crashes on a bad option is reported and not replaced, and heals with the option',
  { seconds: 210, alone: true },
  async (stage) => {
    const { k8s, namespace, kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    const ids = await idsOf(demo)
    const clients = await stage.writer({ writers })

    // Somebody edits the config of one member, where the operator doesn't take it back.
    await demo.change({ paused: true })
    const good = (await demo.config())['demo-1.yaml'] ?? ''
    const bad = `${good}\nheartbeat-interval: "soon"\n`
    await k8s.kube.patch(CONFIG_MAP, { namespace, name: 'demo-members' }, { data: { 'demo-1.yaml': bad } }, AbortSignal.timeout(10_000))
    await kubectl(['delete', 'pod', 'demo-1'])
    const seen = await demo.until('the member is told', 90, (one) => /OptionRefused/.test(rowOf(one, 'demo-1')?.message ?? ''))
    expect(condition(seen, 'Available')?.status).toBe('True')
    expect(rowOf(seen, 'demo-1')?.role).toBe('Voter')

    await demo.change({ paused: false })
    await demo.untilReady(120)
    expect(await idsOf(demo)).toEqual(ids)
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
    expect(report.failed).toBeLessThanOrEqual(writers)
  },
)

scenario(
  'a member whose volume is full is reported and not replaced, and comes back with room',
  { seconds: 240, skip: !isLong },
  async (stage) => {
    const small = await smallVolumes(stage, ['full', 'roomy', 'roomy'])
    try {
      const demo = stage.cluster('demo')
      await demo.create({ size: 3, storage: { size: '256Mi', className: small.className } })
      await demo.untilReady(90)
      const ids = await idsOf(demo)
      const clients = await stage.writer({ writers })
      const name = await memberOn(stage, demo, small.volumes[0] ?? '')

      await small.fill()
      // It may have ended at the first write that found no room.
      killEtcd(await podOf(demo, name))
      const seen = await demo.until('the member is told', 120, (one) =>
        /no space left|CrashLooping|VolumeFull/.test(rowOf(one, name)?.message ?? ''),
      )
      expect(condition(seen, 'Available')?.status).toBe('True')
      expect(rowOf(seen, name)?.role).toBe('Voter')
      await rest(10)
      expect(await idsOf(demo)).toEqual(ids)

      small.makeRoom()
      await demo.untilReady(120)
      expect(await idsOf(demo)).toEqual(ids)
      expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
    } finally {
      await small.remove()
    }
  },
)

scenario(
  'a volume that is wiped in the first minute costs no acknowledged write, and its member is replaced',
  { seconds: 180, alone: true },
  async (stage) => {
    const { k8s, namespace } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    const { clusterID } = (await demo.untilReady()).status ?? {}
    const before = await demo.members()
    const wiped = before.find(({ name }) => name === 'demo-1')
    const clients = await stage.writer({ writers })

    await emptyVolume(k8s, namespace, 'data-demo-1')
    killEtcd(await podOf(demo, 'demo-1'))
    const after = await until('the member is replaced', 90, async () => {
      const members = await demo.members()
      const replaced = members.find(({ name, isLearner }) => name === 'demo-1' && !isLearner)
      return replaced !== undefined && replaced.id !== wiped?.id && members.length === 3 ? members : undefined
    })
    expect((await demo.untilReady(60)).status?.clusterID).toBe(clusterID)
    for (const name of ['demo-0', 'demo-2']) expect(idOf(after, name)).toBe(idOf(before, name))
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
    expect(report.failed).toBeLessThanOrEqual(writers)
  },
)

async function comesBack(stage: Stage, deletion: readonly string[]): Promise<void> {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  const { clusterID } = (await demo.untilReady()).status ?? {}
  const ids = await idsOf(demo)
  const uids = new Set((await demo.pods()).map(({ metadata }) => metadata.uid))
  const clients = await stage.writer({ writers })
  await stage.kubectl(deletion)
  await until('all pods are new and ready', 90, async () => {
    const pods = await demo.pods()
    return pods.length === 3 && pods.every((pod) => !uids.has(pod.metadata.uid) && isReady(pod)) ? true : undefined
  })
  expect((await demo.untilReady(60)).status?.clusterID).toBe(clusterID)
  expect(await idsOf(demo)).toEqual(ids)
  expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
}

interface SmallVolumes {
  readonly className: string
  /** Names of the PersistentVolumes. */
  readonly volumes: readonly string[]
  fill(): Promise<void>
  makeRoom(): void
  remove(): Promise<void>
}

/** Volumes of this machine, each on its own node; those that are to be full have a file system of their own, of 192 MiB. */
async function smallVolumes({ k8s, namespace }: Stage, kinds: readonly ('full' | 'roomy')[]): Promise<SmallVolumes> {
  const folder = join('/var/tmp', namespace)
  const className = `small-of-${namespace}`
  const mounted: string[] = []
  const objects = await Promise.all(
    kinds.map(async (kind, index) => {
      const path = join(folder, String(index))
      mkdirSync(path, { recursive: true })
      if (kind === 'full') {
        await run('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', path])
        mounted.push(path)
      }
      await run('chmod', ['0777', path])
      return {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: `${namespace}-${index}` },
        spec: {
          capacity: { storage: '256Mi' },
          accessModes: ['ReadWriteOnce'],
          storageClassName: className,
          persistentVolumeReclaimPolicy: 'Retain',
          local: { path },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [k8s.info.nodes[index]?.name] }] },
              ],
            },
          },
        },
      }
    }),
  )
  const storageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: className },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  }
  for (const object of [storageClass, ...objects]) await k8s.kubectl(['create', '--filename', '-'], JSON.stringify(object))
  const filler = join(folder, '0', 'filler')
  return {
    className,
    volumes: objects.map(({ metadata }) => metadata.name),
    fill: async () => void (await tryRun('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k'])),
    makeRoom: () => rmSync(filler),
    remove: async () => {
      await k8s.kubectl(['delete', 'namespace', namespace, '--request-timeout=0'])
      await k8s.kubectl(['delete', 'storageclass', className, '--ignore-not-found'])
      await k8s.kubectl(['delete', 'persistentvolume', ...objects.map(({ metadata }) => metadata.name), '--ignore-not-found'])
      for (const path of mounted) await tryRun('umount', [path])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The member whose claim is bound to a volume. */
async function memberOn({ kubectl }: Stage, demo: ClusterHandle, volume: string): Promise<string> {
  const claim = (await demo.volumes()).find(({ spec }) => spec?.volumeName === volume)?.metadata.name
  if (claim === undefined) throw new Error(`no claim has volume ${volume}: ${await kubectl(['get', 'persistentvolumeclaims'])}`)
  return claim.slice('data-'.length)
}

function idOf(members: readonly { readonly name: string; readonly id: string }[], name: string): string | undefined {
  return members.find((member) => member.name === name)?.id
}

function restartsOf({ status }: Pod): number {
  return status?.containerStatuses?.[0]?.restartCount ?? 0
}
