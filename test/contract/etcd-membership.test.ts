import { Etcd3 } from 'etcd3'
import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { MemberSettings } from '../../src/model/cluster/member-settings.ts'
import { hasMaxLearners, updatePromotesLearner } from '../../src/model/versions.ts'
import { maxLearners } from '../../src/objects/etcd-config/config-file.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'

const versions = process.env.TEST_LONG ? etcdVersions : (['3.6.16'] as const)

/** Each test has a cluster of its own, so that the five seconds that etcd asks for here and there pass together. */
describe.each(versions)('membership of etcd %s', { concurrent: true }, (version) => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())

  async function aCluster(size: number, { onTestFinished }: TestContext, settings?: Partial<MemberSettings>) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const members = await processes.bootstrap(size, settings)
    const [first, second] = members
    if (first === undefined) throw new Error('no member')
    await eventually('every member has started', () => startedMembers(first, size))
    return { processes, members, first, second: second ?? first }
  }

  async function startedMembers(asked: MemberProcess, count: number) {
    const list = await etcd.memberList(asked.endpoint)
    return list.members.filter((member) => member.clientUrls.length > 0).length === count ? list : undefined
  }

  /** Adds it as a learner and starts it with the list that etcd answered. */
  async function join(asked: MemberProcess, joining: MemberProcess): Promise<string> {
    const added = await eventually('the addition', () => etcd.addLearner(asked.endpoint, joining.peerUrl))
    const members = added.members.map(({ id, name, peerUrls }) => ({
      name: id === added.id ? joining.name : name,
      peerUrl: peerUrls[0] ?? '',
    }))
    joining.start({ state: 'joining', token: aToken, members })
    await eventually('the learner answers', async () => (await etcd.status(joining.endpoint)).memberId === added.id || undefined)
    return added.id
  }

  const promoted = (asked: MemberProcess, id: string) =>
    eventually('the promotion', async () => {
      await etcd.promote(asked.endpoint, id)
      return true
    })

  test('the metrics page tells of a member what its status tells', async (context) => {
    const { first } = await aCluster(1, context)
    const page = { url: first.endpoint.url.replace(':2379', ':2381') }
    await eventually('both agree', async () => {
      const [status, raft] = await Promise.all([etcd.status(first.endpoint), etcd.raftStatus(page)])
      const { memberId, isLearner, raftAppliedIndex, revision, dbSize } = status
      const same = raft.raftAppliedIndex === raftAppliedIndex && raft.dbSize === dbSize && raft.revision === revision
      return (same && raft.memberId === memberId && raft.version === version && raft.hasLeader && raft.isLearner === isLearner) || undefined
    })
  })

  test('three members found one cluster from their files', async (context) => {
    const { members, second } = await aCluster(3, context)
    const looks = await Promise.all(members.map((member) => etcd.status(member.endpoint)))
    expect(new Set(looks.map((look) => look.clusterId)).size).toBe(1)
    expect(new Set(looks.map((look) => look.memberId)).size).toBe(3)
    expect(looks.map((look) => look.version)).toEqual([version, version, version])

    const list = await etcd.memberList(second.endpoint)
    expect(list.members.map((member) => member.name).sort()).toEqual(['m0', 'm1', 'm2'])
    expect(list.clusterId).toBe(looks[0]?.clusterId)
  })

  test('a learner joins, becomes a voter, leads, and the founder leaves', async (context) => {
    const { processes, first: founder } = await aCluster(1, context)
    const second = await processes.member('m1')
    const founderId = (await etcd.status(founder.endpoint)).memberId

    const id = await join(founder, second)
    await expect(etcd.addLearner(founder.endpoint, second.peerUrl)).rejects.toMatchObject({ kind: 'conflict' })
    expect(await etcd.status(second.endpoint)).toMatchObject({ memberId: id, isLearner: true, leaderId: founderId })
    await expect(etcd.memberList(second.endpoint)).rejects.toMatchObject({ kind: 'rejected' })
    await expect(etcd.moveLeader(founder.endpoint, id)).rejects.toMatchObject({ kind: 'rejected' })

    await promoted(founder, id)
    // Done already is done; etcd looks first whether the new voter is in sync, and for a moment it may not be.
    await promoted(founder, id)
    await eventually('it has heard of it itself', async () => ((await etcd.status(second.endpoint)).isLearner ? undefined : true))

    await expect(etcd.moveLeader(second.endpoint, id)).rejects.toMatchObject({ kind: 'conflict' })
    await etcd.moveLeader(founder.endpoint, id)
    expect((await etcd.status(second.endpoint)).leaderId).toBe(id)

    // Refused as `unhealthy cluster` until the voter that would stay has been connected for five seconds.
    await eventually('the removal', async () => {
      await etcd.remove(second.endpoint, founderId)
      return true
    })
    await etcd.remove(second.endpoint, founderId) // Done already is done.
    expect((await etcd.memberList(second.endpoint)).members.map((member) => member.id)).toEqual([id])
  })

  test('a learner that has not started is not promoted', async (context) => {
    const { first: founder } = await aCluster(1, context)
    const { id, name, members } = await etcd.addLearner(founder.endpoint, 'http://127.0.0.1:9')
    expect(name).toBe('')
    expect(members).toHaveLength(2)
    await expect(etcd.promote(founder.endpoint, id)).rejects.toMatchObject({ kind: 'rejected' })
    await expect(etcd.promote(founder.endpoint, 'abc')).rejects.toMatchObject({ kind: 'not-found' })
  })

  test(`${hasMaxLearners(version) ? 'two learners' : 'one learner'} at once, not more`, async (context) => {
    const { processes, first: founder } = await aCluster(1, context)
    const room = hasMaxLearners(version) ? maxLearners : 1
    const ids: string[] = []
    for (let index = 1; index <= room; index += 1) ids.push(await join(founder, await processes.member(`m${index}`)))
    await expect(etcd.addLearner(founder.endpoint, 'http://127.0.0.1:9')).rejects.toMatchObject({ kind: 'rejected' })

    for (const id of ids) await promoted(founder, id)
    const list = await eventually('all have started', () => startedMembers(founder, room + 1))
    expect(list.members.filter((member) => member.isLearner)).toEqual([])
  })

  test('without a majority a member still answers for itself, with its own list too, and nothing else is answered', async (context) => {
    const { members, first: lonely } = await aCluster(3, context)
    await Promise.all(members.filter((member) => member !== lonely).map((other) => other.kill()))
    const look = await eventually('the loss is noticed', async () => {
      const status = await etcd.status(lonely.endpoint)
      return status.leaderId === undefined ? status : undefined
    })

    expect((await etcd.ownMemberList(lonely.endpoint)).members).toHaveLength(3)
    const asked = [
      etcd.memberList(lonely.endpoint, { deadlineMs: 1000 }),
      etcd.addLearner(lonely.endpoint, 'http://127.0.0.1:9', { deadlineMs: 1000 }),
      etcd.remove(lonely.endpoint, look.memberId, { deadlineMs: 1000 }),
    ]
    for (const answer of await Promise.allSettled(asked)) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { kind: expect.stringMatching(/^(unavailable|timeout)$/) } })
    }
  })

  test('an addition soon after a voter has restarted is a try too early', async (context) => {
    const { first, second } = await aCluster(3, context)
    await second.kill()
    second.start({ state: 'established' })
    await eventually('it is back', () => etcd.memberList(second.endpoint))
    await expect(etcd.addLearner(first.endpoint, 'http://127.0.0.1:9')).rejects.toMatchObject({ kind: 'unavailable' })
    expect(await eventually('the addition', () => etcd.addLearner(first.endpoint, 'http://127.0.0.1:9'))).toMatchObject({ isLearner: true })
  })

  test('a member gets another peer URL, and a learner stays one where etcd does not forget that it is', async (context) => {
    const { first } = await aCluster(1, context)
    const { memberId } = await etcd.status(first.endpoint)
    const { id, peerUrls } = await etcd.addLearner(first.endpoint, 'http://127.0.0.1:9')
    const list = async () => (await etcd.memberList(first.endpoint)).members.toSorted((a, b) => Number(a.id === id) - Number(b.id === id))

    await etcd.updatePeerUrl(first.endpoint, memberId, 'https://127.0.0.1:8')
    await etcd.updatePeerUrl(first.endpoint, memberId, 'https://127.0.0.1:8') // Done already is done.
    expect(await list()).toMatchObject([{ id: memberId, peerUrls: ['https://127.0.0.1:8'] }, { peerUrls }])
    // `http` and `https` of one host are two URLs.
    await etcd.updatePeerUrl(first.endpoint, memberId, first.peerUrl)
    await expect(etcd.updatePeerUrl(first.endpoint, memberId, 'http://127.0.0.1:9')).rejects.toMatchObject({ kind: 'conflict' })
    await expect(etcd.updatePeerUrl(first.endpoint, 'ab12', 'http://127.0.0.1:7')).rejects.toMatchObject({ kind: 'not-found' })

    await etcd.updatePeerUrl(first.endpoint, id, 'https://127.0.0.1:9').catch(() => {}) // A voter that doesn't run costs the majority.
    const own = await etcd.ownMemberList(first.endpoint)
    expect(own.members.find((each) => each.id === id)).toMatchObject({ isLearner: !updatePromotesLearner(version) })
  })

  test('a full member raises an alarm that every member knows of, until it is disarmed', async (context) => {
    const { first } = await aCluster(1, context, { quotaBackendBytes: 2 * 1024 * 1024 })
    // One to fill, one to clear: etcd3's own circuit breaker stays open for a while after the refusal.
    const [client, other] = [new Etcd3({ hosts: first.endpoint.url }), new Etcd3({ hosts: first.endpoint.url })]
    context.onTestFinished(() => [client, other].forEach((each) => void each.close()))
    const fill = async () => {
      for (let key = 0; key < 100; key += 1) await client.put(`${key}`).value(Buffer.alloc(64 * 1024))
    }
    await expect(fill()).rejects.toThrow('database space exceeded')

    // The write that no longer fits when it is applied is refused first, and the alarm raised then.
    const { memberId, alarms, dbSize, dbSizeInUse } = await eventually('the alarm', async () => {
      const status = await etcd.status(first.endpoint)
      return status.alarms.length > 0 ? status : undefined
    })
    const alarm = { memberId, alarm: 'NOSPACE' } as const
    expect(alarms).toEqual([alarm])
    expect(dbSize).toBeGreaterThanOrEqual(dbSizeInUse)

    const { header } = await other.delete().prefix('')
    await other.kv.compact({ revision: header.revision, physical: true })
    await openGateway(first.endpoint.url).defragment()
    await etcd.disarm(first.endpoint, alarm)
    await etcd.disarm(first.endpoint, alarm) // Done already is done.
    const after = await etcd.status(first.endpoint)
    expect(after.alarms).toEqual([])
    expect(after.dbSize).toBeLessThan(dbSize)
  })

  test('a member whose file lists other members than etcd does ends instead of joining', async (context) => {
    const { processes, first } = await aCluster(1, context)
    const joining = await processes.member('m1')
    joining.start({ state: 'joining', token: aToken, members: [first, joining] }) // Nobody has added it.
    expect(await joining.ended()).toBe(1)
    expect(joining.log()).toContain('member count is unequal')
  })

  // Each asks every listed member for its version; the other's port listens but doesn't serve yet, for 7 s.
  test.runIf(process.env.TEST_LONG && hasMaxLearners(version))(
    'two learners that start at the same moment hold each other up',
    async (context) => {
      const { processes, first } = await aCluster(1, context)
      const both = [await processes.member('m1'), await processes.member('m2')]
      for (const joining of both) await etcd.addLearner(first.endpoint, joining.peerUrl)
      for (const joining of both) joining.start({ state: 'joining', token: aToken, members: [first, ...both] })
      await eventually('both have started', () => startedMembers(first, 3), 30_000)
    },
  )
})
