import { expect } from 'vitest'
import { JOB, PERSISTENT_VOLUME_CLAIM, POD, STATEFUL_SET } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { backupHandle } from './backup-handle.ts'
import { backupVolume } from './backup-volume.ts'
import { isStalled } from './cluster-handle.ts'
import { hashOf } from './etcd-gateway.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { until } from './until.ts'

/** An EtcdCluster that names a backup itself: what an EtcdRestore makes, and what a person keeps in a repository. */

const fromBackup = { restore: { backup: 'b1' } }
const restored = '1000000000'

scenario('a cluster begins with a backup beside the volumes that its predecessor left', { seconds: 240 }, async (stage) => {
  const { k8s, namespace, kubectl } = stage
  const demo = stage.cluster('demo')
  // On this storage a volume never leaves its node: the backup has to be where the volumes are.
  const pod = { nodeSelector: { 'kubernetes.io/hostname': k8s.info.nodes[0]?.name ?? '' } }
  await backupVolume(stage)
  await demo.create({ size: 3, pod })
  const before = (await demo.untilReady()).status
  await etcdctl(stage, 'demo-0', 'put', 'in the backup', 'yes')
  await backupHandle(stage, 'b1').create()
  const backup = await backupHandle(stage, 'b1').untilCompleted()
  await etcdctl(stage, 'demo-0', 'put', 'after the backup', 'yes')
  const claims = (await demo.volumes()).map(({ metadata }) => metadata.uid).toSorted()
  await demo.delete()

  await demo.create({ size: 3, pod, bootstrap: fromBackup })
  const { status } = await demo.untilReady(150)
  expect(status?.clusterID).not.toBe(before?.clusterID)
  expect(status?.bootstrap?.restore).toMatchObject({ path: 'demo/b1.db', revision: backup.status?.revision, restoredKeys: 1 })
  expect(await etcdctl(stage, 'demo-0', 'get', '', '--prefix', '--keys-only')).toBe('in the backup\n\n')
  const at = String(BigInt(backup.status?.revision ?? 0) + BigInt(restored))
  const hashes = await Promise.all(['demo-0', 'demo-1', 'demo-2'].map((member) => hashOf(k8s, namespace, member, at)))
  expect(new Set(hashes).size).toBe(1)

  // The same volumes; and what the earlier cluster wrote last lies there untouched.
  expect((await demo.volumes()).map(({ metadata }) => metadata.uid).toSorted()).toEqual(claims)
  const old = `/var/lib/etcd/${before?.bootstrap?.incarnation}/member/snap/db`
  for (const member of ['demo-0', 'demo-1', 'demo-2']) {
    const found = await kubectl(['exec', member, '--', 'etcdutl', 'snapshot', 'status', old, '--write-out=json'])
    expect(JSON.parse(found).totalKey).toBe(2)
  }
  // What a restore made stays when its cluster goes, as its policy says.
  expect((await demo.volumes()).flatMap(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([])
})

scenario('a cluster whose backup is damaged begins nothing, until its spec names another', { seconds: 180 }, async (stage) => {
  const volume = await begun(stage)
  await volume.shell('cat demo/b1.db > bad.db; echo x | dd of=bad.db bs=1 seek=17000 conv=notrunc 2> /dev/null')
  const demo2 = stage.cluster('demo2')
  await demo2.create({ size: 1, bootstrap: { restore: { volume: { claimName: 'backups', path: 'bad.db' } } } })
  await demo2.until('the damage is found', 60, (seen) => isStalled(seen, 'SnapshotDamaged'))
  expect(await left(stage, 'demo2')).toEqual(['Job demo2-verify'])

  await demo2.change({ bootstrap: { restore: { volume: { path: 'demo/b1.db' } } } })
  expect((await demo2.untilReady(90)).status?.bootstrap?.restore).toMatchObject({ path: 'demo/b1.db', restoredKeys: 1 })
})

scenario('a member that may not run where the backup is can not be restored', { seconds: 120, skip: !isLong }, async (stage) => {
  const [first, second] = stage.k8s.info.nodes.map(({ name }) => ({ nodeSelector: { 'kubernetes.io/hostname': name } }))
  await begun(stage, first)
  const demo2 = stage.cluster('demo2')
  await demo2.create({ size: 1, pod: second, bootstrap: fromBackup })
  const told = await demo2.until('it is told', 60, (seen) => isStalled(seen, 'VolumesNotCoLocatable'))
  expect(told.status?.nextStep?.message).toMatch(/both backups, which holds the backup, and data-demo2-0/)
  expect(await demo2.pods()).toEqual([])
})

scenario(
  'an operator and a Job that are killed again and again finish a restore all the same',
  { seconds: 240, alone: true, skip: !isLong },
  async (stage) => {
    const { k8s, namespace } = stage
    await begun(stage)
    const demo2 = stage.cluster('demo2')
    await demo2.create({ size: 3, bootstrap: fromBackup })
    for (const job of ['demo2-verify', 'demo2-restore']) {
      const pod = await until(`${job} has a pod`, 60, () => podOf(stage, job))
      await crash(k8s, await leadingPod(k8s))
      await k8s.kube.delete(POD, { namespace, name: pod.name }, { uid: pod.uid }, AbortSignal.timeout(10_000), { gracePeriodSeconds: 0 })
    }
    await until('its first member has a pod', 90, async () => ((await demo2.pods()).length > 0 ? true : undefined))
    await crash(k8s, await leadingPod(k8s))
    await demo2.until('it has its cluster ID', 90, ({ status }) => status?.clusterID !== undefined)
    await crash(k8s, await leadingPod(k8s))

    const { status } = await demo2.untilReady(120)
    expect(status).toMatchObject({ members: 3, bootstrap: { size: 1, restore: { restoredKeys: 1 } } })
    expect(await etcdctl(stage, 'demo2-2', 'get', 'in the backup', '--print-value-only')).toBe('yes\n')
    await untilOperatorIsWhole(k8s)
  },
)

scenario('a cluster that is deleted while its volume is written leaves nothing', { seconds: 120, skip: !isLong }, async (stage) => {
  await begun(stage)
  for (const moment of ['demo2-verify', 'demo2-restore']) {
    const demo2 = stage.cluster('demo2')
    await demo2.create({ size: 3, bootstrap: fromBackup })
    await until(`${moment} has a pod`, 60, () => podOf(stage, moment))
    await demo2.delete()
    await until(`nothing is left of what was begun until ${moment}`, 60, async () =>
      (await left(stage, 'demo2')).length === 0 ? true : undefined,
    )
  }
})

/** A cluster with a key, and a backup of it. */
async function begun(stage: Stage, pod: object = {}) {
  const demo = stage.cluster('demo')
  const volume = await backupVolume(stage)
  await demo.create({ size: 1, pod })
  await demo.untilReady()
  await etcdctl(stage, 'demo-0', 'put', 'in the backup', 'yes')
  await backupHandle(stage, 'b1').create()
  await backupHandle(stage, 'b1').untilCompleted()
  return volume
}

function etcdctl({ kubectl }: Stage, pod: string, ...args: readonly string[]): Promise<string> {
  return kubectl(['exec', pod, '--', 'etcdctl', ...args])
}

async function podOf({ k8s, namespace }: Stage, job: string): Promise<{ readonly name: string; readonly uid: string } | undefined> {
  const where = { namespace, labelSelector: `batch.kubernetes.io/job-name=${job}` }
  const { items } = await k8s.kube.list(POD, where, AbortSignal.timeout(10_000))
  return items[0]?.metadata
}

/** What there is of a cluster, pods apart: they go with these. */
async function left({ k8s, namespace }: Stage, cluster: string): Promise<readonly string[]> {
  const where = { namespace, labelSelector: `etcd-operator.dev/cluster=${cluster}` }
  const kinds: readonly ResourceKind<KubeObject>[] = [JOB, PERSISTENT_VOLUME_CLAIM, STATEFUL_SET]
  const lists = await Promise.all(kinds.map((kind) => k8s.kube.list(kind, where, AbortSignal.timeout(10_000))))
  return lists.flatMap(({ items }) => items.map(({ kind, metadata }) => `${kind} ${metadata.name}`))
}
