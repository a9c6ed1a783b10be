import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { newest } from '../../src/adapters/etcd/calls.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { EtcdVersion } from '../cluster/versions.ts'
import { eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'

/** What the operator rests on when it takes a cluster to another version of etcd. */
describe('another version of etcd', { timeout: 240_000, concurrent: true }, () => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())

  async function aCluster(version: EtcdVersion, later: readonly EtcdVersion[], { onTestFinished }: TestContext) {
    const processes = await startEtcdProcesses(version, later)
    onTestFinished(() => processes.cleanUp())
    const members = await processes.bootstrap(3)
    const status = ({ endpoint }: MemberProcess) => etcd.status(endpoint)
    const [first] = members
    if (first === undefined) throw new Error('no member')
    await eventually('every member knows a leader', async () =>
      (await Promise.all(members.map(status))).every(({ leaderId }) => leaderId !== undefined) ? true : undefined,
    )
    await openGateway(first.endpoint.url).put('key', 'value')

    /** A graceful restart with the binary of this version. */
    async function restart(member: MemberProcess, to: EtcdVersion): Promise<void> {
      member.signal('SIGTERM')
      await member.ended()
      member.start({ state: 'established' }, {}, to)
      await eventually(`${member.name} serves with ${to}`, async () => ((await etcd.memberList(member.endpoint)) ? true : undefined))
      expect((await status(member)).version).toBe(to)
    }
    const storage = async () => (await Promise.all(members.map(status))).map(({ storageVersion }) => storageVersion)
    const allStore = (version: string | undefined) =>
      eventually(`all data is of ${version}`, async () => ((await storage()).every((each) => each === version) ? true : undefined))
    const targets = async () => (await Promise.all(members.map(status))).map(({ downgradeTarget }) => downgradeTarget)
    return { members, first, status, restart, storage, allStore, targets }
  }

  /** Starts it with this version; resolves with its exit code. */
  async function failsWith(member: MemberProcess, version: EtcdVersion): Promise<number | null> {
    member.signal('SIGTERM')
    await member.ended()
    member.start({ state: 'established' }, {}, version)
    return member.ended()
  }

  test('3.5 -> 3.6 -> 3.7: 3.7 does not start on entries of 3.5, unless every member has saved a snapshot since', async (context) => {
    const { members, first, restart, storage, allStore, targets } = await aCluster('3.5.35', ['3.6.16', '3.7.3'], context)
    const [a, b, c] = members as [MemberProcess, MemberProcess, MemberProcess]
    expect(await storage()).toEqual([undefined, undefined, undefined])
    await restart(a, '3.6.16')
    await restart(b, '3.6.16')
    // The start of the last member is the point of no return.
    await new Promise((resolve) => setTimeout(resolve, 5000))
    expect(await storage()).toEqual(['3.5.0', '3.5.0', undefined])
    // What members of both versions hold can be compared: the operator counts equal hashes, whatever version made them.
    const hashes = await Promise.all(members.map(({ endpoint }) => etcd.hashKv(endpoint, newest)))
    expect(new Set(hashes.map((answer) => (answer.state === 'hashed' ? answer.hash : answer.state))).size).toBe(1)
    await restart(b, '3.5.35')
    await restart(b, '3.6.16')
    await restart(c, '3.6.16')
    await allStore('3.6.0')

    expect(await failsWith(c, '3.7.3')).not.toBe(0)
    expect(c.log()).toContain('unmarshal should never fail')
    await restart(c, '3.6.16')
    await allStore('3.6.0')

    await etcd.enableDowngrade(first.endpoint, '3.5.0')
    await allStore('3.5.0')
    expect(await targets()).toEqual(['3.5.0', '3.5.0', '3.5.0'])
    await etcd.cancelDowngrade(first.endpoint)
    await allStore('3.6.0')
    expect(await targets()).toEqual([undefined, undefined, undefined])

    for (const member of members) await restart(member, '3.7.3')
    await allStore('3.7.0')
    expect(await openGateway(first.endpoint.url).countKeys()).toBe(1)
  })

  test('a quiet cluster that began with 3.6 is served by 3.7 as it is', async (context) => {
    const { members, first, restart, allStore } = await aCluster('3.6.11', ['3.7.3'], context)
    await allStore('3.6.0')
    for (const member of members) await restart(member, '3.7.3')
    await allStore('3.7.0')
    expect(await openGateway(first.endpoint.url).countKeys()).toBe(1)
  })

  test.for([
    ['3.7.3', '3.6.16', '3.6.0'],
    ['3.6.16', '3.5.35', '3.5.0'],
  ] as const)(
    '%s -> %s: the older etcd starts once the data of every member was taken back',
    async ([from, to, target], context: TestContext) => {
      const { members, first, restart, allStore, targets } = await aCluster(from, [to], context)
      const newer = `${from.slice(0, 3)}.0`
      await allStore(newer)
      await expect(etcd.enableDowngrade(first.endpoint, newer)).rejects.toMatchObject({ kind: 'rejected' })
      expect(await failsWith(first, to)).not.toBe(0)
      await restart(first, from)

      await etcd.enableDowngrade(first.endpoint, target)
      await etcd.enableDowngrade(first.endpoint, target).catch((error: unknown) => {
        // The data was taken back in between.
        expect(error).toMatchObject({ kind: 'rejected' })
      })
      await allStore(target)
      // Half way it can be taken back.
      await restart(first, to)
      // A member of 3.5 doesn't answer this call, so it is sent to one of the newer version.
      const [, other] = members as [MemberProcess, MemberProcess, MemberProcess]
      await etcd.cancelDowngrade(other.endpoint)
      await etcd.cancelDowngrade(other.endpoint)
      await restart(first, from)
      await allStore(newer)

      await etcd.enableDowngrade(first.endpoint, target)
      await allStore(target)
      for (const member of members) await restart(member, to)
      const isOver = async () => ((await targets()).every((each) => each === undefined) ? true : undefined)
      await eventually('etcd forgets the permission', isOver)
      await allStore(to.startsWith('3.5.') ? undefined : target)
      expect(await openGateway(first.endpoint.url).countKeys()).toBe(1)
    },
  )
})
