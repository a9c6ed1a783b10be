import { expect } from 'vitest'
import { CORE_EVENT, type Pod, STATEFUL_SET } from '../../src/adapters/kube/kinds.ts'
import { type ClusterHandle, condition, idsOf, isNow, podOf, uidsOf } from './cluster-handle.ts'
import { type Stage, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { until } from './until.ts'

/** What is in flight when the leadership moves, once in a roll, may be lost to its client: each writer has one write in flight. */
const writers = 2

scenario('a patch version is rolled out under writing clients, the leader last', { seconds: 240, alone: true }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3, version: '3.6.11' })
  const { status } = await demo.untilReady()
  const [ids, leader] = [await idsOf(demo), status?.leader ?? '']
  const clients = await stage.writer({ writers })
  const before = await demo.pods()

  await demo.change({ version: '3.6.16' })
  const shown = await demo.until('one of three is updated', 60, (seen) => seen.status?.rollout?.updated === 1)
  expect(shown.status?.rollout).toMatchObject({ updated: 1, total: 3, what: 'version 3.6.11 -> 3.6.16' })
  expect(condition(shown, 'Progressing')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('1 of 3 members updated: version 3.6.11 -> 3.6.16'),
  })
  const after = await demo.untilReady(120)
  expect(after.status).toMatchObject({ version: '3.6.16', ready: '3/3' })
  expect(after.status?.rollout).toBeUndefined()
  expect(after.status?.memberStatus?.map(({ version }) => version)).toEqual(['3.6.16', '3.6.16', '3.6.16'])
  expect(await idsOf(demo)).toEqual(ids)

  const pods = (await demo.pods()).toSorted((a, b) => createdAt(a) - createdAt(b))
  expect(uidsOf(pods).filter((uid) => uidsOf(before).includes(uid))).toEqual([])
  expect(pods.at(-1)?.metadata.name).toBe(leader)
  const told = await eventsOf(stage)
  expect(told.filter((event) => event.startsWith('MoveLeader'))).toHaveLength(1)
  expect(told.filter((event) => event.includes('MemberUpdated'))).toHaveLength(3)
  expect(told.filter((event) => event.includes('RolledOut'))).toHaveLength(1)

  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
  expect(report.failed).toBeLessThanOrEqual(writers)
})

scenario('settings of etcd and resources are rolled out, and a label restarts nobody', { seconds: 180, alone: true }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const clients = await stage.writer({ writers })
  const first = uidsOf(await demo.pods())

  // A label restarts nobody.
  await demo.change({ pod: { labels: { team: 'a' }, annotations: { note: 'b' } } })
  await until('all pods have it', 30, async () =>
    (await demo.pods()).every(({ metadata }) => metadata.labels?.team === 'a' && metadata.annotations?.note === 'b') ? true : undefined,
  )
  await demo.untilReady()
  await demo.change({ pod: { labels: { team: null }, annotations: { note: null } } })
  await until('all pods lack it', 30, async () =>
    (await demo.pods()).every(({ metadata }) => metadata.labels?.team === undefined && metadata.annotations?.note === undefined)
      ? true
      : undefined,
  )
  await demo.untilReady()
  expect(uidsOf(await demo.pods())).toEqual(first)

  const pod = { resources: { requests: { cpu: '110m', memory: '128Mi' } } }
  await demo.change({ etcd: { quotaBackendBytes: '100Mi', snapshotCount: 20_000 }, pod })
  await demo.untilReady(120)
  const second = uidsOf(await demo.pods())
  expect(second.filter((uid) => first.includes(uid))).toEqual([])
  expect(Object.values(await demo.config()).every((text) => text.includes('snapshot-count: 20000'))).toBe(true)

  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
  expect(report.failed).toBeLessThanOrEqual(writers)
})

scenario('a roll whose image can not be pulled stands at one member, and turns round with the spec', { seconds: 240 }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const clients = await stage.writer({ writers })
  const before = uidsOf(await demo.pods())
  await demo.change({ version: '3.6.999', image: { pullPolicy: 'Never' } })
  const stands = await demo.until(
    'the member is named',
    90,
    (seen) => isNow(seen, 'Stalled') && condition(seen, 'Stalled')?.reason === 'ImagePullFailed',
  )
  expect(condition(stands, 'Stalled')?.message).toMatch(/0 of 3 members updated: version 3\.6\.16 -> 3\.6\.999; the roll stands at demo-\d/)
  expect(condition(stands, 'Available')?.status).toBe('True')
  expect(uidsOf(await demo.pods()).filter((uid) => before.includes(uid))).toHaveLength(2)

  await demo.change({ version: '3.6.16', image: { pullPolicy: 'IfNotPresent' } })
  await demo.untilReady(120)
  expect(uidsOf(await demo.pods()).filter((uid) => before.includes(uid))).toHaveLength(2)
  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

scenario('a roll goes on when the operator is killed and a pod is evicted in the middle', { seconds: 300, alone: true }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3, version: '3.6.11' })
  const { status } = await demo.untilReady()
  const clients = await stage.writer({ writers })
  await demo.change({ version: '3.6.16' })
  await demo.until('one of three is updated', 60, (seen) => (seen.status?.rollout?.updated ?? 0) >= 1)
  await crash(stage.k8s, await leadingPod(stage.k8s))
  // What a drain does, to a member that may not have had its turn.
  const name = ['demo-0', 'demo-1', 'demo-2'].find((one) => one !== status?.leader) ?? ''
  await evict(stage, demo, name)
  const after = await demo.untilReady(180)
  expect(after.status?.memberStatus?.map(({ version }) => version)).toEqual(['3.6.16', '3.6.16', '3.6.16'])
  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
  await untilOperatorIsWhole(stage.k8s)
})

scenario(
  'the only member is restarted, which is announced, also where somebody asks for no more than that',
  { seconds: 180 },
  async (stage) => {
    const demo = stage.cluster('demo')
    await demo.create({ size: 1, version: '3.6.11' })
    await demo.untilReady()
    await demo.change({ version: '3.6.16' })
    const after = await demo.until('it has the version', 90, (seen) => isNow(seen, 'Ready') && seen.status?.version === '3.6.16')
    expect(after.status?.rollout).toBeUndefined()
    expect((await eventsOf(stage)).some((event) => event.includes('interrupts its clients'))).toBe(true)
    const set = await stage.k8s.kube.get(STATEFUL_SET, { namespace: stage.namespace, name: 'demo' }, AbortSignal.timeout(5_000))
    expect(set?.spec?.template.spec?.containers[0]?.image).toContain(':v3.6.16')

    const uids = uidsOf(await demo.pods())
    await stage.kubectl(['annotate', 'etcdcluster', 'demo', 'kubectl.kubernetes.io/restartedAt=today'])
    await until('the pod is new', 60, async () => {
      const now = uidsOf(await demo.pods())
      return now.length === 1 && !now.some((uid) => uids.includes(uid)) ? true : undefined
    })
    await demo.untilReady()
  },
)

function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp)
}

/** The Events about the EtcdCluster: `MoveLeader Rolling 2 of 3 members updated ...`. */
async function eventsOf({ k8s, namespace }: Stage): Promise<readonly string[]> {
  const { items } = await k8s.kube.list(CORE_EVENT, { namespace }, AbortSignal.timeout(10_000))
  return items.map((event) => `${event.action} ${event.reason} ${event.message}`)
}

/** Asks for an eviction until the budget allows it, as a drain does. */
async function evict({ k8s, namespace }: Stage, demo: ClusterHandle, name: string): Promise<void> {
  const { uid } = (await podOf(demo, name)).metadata
  const body = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } })
  await until(`${name} is evicted`, 120, async () => {
    const now = (await demo.pods()).find(({ metadata }) => metadata.name === name)
    if (now === undefined || now.metadata.uid !== uid) return true
    // Refused while another member is away.
    await k8s.kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, '--filename', '-'], body).catch(() => '')
    return undefined
  })
}
