import { Etcd3 } from 'etcd3'
import { afterAll, describe, expect, test } from 'vitest'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { observations } from '../../src/model/cluster/histogram.ts'
import { performanceBetween } from '../../src/model/cluster/performance.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { eventually, startEtcdProcesses } from './etcd-processes.ts'

/** What `status.performance` is computed from: names, labels and buckets of the pages of real members. */
describe.each(etcdVersions)('the page of etcd %s', { concurrent: true }, (version) => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())

  test('tells how long the disk and the peers took between two reads', async ({ onTestFinished }) => {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const members = await processes.bootstrap(2)
    const [first] = members
    if (first === undefined) throw new Error('no member')
    const page = { url: first.endpoint.url.replace(':2379', ':2381') }
    await eventually('it serves', async () => (await etcd.status(first.endpoint)).leaderId)
    const before = await etcd.latencies(page)
    expect(before.walFsync.at(-1)?.le).toBe(Number.POSITIVE_INFINITY)
    expect(before.walFsync.length).toBeGreaterThan(10)
    expect(before.backendCommit.map(({ le }) => le)).toEqual(before.walFsync.map(({ le }) => le))

    const client = new Etcd3({ hosts: first.endpoint.url })
    onTestFinished(() => client.close())
    // One after the other: each needs a sync of its own.
    for (let write = 0; write < 30; write++) await client.put(`key-${write}`).value('x')
    const after = await etcd.latencies(page)
    expect(observations(after.walFsync) - observations(before.walFsync)).toBeGreaterThanOrEqual(30)
    const { walFsyncP99 } = performanceBetween(before, after)
    expect(walFsyncP99).toBeGreaterThan(0)
    expect(walFsyncP99).toBeLessThan(60)

    // Five seconds after the start etcd has asked its peer for the first time.
    const other = (await etcd.memberList(first.endpoint)).members.find(({ name }) => name !== first.name)
    const trips = await eventually('a round trip to the peer', async () => {
      const found = (await etcd.latencies(page)).peerRoundTrip.get(other?.id ?? '')
      return found !== undefined && observations(found) > 0 ? found : undefined
    })
    expect(trips.at(-1)?.le).toBe(Number.POSITIVE_INFINITY)
  })
})
