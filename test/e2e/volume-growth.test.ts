import { expect } from 'vitest'
import { STATEFUL_SET, STORAGE_CLASS } from '../../src/adapters/kube/kinds.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { makeStorageClass, type ResizeMode, resizeAnnotation, startResizer } from '../cluster/resizer.ts'
import { type ClusterHandle, idsOf, isNow, isStalled, uidsOf } from './cluster-handle.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { operatorNamespace } from './install.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { until } from './until.ts'

/** A fixed quota needs no restart when volumes grow. */
const fixedQuota = { quotaBackendBytes: '50Mi' }
const small = (className: string) => ({ size: '128Mi', className })

scenario(
  'volumes grow while clients write: no failed write, no restart, and new members get the new size',
  { seconds: 240, alone: true },
  async (stage) => {
    const className = await classOf(stage, 'online')
    const demo = stage.cluster()
    await demo.create({ size: 3, storage: small(className), etcd: fixedQuota })
    await demo.untilReady()
    const [pods, set] = [uidsOf(await demo.pods()), await setUid(stage)]
    const clients = await stage.writer({ writers: 3 })

    const resizer = startResizer(stage.k8s.kube, stage.namespace)
    await until('clients write', 30, async () => ((await clients.report()).acknowledged > 50 ? true : undefined))
    await clients.phase('growth')
    await demo.change({ storage: { size: '256Mi' } })
    await demo.until('the progress of a volume is told', 30, (seen) => rows(seen).some((row) => row.volumeResize !== undefined))
    // Asked again, for more, half-way.
    await demo.change({ storage: { size: '320Mi' } })
    await untilGrown(demo, '320Mi')
    const grown = await clients.phase('scale')
    const growth = grown.phases.find(({ name }) => name === 'growth')
    expect(growth).toMatchObject({ failed: 0 })
    // The figure itself is the business of the bench.
    expect(growth?.longestPauseMs).toBeLessThan(2_000)
    expect(uidsOf(await demo.pods())).toEqual(pods)
    expect(await setUid(stage)).not.toBe(set)

    await demo.change({ size: 5 })
    await demo.untilReady(90)
    expect((await demo.volumes()).map(({ spec }) => spec?.resources?.requests?.storage)).toEqual(Array.from({ length: 5 }, () => '320Mi'))
    expect((await demo.pods()).filter(({ metadata }) => pods.includes(metadata.uid))).toHaveLength(3)
    const report = await clients.verify()
    expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    expect(report.clusterIds).toHaveLength(1)
    await resizer.end()
  },
)

scenario(
  "etcd's quota follows when all volumes have grown, one member after the other, and nothing is lost",
  { seconds: 240, skip: !isLong },
  async (stage) => {
    const className = await classOf(stage, 'online')
    const demo = stage.cluster()
    await demo.create({ size: 3, storage: small(className) })
    await demo.untilReady()
    const before = await demo.pods()
    expect(await quotasOf(demo)).toEqual([51, 51, 51])
    const clients = await stage.writer({ writers: 3 })
    const resizer = startResizer(stage.k8s.kube, stage.namespace)
    await demo.change({ storage: { size: '256Mi' } })
    await demo.until(
      'the quota has followed',
      180,
      (seen) => isNow(seen, 'Ready') && rows(seen).every(({ volumeSize }) => volumeSize === '256Mi'),
    )
    await until('every file says so', 60, async () => ((await quotasOf(demo)).every((mebibytes) => mebibytes === 102) ? true : undefined))
    await demo.untilReady(120)
    expect(uidsOf(await demo.pods()).filter((uid) => uidsOf(before).includes(uid))).toEqual([])
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    expect(report.longestPauseMs).toBeLessThan(2_000)
    await resizer.end()
  },
)

scenario(
  'a file system that can not be expanded in use is, by the restart of its member in its turn',
  { seconds: 420, skip: !isLong },
  async (stage) => {
    const className = await classOf(stage, 'at-restart')
    const demo = stage.cluster()
    await demo.create({ size: 3, storage: small(className), etcd: fixedQuota })
    await demo.untilReady()
    const before = uidsOf(await demo.pods())
    const clients = await stage.writer({ writers: 3 })
    const resizer = startResizer(stage.k8s.kube, stage.namespace)
    await demo.change({ storage: { size: '256Mi' } })
    await demo.until('they wait for the nodes', 60, (seen) =>
      rows(seen).every((row) => row.volumeResize?.state === 'FileSystemResizePending'),
    )
    expect(uidsOf(await demo.pods())).toEqual(before)
    await untilGrown(demo, '256Mi', 300)
    // Each member once.
    expect(uidsOf(await demo.pods()).filter((uid) => before.includes(uid))).toEqual([])
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    expect(report.longestPauseMs).toBeLessThan(2_000)
    await resizer.end()
  },
)

scenario(
  'a StatefulSet that somebody deletes without its pods comes back, and restarts nothing',
  { seconds: 90, skip: !isLong },
  async (stage) => {
    const demo = stage.cluster()
    await demo.create({ size: 1 })
    await demo.untilReady()
    const [pods, set] = [uidsOf(await demo.pods()), await setUid(stage)]
    await stage.kubectl(['delete', 'statefulset', 'demo', '--cascade=orphan'])
    const again = await until('there is a StatefulSet again', 30, async () => {
      const uid = await setUid(stage)
      return uid !== undefined && uid !== set ? uid : undefined
    })
    await until('it has adopted the pods', 30, async () => {
      const owners = (await demo.pods()).map(({ metadata }) => metadata.ownerReferences?.find(({ controller }) => controller)?.uid)
      return owners.every((uid) => uid === again) ? true : undefined
    })
    await demo.untilReady()
    expect(uidsOf(await demo.pods())).toEqual(pods)
  },
)

scenario(
  'an operator that is away between the two StatefulSets makes the next one when it comes back, and a pod that was lost meanwhile',
  { seconds: 180, alone: true, skip: !isLong },
  async (stage) => {
    const className = await classOf(stage, 'online')
    const demo = stage.cluster()
    await demo.create({ size: 3, storage: small(className), etcd: fixedQuota })
    await demo.untilReady()
    const before = await demo.pods()
    const clients = await stage.writer({ writers: 3 })
    const resizer = startResizer(stage.k8s.kube, stage.namespace)
    const follower = rows(await demo.get()).find(({ leader }) => !leader)?.name ?? ''
    try {
      await scaleOperator(stage, 0)
      // What the operator had done before it died.
      await demo.change({ storage: { size: '256Mi' } })
      await stage.kubectl(['delete', 'statefulset', 'demo', '--cascade=orphan'])
      await stage.kubectl(['delete', 'pod', follower])
      expect(await demo.pods()).toHaveLength(2)
      // Two of three serve, and no drain takes another one.
      const acknowledged = (await clients.report()).acknowledged
      await until('clients write', 20, async () => ((await clients.report()).acknowledged > acknowledged + 100 ? true : undefined))
    } finally {
      await scaleOperator(stage, 2)
      await untilOperatorIsWhole(stage.k8s)
    }
    await untilGrown(demo, '256Mi')
    const after = await demo.pods()
    expect(uidsOf(after).filter((uid) => uidsOf(before).includes(uid))).toHaveLength(2)
    expect(after.map(({ metadata }) => metadata.name)).toContain(follower)
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    await resizer.end()
  },
)

scenario(
  'operators that are killed again and again finish growth and moves, and nothing is lost',
  { seconds: 420, alone: true, skip: !isLong },
  async (stage) => {
    const [from, to] = [await classOf(stage, 'online'), await makeStorageClass(stage.k8s.kube, 'e2e-other', undefined)]
    const demo = stage.cluster()
    await demo.create({ size: 3, storage: small(from), etcd: fixedQuota })
    await demo.untilReady()
    const clients = await stage.writer({ writers: 3 })
    const resizer = startResizer(stage.k8s.kube, stage.namespace)
    const killing = killOperators(stage)
    await demo.change({ storage: { size: '256Mi' } })
    await untilGrown(demo, '256Mi', 120)
    await demo.change({ storage: { className: to, migration: 'MemberByMember' } })
    await until('all volumes are of the other class', 240, async () =>
      (await demo.volumes()).every(({ spec }) => spec?.storageClassName === to) && isNow(await demo.get(), 'Ready') ? true : undefined,
    )
    expect(await killing.end()).toBeGreaterThan(3)
    await untilOperatorIsWhole(stage.k8s)
    expect((await demo.untilReady(60)).status?.members).toBe(3)
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    expect(report.clusterIds).toHaveLength(1)
    await resizer.end()
  },
)

scenario('a class that can not expand volumes is named with both ways out, and either of them helps', { seconds: 240 }, async (stage) => {
  const { kube } = stage.k8s
  const className = await makeStorageClass(kube, `fixed-${stage.namespace}`, undefined)
  const demo = stage.cluster()
  await demo.create({ size: 1, storage: small(className), etcd: fixedQuota })
  await demo.untilReady()
  await demo.change({ storage: { size: '256Mi' } })
  const stuck = await demo.until('it is told', 30, (seen) => isStalled(seen, 'VolumeNotGrowable'))
  const said = stuck.status?.conditions?.find(({ type }) => type === 'Stalled')?.message
  expect(said).toContain(`StorageClass ${className} of data-demo-0 does not allow volumes to be expanded`)
  expect(said).toContain('allowVolumeExpansion: true')
  expect(said).toContain('spec.storage.migration MemberByMember')
  expect(rows(stuck)[0]).toMatchObject({ volumeSize: '128Mi', volumeResize: { to: '256Mi', state: 'Refused' } })

  // It holds nothing up: the cluster grows, with volumes as the others have.
  await demo.change({ size: 3 })
  await demo.until('three members serve', 60, (seen) => rows(seen).filter(({ role, ready }) => role === 'Voter' && ready).length === 3)
  expect((await demo.volumes()).map(({ spec }) => spec?.resources?.requests?.storage)).toEqual(['128Mi', '128Mi', '128Mi'])

  const annotations = { [resizeAnnotation]: 'online' }
  const resizer = startResizer(kube, stage.namespace)
  await kube.patch(
    STORAGE_CLASS,
    { name: className },
    { metadata: { annotations }, allowVolumeExpansion: true } as never,
    AbortSignal.timeout(20_000),
  )
  await untilGrown(demo, '256Mi')
  await resizer.end()
  await stage.k8s.kubectl(['delete', 'storageclass', className])
})

scenario('a quota of the namespace is told, and the volumes grow when it allows that', { seconds: 240, skip: !isLong }, async (stage) => {
  const className = await classOf(stage, 'online')
  const demo = stage.cluster()
  await demo.create({ size: 3, storage: small(className), etcd: fixedQuota })
  await demo.untilReady()
  await stage.kubectl(['create', 'quota', 'small', '--hard=requests.storage=512Mi'])
  await until('the quota is counted', 30, async () =>
    (await stage.kubectl(['get', 'quota', 'small', '-o', 'yaml'])).includes('used:') ? true : undefined,
  )
  const resizer = startResizer(stage.k8s.kube, stage.namespace)
  await demo.change({ storage: { size: '256Mi' } })
  // The first one still fits.
  await demo.until('it is told', 60, (seen) => isStalled(seen, 'QuotaExceeded'))
  await stage.kubectl(['patch', 'quota', 'small', '--type=merge', '-p', '{"spec":{"hard":{"requests.storage":"1Gi"}}}'])
  await untilGrown(demo, '256Mi', 120)
  await resizer.end()
})

scenario('one volume that can not be expanded is named, and costs the others nothing', { seconds: 240, skip: !isLong }, async (stage) => {
  const className = await classOf(stage, 'online')
  const demo = stage.cluster()
  await demo.create({ size: 3, storage: small(className), etcd: fixedQuota })
  await demo.untilReady()
  await stage.kubectl(['annotate', 'pvc', 'data-demo-1', `${resizeAnnotation}=infeasible`])
  const resizer = startResizer(stage.k8s.kube, stage.namespace)
  await demo.change({ storage: { size: '256Mi' } })
  const stuck = await demo.until('it is told', 60, (seen) => isStalled(seen, 'VolumeNotGrowable'))
  expect(stuck.status?.conditions?.find(({ type }) => type === 'Stalled')?.message).toContain('the test storage has no room')
  await demo.until('the others grow', 60, (seen) => rows(seen).filter(({ volumeSize }) => volumeSize === '256Mi').length === 2)
  expect(rows(await demo.get())[1]).toMatchObject({ ready: true, volumeSize: '128Mi', volumeResize: { to: '256Mi', state: 'Infeasible' } })
  expect(isNow(await demo.get(), 'Available')).toBe(true)

  // The way out by moving takes this one member to a new volume, and no other.
  const before = await volumeUids(demo)
  await demo.change({ storage: { migration: 'MemberByMember' } })
  await untilGrown(demo, '256Mi', 150)
  const after = await volumeUids(demo)
  expect([...after].filter(([name, uid]) => before.get(name) === uid).map(([name]) => name)).toEqual(['data-demo-0', 'data-demo-2'])
  await resizer.end()
})

scenario('a volume whose expansion goes no further is told with what it waits for', { seconds: 120, skip: !isLong }, async (stage) => {
  const className = await classOf(stage, 'stuck')
  const demo = stage.cluster()
  await demo.create({ size: 1, storage: small(className), etcd: fixedQuota })
  await demo.untilReady()
  await demo.change({ storage: { size: '256Mi' } })
  await demo.until(
    'nobody has begun',
    30,
    ({ status }) => status?.nextStep?.message.includes('no controller has begun to expand it') === true,
  )
  const resizer = startResizer(stage.k8s.kube, stage.namespace)
  const seen = await demo.until('it is under way', 30, (now) => rows(now)[0]?.volumeResize?.state === 'Resizing')
  expect(seen.status?.nextStep).toMatchObject({ reason: 'GrowingVolumes', member: 'demo-0' })
  expect(isNow(await demo.get(), 'Stalled')).toBe(false)
  await resizer.end()
})

scenario(
  'members move to another class, one by one, while clients write, and nothing is lost',
  { seconds: 300, skip: !isLong },
  async (stage) => {
    const [from, to] = [await classOf(stage, 'online'), await makeStorageClass(stage.k8s.kube, 'e2e-other', undefined)]
    const demo = stage.cluster()
    await demo.create({ size: 3, storage: small(from), etcd: fixedQuota })
    await demo.untilReady()
    const [volumes, ids] = [await volumeUids(demo), await idsOf(demo)]
    const clients = await stage.writer({ writers: 3 })
    await clients.phase('move')
    await demo.change({ storage: { className: to, migration: 'MemberByMember' } })
    await demo.until(
      'all have moved',
      240,
      (seen) => isNow(seen, 'Ready') && rows(seen).every(({ id }) => id !== undefined && !ids.includes(id)),
    )

    const after = await demo.volumes()
    expect(after.map(({ metadata }) => metadata.name).toSorted()).toEqual(['data-demo-0', 'data-demo-1', 'data-demo-2'])
    expect(after.map(({ spec }) => spec?.storageClassName)).toEqual([to, to, to])
    expect(after.filter(({ metadata }) => [...volumes.values()].includes(metadata.uid))).toEqual([])
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    expect(report.clusterIds).toHaveLength(1)
    // Other scenarios run beside it; the figure itself is the business of the bench.
    expect(report.longestPauseMs).toBeLessThan(5_000)
  },
)

scenario('one alone moves to a smaller volume, and keeps its data', { seconds: 180, skip: !isLong }, async (stage) => {
  const className = await classOf(stage, 'online')
  const demo = stage.cluster()
  await demo.create({ size: 1, storage: { size: '256Mi', className }, etcd: fixedQuota })
  await demo.untilReady()
  const clients = await stage.writer()
  await until('something is written', 30, async () => ((await clients.report()).acknowledged > 50 ? true : undefined))
  await demo.change({ storage: { size: '128Mi', migration: 'MemberByMember' } })
  await demo.until('it has moved', 150, (seen) => isNow(seen, 'Ready') && rows(seen)[0]?.volumeSize === '128Mi' && rows(seen).length === 1)
  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
  expect(report.clusterIds).toHaveLength(1)
})

function classOf({ k8s }: Stage, mode: ResizeMode): Promise<string> {
  return makeStorageClass(k8s.kube, `e2e-${mode}`, mode)
}

function rows({ status }: EtcdCluster) {
  return status?.memberStatus ?? []
}

function untilGrown(demo: ClusterHandle, size: string, seconds = 90): Promise<EtcdCluster> {
  const isGrown = (seen: EtcdCluster) => rows(seen).every((row) => row.volumeSize === size && row.volumeResize === undefined)
  return demo.until(`all volumes have ${size}`, seconds, (seen) => isNow(seen, 'Ready') && isGrown(seen))
}

async function scaleOperator({ k8s }: Stage, replicas: number): Promise<void> {
  await k8s.kubectl(['-n', operatorNamespace, 'scale', 'deployment/etcd-operator', `--replicas=${replicas}`])
  if (replicas > 0) return
  const args = ['-n', operatorNamespace, 'wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/name=etcd-operator', '--timeout=60s']
  await k8s.kubectl([...args, '--request-timeout=0'])
}

/** The one that leads, every few seconds; tells how many. */
function killOperators({ k8s }: Stage): { end(): Promise<number> } {
  let [isOver, killed] = [false, 0]
  const killing = (async () => {
    while (!isOver) {
      await crash(k8s, await leadingPod(k8s))
      killed += 1
      // Long enough to get something done, and no multiple of anything.
      await new Promise((resolve) => setTimeout(resolve, 4_000 + (killed % 7) * 700))
    }
    return killed
  })()
  return {
    end: () => {
      isOver = true
      return killing
    },
  }
}

/** Of each member's file, in whole MiB. */
async function quotasOf(demo: ClusterHandle): Promise<readonly number[]> {
  return Object.values(await demo.config()).map((text) => Math.floor(Number(/quota-backend-bytes: (\d+)/.exec(text)?.[1]) / 2 ** 20))
}

async function setUid({ k8s, namespace }: Stage): Promise<string | undefined> {
  return (await k8s.kube.get(STATEFUL_SET, { namespace, name: 'demo' }, AbortSignal.timeout(20_000)))?.metadata.uid
}

async function volumeUids(demo: ClusterHandle): Promise<ReadonlyMap<string, string>> {
  return new Map((await demo.volumes()).map(({ metadata }) => [metadata.name, metadata.uid]))
}
