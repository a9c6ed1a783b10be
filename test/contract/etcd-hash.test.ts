import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { newest } from '../../src/adapters/etcd/calls.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { eventually, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'
import { makeWrongForGood } from './wrong-value.ts'

const versions = process.env.TEST_LONG ? etcdVersions : (['3.5.35', '3.6.16', '3.7.3'] as const)

describe.each(versions)('the hash of the data of etcd %s', { concurrent: true }, (version) => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())

  async function aCluster(size: number, { onTestFinished }: TestContext) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const members = await processes.bootstrap(size)
    const [first] = members
    if (first === undefined) throw new Error('no member')
    await eventually('a list', () => etcd.memberList(first.endpoint))
    return { members, first, gateway: openGateway(first.endpoint.url) }
  }

  test('is the same at one revision on every member, and another at another', async (context) => {
    const { members, gateway } = await aCluster(3, context)
    const revision = await gateway.put('a', '1')
    await gateway.put('a', '2')
    await eventually('all have both', async () => {
      const looks = await Promise.all(members.map(({ endpoint }) => etcd.status(endpoint)))
      return looks.every((look) => look.revision > revision) || undefined
    })
    const looks = await Promise.all(members.map(async ({ endpoint }) => ({ endpoint, status: await etcd.status(endpoint) })))
    const hashes = await Promise.all(
      looks.map(async ({ endpoint, status: { clusterId, memberId } }) => {
        const answer = await etcd.hashKv(endpoint, revision)
        expect(answer).toMatchObject({ state: 'hashed', clusterId, memberId, revision: revision + 1, compactRevision: -1 })
        return answer.state === 'hashed' ? answer.hash : undefined
      }),
    )
    expect(new Set(hashes).size).toBe(1)
    const [member] = members
    expect(member && (await etcd.hashKv(member.endpoint, revision + 1))).not.toMatchObject({ hash: hashes[0] })
  })

  test('names the compaction; before it and after the present there is none', async (context) => {
    const { first, gateway } = await aCluster(1, context)
    const old = await gateway.put('a', '1')
    const compacted = await gateway.put('a', '2')
    await gateway.compact(compacted)
    const revision = await gateway.put('a', '3')
    expect(await etcd.hashKv(first.endpoint, revision)).toMatchObject({ state: 'hashed', compactRevision: compacted })
    expect(await etcd.hashKv(first.endpoint, old)).toEqual({ state: 'compacted' })
    expect(await etcd.hashKv(first.endpoint, revision + 1)).toEqual({ state: 'ahead' })
  })

  test('of the revision of a compaction is the one from then: only the newest revision without its number is read anew', async (context) => {
    const { first, gateway } = await aCluster(1, context)
    const revision = await gateway.put('a', 'a value unlike any other')
    await gateway.compact(revision)
    const [remembered, before] = [await etcd.hashKv(first.endpoint, revision), await etcd.hashKv(first.endpoint, newest)]
    expect(remembered).toMatchObject({ compactRevision: -1 })
    expect(before).toMatchObject({ compactRevision: revision, revision })

    await makeWrongForGood(first, 'a', 'a value unlike any other')
    expect(await etcd.hashKv(first.endpoint, revision)).toEqual(remembered)
    const after = await etcd.hashKv(first.endpoint, newest)
    expect(after).toMatchObject({ state: 'hashed', compactRevision: revision, revision })
    expect(after).not.toEqual(before)
  })

  test('is given without a majority', async (context) => {
    const { members, first, gateway } = await aCluster(3, context)
    const revision = await gateway.put('a', '1')
    await Promise.all(members.filter((member) => member !== first).map((member) => member.kill()))
    expect(await etcd.hashKv(first.endpoint, revision)).toMatchObject({ state: 'hashed' })
  })

  test('every entry of a CORRUPT alarm is disarmed by its own ID, also that of no member', async (context) => {
    const { first, gateway } = await aCluster(1, context)
    const { memberId } = await etcd.status(first.endpoint)
    const named = ['0', memberId, 'f00d'].map((id) => ({ memberId: id, alarm: 'CORRUPT' }) as const)
    for (const alarm of named) await gateway.raise(alarm)
    const raised = (await etcd.status(first.endpoint)).alarms
    expect(new Set(raised.map((alarm) => alarm.memberId))).toEqual(new Set(named.map((alarm) => alarm.memberId)))
    await expect(gateway.put('a', '1')).rejects.toThrow('corrupt cluster')

    for (const alarm of named) {
      await expect(gateway.put('a', '1')).rejects.toThrow('corrupt cluster')
      await etcd.disarm(first.endpoint, alarm)
    }
    await etcd.disarm(first.endpoint, { memberId: '0', alarm: 'CORRUPT' }) // Done already is done.
    expect((await etcd.status(first.endpoint)).alarms).toEqual([])
    await gateway.put('a', '1')
  })
})
