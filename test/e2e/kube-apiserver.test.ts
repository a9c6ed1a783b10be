import { expect } from 'vitest'
import { type ApiReport, startApiWriter, storedBehind } from '../client/api-writer.ts'
import { backupHandle } from './backup-handle.ts'
import { backupVolume } from './backup-volume.ts'
import { type ClusterHandle, idsOf } from './cluster-handle.ts'
import { type Stage, scenario } from './harness.ts'
import { startHostedApiServer } from './hosted-api-server.ts'
import { publishedLongAgo } from './published-long-ago.ts'
import { restoreHandle } from './restore-handle.ts'
import { until } from './until.ts'

const isPlain = process.env.HOSTED_PLAIN !== undefined
const ports = { first: 16443, second: 16444 } as const

scenario(
  'a kube-apiserver lives on an EtcdCluster, whatever is done to it, and its backup serves a second one',
  { seconds: 600, alone: true },
  async (stage) => {
    const { k8s, namespace, kubectl } = stage
    if (k8s.info.provider !== 'local') return
    const demo = stage.cluster('demo')
    await demo.create({ size: 3, version: '3.6.11', ...(isPlain ? { tls: { mode: 'Off' } } : { auth: { enabled: true } }) })
    await demo.untilReady()
    const first = await startHostedApiServer(k8s, { namespace, cluster: 'demo', secret: await userOf(stage, 'demo') }, ports.first)
    const client = startApiWriter(first.kubeconfig)
    let report: ApiReport | undefined
    try {
      for (const { what, work } of changes) {
        client.phase(what)
        await work(stage, demo)
      }
      client.phase('backup')
      await backupVolume(stage)
      const owed = client.acknowledged()
      await backupHandle(stage, 'b1').create()
      await backupHandle(stage, 'b1').untilCompleted(90)
      const before = await storedBehind(first.kubeconfig)

      client.phase('restore into another cluster')
      await restoreHandle(stage, 'r1').create({ source: { backup: 'b1' }, cluster: 'copy' })
      const copy = stage.cluster('copy')
      await until('the copy is there', 60, () => copy.get())
      await copy.untilReady(180)
      const second = await startHostedApiServer(k8s, { namespace, cluster: 'copy', secret: await userOf(stage, 'copy') }, ports.second)
      try {
        const restored = await storedBehind(second.kubeconfig)
        // It goes on being written to: the backup has what was there when it was begun, and maybe more.
        expect(owed.length).toBeGreaterThan(100)
        expect(owed.filter((name) => !restored.has(name))).toEqual([])
        expect([...restored].filter((name) => !before.has(name))).toEqual([])
      } finally {
        await second.stop()
      }
      report = await client.verify()
    } finally {
      await first.stop()
    }
    console.log(JSON.stringify({ longestMs: report.longestMs, acknowledged: report.acknowledged }))
    expect(report).toMatchObject({ failed: [], lost: [] })
    expect(report.acknowledged).toBeGreaterThan(1000)
    expect(await kubectl(['get', 'ec', 'demo', '-o', 'jsonpath={.status.version}'])).toBe('3.6.16')
  },
)

type Change = Readonly<{ what: string; work: (stage: Stage, demo: ClusterHandle) => Promise<unknown> }>

const changes: readonly Change[] = [
  { what: '3 to 5', work: (_, demo) => resize(demo, 5) },
  { what: '5 to 3', work: (_, demo) => resize(demo, 3) },
  {
    what: 'a patch release',
    async work(_, demo) {
      await demo.change({ version: '3.6.16' })
      await demo.untilReady(180)
    },
  },
  { what: 'a lost member', work: loseMember },
  ...(isPlain ? [] : [{ what: 'another CA', work: rotate }]),
]

async function resize(demo: ClusterHandle, size: number): Promise<void> {
  await demo.change({ size })
  await demo.untilReady(120)
}

async function loseMember({ kubectl }: Stage, demo: ClusterHandle): Promise<void> {
  const before = await idsOf(demo)
  await kubectl(['delete', 'persistentvolumeclaim', 'data-demo-2', '--wait=false'])
  await kubectl(['delete', 'pod', 'demo-2', '--grace-period=0', '--force'])
  await until('another member is there', 90, async () => {
    const now = await demo.members()
    const isNew = now.length === 3 && now.every(({ isLearner }) => !isLearner) && now.some(({ id }) => !before.includes(id))
    return isNew ? true : undefined
  })
  await demo.untilReady(90)
}

/** The API server has read its CAs at its start: both, that of then and the next one. */
async function rotate(stage: Stage, demo: ClusterHandle): Promise<void> {
  const { kubectl } = stage
  const { status } = await demo.get()
  const generation = status?.tls?.caGeneration ?? 0
  await publishedLongAgo(stage, 'demo')
  await kubectl(['annotate', 'ec', 'demo', `etcd-operator.dev/rotate-ca=${Date.now()}`])
  await demo.until('certificates come from the next CA', 180, (one) => (one.status?.tls?.caGeneration ?? 0) > generation)
  await demo.untilReady(120)
}

/** The EtcdUser of an API server, with what docs/operations/hosted-control-planes.md gives it; the name of its Secret. */
async function userOf({ kubectl }: Stage, cluster: string): Promise<string | undefined> {
  if (isPlain) return undefined
  const name = `${cluster}-apiserver`
  const permissions = [
    { access: 'ReadWrite', prefix: '/registry/' },
    { access: 'ReadWrite', key: 'compact_rev_key' },
  ]
  const spec = { cluster, user: 'kube-apiserver', permissions }
  const user = { apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdUser', metadata: { name }, spec }
  await kubectl(['apply', '--filename', '-'], JSON.stringify(user))
  await kubectl(['wait', '--for=condition=Ready', `etcduser/${name}`, '--timeout=60s', '--request-timeout=0'])
  return `${name}-etcd`
}
