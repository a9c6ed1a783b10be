import { describe, expect, test } from 'vitest'
import type { Etcd, EtcdHash, EtcdStatus } from '../../../../src/adapters/etcd/calls.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { MemberEndpoint } from '../../../../src/model/names.ts'
import { compareData } from '../../../../src/observe/cluster/hash-vote.ts'
import { aCluster, clusterId, idOf, type Scene } from '../../../builders/a-cluster.ts'

interface Data {
  readonly hash: number
  readonly revision?: number
  readonly compactRevision?: number
  readonly memberId?: string
  readonly version?: string
  readonly knowsNoLeader?: boolean
  /** What the member answers for a numbered revision. */
  readonly refuses?: 'compacted' | 'ahead'
  /** Something is written while the member reads. */
  readonly writes?: boolean
}

/** Members with this data; demo-0 leads. */
function someEtcd(data: Readonly<Record<string, Data>>) {
  const asked: string[] = []
  const memberAt = ({ url }: MemberEndpoint): [string, Data] => {
    const name = `demo-${Number(/10\.0\.0\.(\d+):/.exec(url)?.[1]) - 1}`
    const found = data[name]
    if (found === undefined) throw new Failure('timeout', `${name} is silent`)
    return [name, found]
  }
  const etcd = {
    async status(endpoint: MemberEndpoint) {
      const [name, { revision = 7, memberId = idOf(name), version = '3.6.16', knowsNoLeader = false }] = memberAt(endpoint)
      return { clusterId, memberId, leaderId: knowsNoLeader ? undefined : idOf('demo-0'), version, revision } as EtcdStatus
    },
    async hashKv(endpoint: MemberEndpoint, at: number): Promise<EtcdHash> {
      const [name, { hash, revision = 7, compactRevision = -1, refuses, writes = false }] = memberAt(endpoint)
      asked.push(`${name}@${at}`)
      if (refuses !== undefined && at !== 0) return { state: refuses }
      return { state: 'hashed', hash, compactRevision, clusterId, memberId: idOf(name), revision: writes ? revision + 1 : revision }
    },
  }
  return { etcd: etcd as unknown as Etcd, asked } // The two calls that are made here.
}

const alarmed = (scene: Scene, memberId = '0') => scene.withAnswer('demo-0', { alarms: [{ memberId, alarm: 'CORRUPT' }] })
const equal = { 'demo-0': { hash: 1 }, 'demo-1': { hash: 1 }, 'demo-2': { hash: 1 } }
const three = aCluster({ size: 3 }).running(3)

async function compare(scene: Scene, data: Readonly<Record<string, Data>>, isComparisonDue = false) {
  const { etcd, asked } = someEtcd(data)
  const questions: string[] = []
  const vote = await compareData(etcd, scene, isComparisonDue, (question, ask) => {
    questions.push(question)
    return ask(new AbortController().signal)
  })
  return { vote, asked, question: questions[0] }
}

describe('members are asked for the hash of their data', () => {
  const refusing = three.refusedByPeers('demo-2')
  test.each([
    ['not while nothing says that it differs', three, false, 0],
    ['while the CORRUPT alarm is raised', alarmed(three), false, 3],
    ['while a member does not start because its data differs', refusing, false, 2],
    ['not any more once that member runs', refusing.withAnswer('demo-2'), false, 0],
    ['not for a crash of another kind', three.crashed('demo-2'), false, 0],
    ['not while no majority answers', alarmed(three).withoutMajority(), false, 0],
    ['once after a wrong member was replaced', three, true, 3],
    ['not while the new member has no vote yet', aCluster({ size: 3 }).running(2).withLearner('demo-2'), true, 0],
    ['not before the new member serves', three.takingPart('demo-2'), true, 0],
    ['not before the new member is listed', aCluster({ size: 3 }).running(2), true, 0],
  ] as const)('%s', async (_, scene, isComparisonDue, calls) => {
    expect((await compare(scene, equal, isComparisonDue)).asked).toHaveLength(calls)
  })
})

test('in the middle of a roll members of two versions agree: nothing waits for a hash of the same version', async () => {
  const { vote } = await compare(alarmed(three), { ...equal, 'demo-1': { hash: 1, version: '3.6.11' } })
  expect(vote).toMatchObject({ known: true, value: { verdict: 'agree', missing: new Map() } })
})

test('followers first, one after the other, and the leader last', async () => {
  expect((await compare(alarmed(three), equal)).asked).toEqual(['demo-1@0', 'demo-2@0', 'demo-0@0'])
})

test('while writes go on all are asked for the newest revision that all have applied', async () => {
  const behind = { ...equal, 'demo-1': { hash: 1, revision: 6 } }
  const { asked, vote } = await compare(alarmed(three), behind)
  expect(asked).toEqual(['demo-1@6', 'demo-2@6', 'demo-0@6'])
  expect(vote).toMatchObject({ value: { verdict: 'agree', revision: 6 } })
})

test('a member that was written to meanwhile is asked again for the revision of all', async () => {
  const { asked, vote } = await compare(alarmed(three), { ...equal, 'demo-2': { hash: 1, writes: true } })
  expect(asked).toEqual(['demo-1@0', 'demo-2@0', 'demo-2@7', 'demo-0@0'])
  expect(vote).toMatchObject({ value: { verdict: 'agree', missing: new Map() } })
})

test('the member that differs is found, whoever the alarm names', async () => {
  const { vote } = await compare(alarmed(three, idOf('demo-1')), { ...equal, 'demo-0': { hash: 2 } })
  expect(vote).toMatchObject({ value: { verdict: 'wrong', members: [idOf('demo-0')] } })
})

test.each([
  ['a silent member', { ...equal, 'demo-2': undefined }, 'demo-2 is silent'],
  ['a process that is another member', { ...equal, 'demo-2': { hash: 1, memberId: 'ff' } }, 'demo-2 answers as member ff of cluster c1c1'],
  [
    'a member that is behind the compaction of others',
    { 'demo-0': { hash: 1, refuses: 'compacted' }, 'demo-1': { hash: 1, revision: 3 } },
    'demo-0 has compacted revision 3 away',
  ],
  [
    'a member that was restarted',
    { 'demo-0': { hash: 1, refuses: 'ahead' }, 'demo-1': { hash: 1, revision: 3 } },
    'demo-0 has not applied revision 3 yet',
  ],
] as const)('%s gives no hash', async (_, data, why) => {
  const { vote } = await compare(alarmed(three.silent('demo-2')), data as Readonly<Record<string, Data>>)
  const words = vote.known ? [...vote.value.missing.values()].join('; ') : vote.why
  expect(words).toContain(why)
})

test('a voter that answers and gives no hash yet leaves the verdict open, unless a majority has convicted another', async () => {
  const refusing = { hash: 1, refuses: 'compacted' } as const
  const open = await compare(alarmed(three), { 'demo-0': { hash: 1, revision: 8 }, 'demo-1': { hash: 1 }, 'demo-2': refusing })
  expect(open.vote).toEqual({ known: false, why: 'demo-2 has compacted revision 7 away' })
  expect(open.asked).toHaveLength(9)
  const slow = await compare(alarmed(three), { 'demo-0': { hash: 1 }, 'demo-1': { hash: 2 } })
  expect(slow.vote).toEqual({ known: false, why: 'demo-2 is silent' })

  const five = alarmed(aCluster({ size: 5 }).running())
  const same = { hash: 1, revision: 8 }
  const data = { 'demo-0': same, 'demo-1': same, 'demo-2': same, 'demo-3': { hash: 2 }, 'demo-4': refusing }
  expect((await compare(five, data)).vote).toMatchObject({ value: { verdict: 'wrong', members: [idOf('demo-3')] } })
})

test('a voter that knows no leader counts as a silent one, until it knows one', async () => {
  const cutOff = alarmed(three.withAnswer('demo-2', { hasLeader: false }))
  const data = { ...equal, 'demo-2': { hash: 1, revision: 3, knowsNoLeader: true } }
  const { vote, asked, question } = await compare(cutOff, data)
  expect(asked).toEqual(['demo-1@0', 'demo-0@0'])
  expect(vote).toMatchObject({ value: { verdict: 'agree', missing: new Map([['a2', 'demo-2 knows no leader']]) } })
  expect((await compare(alarmed(three), equal)).question).not.toBe(question)
  // It was led a moment ago.
  expect((await compare(alarmed(three), data)).vote).toEqual({ known: false, why: 'demo-2 knows no leader' })
})

test('a process that runs on the data of another member is not waited for', async () => {
  const twin = alarmed(three.withAnswer('demo-2', { memberId: 'a1' }))
  const { vote } = await compare(twin, { ...equal, 'demo-2': { hash: 1, memberId: 'a1' } })
  expect(vote).toMatchObject({ value: { verdict: 'agree' } })
})

test('it is another question after a member, a process or a sign has changed', async () => {
  const scenes = [
    alarmed(three),
    alarmed(three, 'a1'),
    alarmed(three).withPod('demo-1', { uid: 'another' }),
    alarmed(three).withPod('demo-1', { etcd: { state: 'running', since: 5 } }),
    alarmed(aCluster({ size: 3 }).running(2)),
  ]
  const questions = await Promise.all(scenes.map(async (scene) => (await compare(scene, equal)).question))
  expect(new Set(questions).size).toBe(scenes.length)
  expect((await compare(alarmed(three).later(60_000), equal)).question).toBe(questions[0])
})
