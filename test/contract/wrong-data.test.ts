import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { HashVote } from '../../src/model/cluster/hash-vote.ts'
import type { Member, PodFacts } from '../../src/model/cluster/view.ts'
import { type Known, known } from '../../src/model/known.ts'
import { compareData } from '../../src/observe/cluster/hash-vote.ts'
import { aCluster, anEtcdCluster } from '../builders/a-cluster.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'
import { makeWrongForGood } from './wrong-value.ts'

const versions = ['3.5.35', '3.6.16', '3.7.3'] as const
/** The leader's data, or a follower's, is made wrong. */
const victims = ['follower', 'leader'] as const
const value = 'a value that is unlike any other'

describe.concurrent.each(versions)('a member of etcd %s with wrong data', (version) => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())
  const checkTime = version.startsWith('3.5.') ? 'experimental-compact-hash-check-time' : 'compact-hash-check-time'
  // The machine may be busy: a leader that changes meanwhile would only take time.
  const settings = { extraArgs: { [checkTime]: '1s' }, heartbeatIntervalMs: 100, electionTimeoutMs: 2_000 }

  async function aClusterOf(size: number, { onTestFinished }: TestContext) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const members = await processes.bootstrap(size, settings)
    const ids = await eventually('all answer', async () =>
      Promise.all(members.map(async ({ endpoint }) => (await etcd.status(endpoint)).memberId)),
    )
    const all = members.map((member, index) => ({ ...member, id: ids[index] ?? '' }))
    const leaderId = await eventually('a leader', async () => all[0] && (await etcd.status(all[0].endpoint)).leaderId)
    await eventually('a list', () => etcd.memberList(all[0]?.endpoint ?? { url: '' }))
    return { processes, members: all, leaderId }
  }
  type Running = MemberProcess & { readonly id: string }

  /** The operator's own comparison, of the members that run here. */
  async function vote(asked: Running, members: readonly Running[]): Promise<Known<HashVote>> {
    const { clusterId, members: listed } = await etcd.memberList(asked.endpoint)
    const rows = listed.map(
      (row): Member => ({
        id: row.id,
        name: nameOf(members, row.id),
        peerUrl: row.peerUrls[0] ?? '',
        isLearner: row.isLearner,
        published: true,
      }),
    )
    const seen = aCluster().with({
      cluster: anEtcdCluster(),
      membership: known({ clusterId, members: rows }),
      pods: members.map((member) => aPod(member)),
    })
    return compareData(etcd, seen.withAnswer('demo-0').alarmed('0'), false, (_, compare) => compare(new AbortController().signal))
  }

  function compact({ endpoint }: Running): Promise<boolean> {
    return eventually('a compaction', async () => {
      await openGateway(endpoint.url).compact((await etcd.status(endpoint)).revision)
      return true
    })
  }

  test.for(victims)('is found, removed and replaced, and no acknowledged write is lost: a %s', async (victim, context) => {
    const { processes, members, leaderId } = await aClusterOf(3, context)
    const wrong = members.find(({ id }) => (id === leaderId) === (victim === 'leader')) as Running
    const [first, second] = members.filter((member) => member !== wrong) as [Running, Running]
    const gateway = openGateway(first.endpoint.url)
    await gateway.put('key', value)
    const writer = startWriting(first.endpoint.url)
    await eventually('some writes', async () => (writer.acknowledged.size > 20 ? true : undefined))
    await makeWrongForGood(wrong, 'key', value)

    // etcd finds it itself, by the hashes that members keep of a compaction.
    await compact(first)
    await eventually('the alarm', async () => ((await etcd.status(first.endpoint)).alarms.length > 0 ? true : undefined))
    await expect(gateway.put('more', '1')).rejects.toThrow('corrupt cluster')
    expect(await eventuallyKnown(() => vote(first, members))).toMatchObject({ verdict: 'wrong', members: [wrong.id] })

    if ((await etcd.status(wrong.endpoint)).leaderId === wrong.id) await etcd.moveLeader(wrong.endpoint, second.id)
    await eventually('the removal', async () => {
      await etcd.remove(first.endpoint, wrong.id)
      return true
    })
    // Nobody stops it, and it comes back as little as it stays.
    expect(await Promise.race([wrong.ended(), later(30_000)])).not.toBe('later')
    wrong.start({ state: 'established' }, settings)
    expect(await Promise.race([wrong.ended(), later(30_000)])).not.toBe('later')

    expect(await eventuallyKnown(() => vote(first, [first, second]))).toMatchObject({ verdict: 'agree', missing: new Map() })
    for (const alarm of (await etcd.status(first.endpoint)).alarms) await etcd.disarm(first.endpoint, alarm)
    await gateway.put('writes are accepted', 'again')

    const joining = await processes.member('m3')
    const added = await eventually('the addition', () => etcd.addLearner(first.endpoint, joining.peerUrl))
    const list = added.members.map(({ id, name, peerUrls }) => ({ name: id === added.id ? 'm3' : name, peerUrl: peerUrls[0] ?? '' }))
    joining.start({ state: 'joining', token: aToken, members: list }, settings)
    const third = { ...joining, id: added.id }
    await eventually('the promotion', async () => {
      const { leaderId: leads } = await etcd.status(first.endpoint)
      await etcd.promote((leads === first.id ? first : second).endpoint, added.id)
      return true
    })
    const all = [first, second, third]
    await eventually('the new member serves', () => etcd.status(third.endpoint))
    await compact(first)
    expect(await eventuallyKnown(() => vote(first, all))).toMatchObject({ verdict: 'agree', missing: new Map() })

    await later(2_500) // Two further checks of etcd's own.
    expect((await etcd.status(first.endpoint)).alarms).toEqual([])
    writer.stop()
    for (const member of all) {
      const kept = openGateway(member.endpoint.url)
      expect(await kept.get('key')).toBe(value)
      for (const [key, text] of writer.acknowledged) expect(await kept.get(key)).toBe(text)
    }
  })

  test('is not told by the alarm: nobody is wrong where a client raised it', async (context) => {
    const { members } = await aClusterOf(3, context)
    const [first, second] = members as [Running, Running]
    await openGateway(first.endpoint.url).raise({ memberId: second.id, alarm: 'CORRUPT' })
    expect(await eventuallyKnown(() => vote(first, members))).toMatchObject({ verdict: 'agree', missing: new Map() })
  })

  test('one of two can not be told from the other', async (context) => {
    const { members } = await aClusterOf(2, context)
    const [first] = members as [Running]
    await openGateway(first.endpoint.url).put('key', value)
    const writer = startWriting(first.endpoint.url)
    await makeWrongForGood(first, 'key', value)
    writer.stop()
    expect(await eventuallyKnown(() => vote(first, members))).toMatchObject({ verdict: 'no-majority', missing: new Map() })
  })
})

function nameOf(members: readonly { readonly id: string; readonly name: string }[], id: string): string {
  return members.find((member) => member.id === id)?.name ?? id
}

function aPod({ name, endpoint }: MemberProcess): PodFacts {
  const [pod] = aCluster().withPod(name, { ip: new URL(endpoint.url).hostname }).pods
  if (pod === undefined) throw new Error('no pod')
  return pod
}

async function eventuallyKnown(ask: () => Promise<Known<HashVote>>): Promise<HashVote> {
  return eventually('a verdict', async () => {
    const answer = await ask()
    if (!answer.known) throw new Error(answer.why)
    return answer.value
  })
}

/** Writes until it is stopped; remembers what was acknowledged. */
function startWriting(url: string) {
  const gateway = openGateway(url)
  const acknowledged = new Map<string, string>()
  let isStopped = false
  async function write(): Promise<void> {
    for (let count = 0; !isStopped; count += 1) {
      const text = `value ${count}`
      await gateway.put(`written-${count}`, text).then(
        () => acknowledged.set(`written-${count}`, text),
        () => later(20),
      )
    }
  }
  void write()
  return {
    acknowledged,
    stop() {
      isStopped = true
    },
  }
}

function later(ms: number): Promise<'later'> {
  return new Promise((resolve) => setTimeout(() => resolve('later'), ms))
}
