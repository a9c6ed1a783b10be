import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { newest } from '../../src/adapters/etcd/calls.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { EtcdVersion } from '../cluster/versions.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'
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

  // One learner is all that 3.5 allows: it must not find the entries of two in its log.
  test('two learners that joined 3.6 at once do not keep 3.5 from starting, once the data was taken back', async ({ onTestFinished }) => {
    const processes = await startEtcdProcesses('3.6.16', ['3.5.35'])
    onTestFinished(() => processes.cleanUp())
    const [first] = await processes.bootstrap(1)
    if (first === undefined) throw new Error('no member')
    await eventually('it serves', () => openGateway(first.endpoint.url).put('key', 'value'))
    const learners = [await processes.member('m1'), await processes.member('m2')]
    const added: { readonly id: string; readonly name: string; readonly peerUrl: string }[] = []
    for (const { name, peerUrl } of learners) added.push({ ...(await etcd.addLearner(first.endpoint, peerUrl)), name, peerUrl })
    expect((await etcd.memberList(first.endpoint)).members.filter(({ isLearner }) => isLearner)).toHaveLength(2)
    // One after the other: each asks all others for their version, and waits for those that don't serve yet.
    for (const learner of learners) {
      learner.start({ state: 'joining', token: aToken, members: [first, ...learners] })
      await eventually(`${learner.name} has started`, () => etcd.status(learner.endpoint), 60_000)
    }
    const promoted = async (id: string) => {
      await etcd.promote(first.endpoint, id)
      return true
    }
    for (const { id } of added) await eventually('the promotion', () => promoted(id))

    const members = [first, ...learners]
    const stored = async (version: string | undefined) => {
      const statuses = await Promise.all(members.map(({ endpoint }) => etcd.status(endpoint)))
      return statuses.every(({ storageVersion }) => storageVersion === version) || undefined
    }
    await eventually('all data is of 3.6', () => stored('3.6.0'))
    await etcd.enableDowngrade(first.endpoint, '3.5.0')
    await eventually('all data is of 3.5', () => stored('3.5.0'))
    for (const member of members) {
      member.signal('SIGTERM')
      await member.ended()
      member.start({ state: 'established' }, {}, '3.5.35')
      await eventually(`${member.name} serves with 3.5`, () => etcd.memberList(member.endpoint))
    }
    const ids = (await etcd.memberList(first.endpoint)).members.map(({ id, isLearner }) => `${id} ${isLearner}`).toSorted()
    expect(ids.filter((each) => each.endsWith('false'))).toHaveLength(3)
    for (const { endpoint } of members) {
      expect((await etcd.ownMemberList(endpoint)).members.map(({ id, isLearner }) => `${id} ${isLearner}`).toSorted()).toEqual(ids)
      expect((await etcd.storedMembers(endpoint)).map(({ id, isLearner }) => `${id} ${isLearner}`).toSorted()).toEqual(ids)
      await openGateway(endpoint.url).put('key', 'again')
    }
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
