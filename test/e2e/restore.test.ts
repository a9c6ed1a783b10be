import { expect } from 'vitest'
import { POD } from '../../src/adapters/kube/kinds.ts'
import type { EtcdBackup } from '../../src/api/backups.ts'
import { annotation } from '../../src/api/labels.ts'
import { backupHandle } from './backup-handle.ts'
import { type BackupVolume, backupVolume } from './backup-volume.ts'
import { aWish } from './cluster-handle.ts'
import { ask, hashOf, memberListOf } from './etcd-gateway.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { endOf, restoreHandle, saidOf } from './restore-handle.ts'
import { until } from './until.ts'

const b1 = { backup: 'b1' }

scenario(
  'a deleted cluster comes back with three members and every write up to the revision of its backup, and none after it',
  { seconds: 240 },
  async (stage) => {
    const { k8s, namespace } = stage
    const demo = stage.cluster('demo')
    await begun(stage)
    const { clusterID } = (await demo.get()).status ?? {}
    const clients = await stage.writer({ writers: 2 })
    await until('many writes are acknowledged', 60, async () => ((await clients.report()).acknowledged > 300 ? true : undefined))
    const backup = await takeBackup(stage)
    await until('more are acknowledged', 60, async () => ((await clients.report()).acknowledged > 600 ? true : undefined))
    await clients.pause()
    await demo.delete()

    const restore = restoreHandle(stage, 'back')
    await restore.create({ source: b1, cluster: 'demo', clusterSpec: aWish({ size: 3 }) })
    const ended = await restore.untilEnded(150)
    expect(endOf(ended)).toBe('Completed')
    const revision = backup.status?.revision ?? ''
    expect(ended.status).toMatchObject({ revision, source: 'backup b1', restoredKeys: expect.any(Number) })

    const { metadata, status } = await demo.untilReady()
    expect(status?.clusterID).toBe(ended.status?.clusterID)
    expect(status?.clusterID).not.toBe(clusterID)
    expect(metadata.annotations?.[annotation.restoreUid]).toBe(ended.metadata.uid)
    expect(metadata).not.toHaveProperty('ownerReferences')
    expect((await memberListOf(k8s, namespace, 'demo-0')).filter(({ isLearner }) => !isLearner)).toHaveLength(3)

    // The same data on every member; and a client that remembers the lost time is told so.
    const at = String(BigInt(revision) + 1_000_000_000n)
    const hashes = await Promise.all(['demo-0', 'demo-1', 'demo-2'].map((pod) => hashOf(k8s, namespace, pod, at)))
    expect(new Set(hashes).size).toBe(1)
    await expect(ask(k8s, namespace, 'demo-1', 'kv/range', { key: 'AA==', revision })).rejects.toThrow(
      /required revision has been compacted/,
    )

    // Other CAs: the clients' certificates are those of the cluster that is there now.
    await clients.refresh()
    const { verification } = await clients.verify(revision)
    expect(verification).toMatchObject({ lost: 0, beyond: 0 })
    expect(verification.checked).toBeGreaterThan(250)
  },
)

scenario('a file alone is enough: with its manifest as it was, without one as it is wished for', { seconds: 180 }, async (stage) => {
  const volume = await begun(stage)
  await stage.kubectl(['exec', 'demo-0', '--', 'etcdctl', 'put', 'greeting', 'hello'])
  await takeBackup(stage)
  await volume.shell(
    'mkdir elsewhere; for name in with without; do cat demo/b1.db > elsewhere/$name.db; done; cat demo/b1.db.json > elsewhere/with.db.json',
  )

  const [as, nothing, wished] = ['as', 'nothing', 'wished'].map((name) => restoreHandle(stage, name))
  await as?.create({ source: file('elsewhere/with.db'), cluster: 'as-it-was' })
  await nothing?.create({ source: file('elsewhere/without.db'), cluster: 'nothing' })
  await wished?.create({
    source: file('elsewhere/without.db'),
    cluster: 'wished',
    clusterSpec: aWish({ size: 1, pod: { labels: { a: 'b' } } }),
  })

  const ends = await Promise.all([as, nothing, wished].map((restore) => restore?.untilEnded(150)))
  expect(ends.map((end) => end && endOf(end))).toEqual(['Completed', 'Failed ClusterSpecMissing', 'Completed'])
  expect(ends[0]?.status?.source).toBe('backups:elsewhere/with.db')
  for (const name of ['as-it-was', 'wished'])
    expect(await stage.kubectl(['exec', `${name}-0`, '--', 'etcdctl', 'get', 'greeting', '--print-value-only'])).toBe('hello\n')
  const { spec: before } = await stage.cluster('demo').get()
  const { spec: after } = await stage.cluster('as-it-was').get()
  expect(after).toEqual({ ...before, bootstrap: { ...before.bootstrap, restore: file('elsewhere/with.db') } })
})

/** What becomes of each, and nothing is made for any. */
const hopeless = {
  'Failed SnapshotTruncated': { source: file('bad/truncated.db') },
  'Failed SnapshotDamaged': { source: file('bad/flipped.db') },
  'Failed NotASnapshot': { source: file('bad/random.db') },
  'Failed FileNotFound': { source: file('bad/missing.db') },
  'Failed NotAFile': { source: file('bad/link.db') },
  'Failed BackupChanged': { source: file('bad/other.db') },
  'Failed ManifestUnreadable': { source: file('bad/unsaid.db') },
  'Failed NewerVersion': { source: file('bad/whole.db'), clusterSpec: aWish({ version: '3.5.35' }) },
  'Failed InvalidSpec': { source: b1, clusterSpec: aWish({ size: 2 }) },
  'Failed BackupNotFound': { source: { backup: 'b2' } },
  'Failed ClaimNotFound': { source: { volume: { claimName: 'nowhere', path: 'b1.db' } } },
} as const

scenario('what is no whole snapshot, or has no place, is refused before anything is made', { seconds: 180 }, async (stage) => {
  const volume = await begun(stage)
  await takeBackup(stage)
  await volume.shell(`
    set -e; mkdir bad; cd bad
    cat ../demo/b1.db > whole.db
    busybox head -c 12320 whole.db > truncated.db
    cat whole.db > flipped.db; echo x | dd of=flipped.db bs=1 seek=17000 conv=notrunc 2> /dev/null
    : > empty.db
    dd if=/dev/urandom of=random.db bs=1k count=40 2> /dev/null
    busybox ln -s ../demo/b1.db link.db
    cat whole.db > other.db; busybox sed 's/"sha256": *"..../"sha256": "0000/g' ../demo/b1.db.json > other.db.json
    cat whole.db > unsaid.db; echo '{' > unsaid.db.json
  `)
  const before = await names(stage)

  const wishes = [
    ...Object.entries(hopeless).map(([end, wish]) => ({ end, wish })),
    { end: 'Failed NotASnapshot', wish: { source: file('bad/empty.db') } },
  ].map((one, index) => ({ ...one, restore: restoreHandle(stage, `r${index}`), cluster: `new-${index}` }))
  const taken = restoreHandle(stage, 'taken')
  await taken.create({ source: b1, cluster: 'demo' })
  for (const { restore, wish, cluster } of wishes) await restore.create({ ...wish, cluster })

  for (const { restore, wish, end } of wishes) {
    const ended = await restore.untilEnded(120)
    expect(endOf(ended), `${JSON.stringify(wish.source)}: ${saidOf(ended)?.message}`).toBe(end)
  }
  expect(endOf(await taken.untilEnded())).toBe('Failed ClusterExists')
  expect(await names(stage)).toEqual(before)
})

scenario(
  'two restores of one backup make two clusters, two that want one name make one',
  { seconds: 180, skip: !isLong },
  async (stage) => {
    await begun(stage)
    await takeBackup(stage)
    const clusterSpec = aWish({ size: 1 })
    const [left, right, late] = ['left', 'right', 'late'].map((name) => restoreHandle(stage, name))
    await Promise.all([
      left?.create({ source: b1, cluster: 'one', clusterSpec }),
      right?.create({ source: b1, cluster: 'two', clusterSpec }),
      late?.create({ source: b1, cluster: 'one', clusterSpec }),
    ])
    const ends = await Promise.all([left, right, late].map(async (restore) => restore?.untilEnded(150)))
    expect(ends.map((end) => end && endOf(end)).toSorted()).toEqual(['Completed', 'Completed', 'Failed ClusterExists'])
    const ids = ends.flatMap((end) => end?.status?.clusterID ?? [])
    expect(new Set(ids).size).toBe(2)
  },
)

scenario('a restore whose operator and whose Job are killed goes on where it was', { seconds: 240, alone: true }, async (stage) => {
  const { k8s, namespace, kubectl } = stage
  await begun(stage)
  await takeBackup(stage)
  const restore = restoreHandle(stage, 'r1')
  await restore.create({ source: b1, cluster: 'demo2', clusterSpec: aWish({ size: 3 }) })
  const podOfJob = await until('the Job has a pod', 30, async () => {
    const { items } = await k8s.kube.list(POD, { namespace, labelSelector: 'etcd-operator.dev/restore=r1' }, AbortSignal.timeout(10_000))
    return items[0]?.metadata.name
  })
  await kubectl(['delete', 'pod', podOfJob, '--grace-period=0', '--force'])
  await crash(k8s, await leadingPod(k8s))
  await restore.until('the cluster is there', 90, ({ status }) => status?.phase !== 'Pending' && status?.phase !== 'Verifying')
  await crash(k8s, await leadingPod(k8s))
  await restore.until('the first member is there', 90, ({ status }) => status?.phase !== 'Restoring')
  await crash(k8s, await leadingPod(k8s))
  expect(endOf(await restore.untilEnded(120))).toBe('Completed')
  expect((await stage.cluster('demo2').untilReady()).status?.members).toBe(3)
  await untilOperatorIsWhole(k8s)
})

scenario('a cluster that is deleted while it is being restored stays deleted', { seconds: 150 }, async (stage) => {
  await begun(stage)
  await takeBackup(stage)
  const restore = restoreHandle(stage, 'r1')
  await restore.create({ source: b1, cluster: 'demo2', clusterSpec: aWish({ size: 3 }) })
  await restore.until('the cluster is there', 60, ({ status }) => status?.phase === 'Restoring')
  await stage.cluster('demo2').delete()
  expect(endOf(await restore.untilEnded(60))).toBe('Failed ClusterDeleted')
  await until('nothing of it is left', 60, async () => ((await names(stage)).some((name) => name.includes('demo2')) ? undefined : true))
})

/** From which version to which, and what becomes of it. */
const versions = [
  ['3.5.35', '3.5.35', 'Completed'],
  ['3.5.35', '3.6.16', 'Completed'],
  ['3.6.16', '3.7.3', 'Completed'],
  ['3.7.3', '3.7.3', 'Completed'],
  ['3.5.35', '3.7.3', 'Failed VersionTooOld'],
  ['3.7.3', '3.6.16', 'Failed NewerVersion'],
] as const

scenario('a backup is opened by its own minor version of etcd and by the next one', { seconds: 240, skip: !isLong }, async (stage) => {
  await backupVolume(stage)
  const inDashes = (version: string) => `v${version.replaceAll('.', '-')}`
  for (const version of new Set(versions.map(([from]) => from))) {
    const cluster = stage.cluster(inDashes(version))
    await cluster.create({ size: 1, version })
    await cluster.untilReady()
    for (const key of ['a', 'b', 'c', 'a']) await stage.kubectl(['exec', `${cluster.name}-0`, '--', 'etcdctl', 'put', key, version])
    await stage.kubectl(['exec', `${cluster.name}-0`, '--', 'etcdctl', 'del', 'b'])
    const backup = backupHandle(stage, cluster.name)
    await backup.create({ cluster: cluster.name })
    await backup.untilCompleted(90)
  }
  const restores = versions.map(([from, to, end]) => {
    const name = `${inDashes(from)}-as-${inDashes(to)}`
    return { from, to, end, name, restore: restoreHandle(stage, name) }
  })
  for (const { from, to, name, restore } of restores)
    await restore.create({ source: { backup: inDashes(from) }, cluster: name, clusterSpec: aWish({ size: 1, version: to }) })
  for (const { from, to, end, name, restore } of restores) {
    expect(`${from} by ${to}: ${endOf(await restore.untilEnded(150))}`).toBe(`${from} by ${to}: ${end}`)
    if (end !== 'Completed') continue
    expect((await restore.get()).status?.restoredKeys).toBe(2)
    expect(await stage.kubectl(['exec', `${name}-0`, '--', 'etcdctl', 'get', '', '--prefix'])).toBe(`a\n${from}\nc\n${from}\n`)
  }
})

/** A cluster of one member, and a volume for its backups. */
async function begun(stage: Stage): Promise<BackupVolume> {
  const demo = stage.cluster('demo')
  const [volume] = await Promise.all([
    backupVolume(stage),
    demo.create({ size: 1, storage: { size: '1Gi', deletionPolicy: 'Delete' } }).then(() => demo.untilReady()),
  ])
  return volume
}

async function takeBackup(stage: Stage): Promise<EtcdBackup> {
  const backup = backupHandle(stage, 'b1')
  await backup.create()
  return backup.untilCompleted(90)
}

function file(path: string) {
  return { volume: { claimName: 'backups', path } }
}

/** Of everything that a cluster is made of. */
async function names({ kubectl }: Stage): Promise<readonly string[]> {
  const kinds = 'etcdclusters,persistentvolumeclaims,statefulsets,services,configmaps'
  return (await kubectl(['get', kinds, '--output', 'name'])).trim().split('\n').toSorted()
}
