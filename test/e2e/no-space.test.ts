import { expect } from 'vitest'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { parseQuantity } from '../../src/model/quantity.ts'
import { type ClusterHandle, condition, isNow, isStalled } from './cluster-handle.ts'
import { ask } from './etcd-gateway.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { until } from './until.ts'

const names = ['demo-0', 'demo-1', 'demo-2']

scenario('a full database is reported, and freed where the spec says so, while clients try to write', { seconds: 300 }, async (stage) => {
  const { cluster, writer, kubectl } = stage
  const demo = cluster('demo')
  await demo.create({ size: 3, etcd: { quotaBackendBytes: '32Mi', autoCompaction: { mode: 'revision', retention: '5' } } })
  await demo.untilReady()
  const leader = (await demo.get()).status?.leader
  const clients = await writer({ intervalMs: 200 })
  await overwrite(stage, 80).catch((error: unknown) => expect(String(error)).toContain('space exceeded'))

  const told = await demo.until('the alarm is told', 30, (seen) => isStalled(seen, 'NoSpace'))
  expect(condition(told, 'Available')).toMatchObject({ status: 'False', reason: 'NoSpace' })
  expect(condition(told, 'Stalled')?.message).toMatch(
    /at the quota of 32Mi \(demo-0 has \d+Mi, .* in use: a defragmentation would win .*Remediate/,
  )
  const before = (await clients.phase('the alarm is raised')).acknowledged

  await demo.change({ maintenance: { noSpace: 'Remediate' } })
  const freed = await demo.until('there is space again', 120, (seen) => isNow(seen, 'Ready') && isNow(seen, 'Available'))
  expect(await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'alarm', 'list'])).toBe('')
  // One after the other, the leader last and without moving the leadership.
  expect(freed.status?.leader).toBe(leader)
  const order = (await eventsOf(stage, 'Defragmented')).map((message) => message.split(' ')[0])
  expect(order).toEqual([...names.filter((name) => name !== leader), leader])
  const done = defragmentations(freed)
  expect(done).toHaveLength(3)
  for (const { won, message } of done) expect({ won, message }).toEqual({ won: expect.stringMatching(/^\d+Mi$/), message: undefined })

  await until('clients write again', 30, async () => ((await clients.report()).acknowledged > before + 10 ? true : undefined))
  const report = await clients.verify()
  expect(report).toMatchObject({ backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
  // What was freed is not freed again.
  expect(await eventsOf(stage, 'Defragmented')).toHaveLength(3)
})

scenario(
  'members are defragmented by a schedule, one at a time, also when the operator dies in the middle',
  { seconds: 270, alone: true, skip: !isLong },
  async (stage) => {
    const { k8s, cluster, writer } = stage
    const demo = cluster('demo')
    await demo.create({ size: 3, storage: { size: '2Gi' } })
    await demo.untilReady()
    const clients = await writer()
    await overwrite(stage, 80)
    const { header } = (await ask(k8s, stage.namespace, 'demo-0', 'kv/range', { key: btoa('key'), count_only: true })) as Answer
    await ask(k8s, stage.namespace, 'demo-0', 'kv/compaction', { revision: header.revision, physical: true })
    expect(defragmentations(await demo.get())).toEqual([])

    await demo.change({ maintenance: { defragment: { schedule: '* * * * *', freeSpaceAbove: { percent: 50, bytes: '10Mi' } } } })
    await demo.until('a first member is defragmented', 90, (seen) => defragmentations(seen).length > 0)
    await crash(k8s, await leadingPod(k8s))
    const done = await untilAllAreSmall(demo)
    expect(done.every(({ won, message }) => /^\d+Mi$/.test(won ?? '') && message === undefined)).toBe(true)
    await demo.untilReady(60)

    const report = await clients.verify()
    expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0, checked: report.acknowledged } })
    expect((await eventsOf(stage, 'Defragmented')).length).toBeLessThanOrEqual(3)
    await untilOperatorIsWhole(k8s)
  },
)

/** What an operator has done that died before it wrote the status stands only in an Event; the size of the file always tells. */
async function untilAllAreSmall(demo: ClusterHandle) {
  const isSmall = ({ dbSize = '' }: { readonly dbSize?: string }) => (parseQuantity(dbSize) ?? Number.POSITIVE_INFINITY) < 10 * 2 ** 20
  const seen = await demo.until(
    'every member is defragmented',
    120,
    ({ status }) => (status?.memberStatus ?? []).filter(isSmall).length === 3,
  )
  return defragmentations(seen)
}

/** Overwrites one key with so many values of half a mebibyte, through whichever member is named first. */
async function overwrite({ k8s, namespace }: Stage, times: number): Promise<void> {
  const value = btoa('v'.repeat(512 * 1024))
  for (let time = 0; time < times; time += 1) await ask(k8s, namespace, 'demo-0', 'kv/put', { key: btoa('key'), value })
}

interface Answer {
  readonly header: { readonly revision: string }
}

function defragmentations({ status }: EtcdCluster) {
  return (status?.memberStatus ?? []).flatMap(({ name, defragmentation }) => (defragmentation ? [{ name, ...defragmentation }] : []))
}

async function eventsOf({ kubectl }: Stage, reason: string): Promise<readonly string[]> {
  const text = await kubectl([
    'get',
    'events',
    '--field-selector',
    `reason=${reason}`,
    '-o',
    'jsonpath={range .items[*]}{.message}{"\\n"}{end}',
  ])
  return text.split('\n').filter((line) => line !== '')
}
