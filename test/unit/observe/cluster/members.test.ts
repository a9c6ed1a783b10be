import { describe, expect, test } from 'vitest'
import type { CallOptions } from '../../../../src/adapters/etcd/call-options.ts'
import type { Etcd, EtcdMember, EtcdStatus, MemberList } from '../../../../src/adapters/etcd/calls.ts'
import type { RaftStatus } from '../../../../src/adapters/etcd/metrics-page.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { PodFacts } from '../../../../src/model/cluster/view.ts'
import type { Known } from '../../../../src/model/known.ts'
import type { MemberEndpoint } from '../../../../src/model/names.ts'
import { endpointOf } from '../../../../src/model/names.ts'
import { askMembers } from '../../../../src/observe/cluster/members.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const late = new Failure('timeout', 'deadline exceeded')
const untrusted = new Failure('untrusted', "the member's certificate has expired")
const locked = new Failure('forbidden', 'etcdserver: user name is empty')

function aStatus(changes: Partial<EtcdStatus> = {}): EtcdStatus {
  return {
    clusterId: 'c1c1',
    memberId: 'a0',
    version: '3.6.16',
    leaderId: 'a0',
    isLearner: false,
    raftIndex: 10,
    raftAppliedIndex: 9,
    raftTerm: 2,
    revision: 7,
    dbSize: 24_576,
    dbSizeInUse: 16_384,
    dbSizeQuota: 2 ** 31,
    storageVersion: '3.6.0',
    downgradeTarget: undefined,
    alarms: [],
    ...changes,
  }
}

const onThePage: RaftStatus = {
  memberId: 'a1',
  version: '3.6.16',
  hasLeader: true,
  isLearner: true,
  raftAppliedIndex: 7,
  revision: 6,
  dbSize: 8192,
  dbSizeInUse: 4096,
  connectedTo: [],
  isDefragmenting: false,
}

function aRow(name: string, changes: Partial<EtcdMember> = {}): EtcdMember {
  const id = `a${name.slice(-1)}`
  const host = `${name}.demo-peers.ns.svc`
  return { id, name, peerUrls: [`http://${host}:2380`], clientUrls: [`http://${host}:2379`], isLearner: false, ...changes }
}

const list: MemberList = {
  clusterId: 'c1c1',
  members: ['demo-0', 'demo-1', 'demo-2'].map((name) => aRow(name)),
}

/** What a member says when it is asked; several: one after the other. Nothing: it never answers. */
interface Voice {
  readonly status?: readonly (EtcdStatus | Failure)[]
  readonly page?: RaftStatus
  readonly list?: MemberList | Failure
  /** As it alone knows it. */
  readonly own?: MemberList
}

/** Members by their IP. */
function etcdOf(voices: Readonly<Record<string, Voice>>): Etcd {
  const asked = new Map<string, number>()
  const voiceAt = ({ url }: MemberEndpoint) => voices[new URL(url).hostname] ?? {}
  const etcd = {
    status(endpoint: MemberEndpoint, options: CallOptions) {
      const nth = asked.get(endpoint.url) ?? 0
      asked.set(endpoint.url, nth + 1)
      return say(voiceAt(endpoint).status?.[nth], options)
    },
    raftStatus: (endpoint: MemberEndpoint, options: CallOptions) =>
      say(endpoint.url.endsWith(':2381') ? voiceAt(endpoint).page : undefined, options),
    memberList: (endpoint: MemberEndpoint, options: CallOptions) =>
      say(voiceAt(endpoint).list ?? new Failure('rejected', 'refused'), options),
    ownMemberList: (endpoint: MemberEndpoint, options: CallOptions) =>
      say(voiceAt(endpoint).own ?? new Failure('rejected', 'refused'), options),
  }
  return etcd as unknown as Etcd // The four questions that are asked here.
}

/** Silence lasts until the deadline, or until nobody listens any more. */
async function say<T>(words: T | Failure | undefined, { deadlineMs = 0, signal }: CallOptions): Promise<T> {
  if (words instanceof Failure) throw words
  if (words !== undefined) return words
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(late), deadlineMs)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new Failure('unavailable', 'aborted'))
    })
  })
}

/** Its client port refuses. */
const gone: Voice = { status: [late] }

const look = (
  voices: Readonly<Record<string, Voice>>,
  view: Scene = three,
  pods: readonly PodFacts[] = view.pods,
  pinned: string | undefined = view.cluster.status?.clusterID,
) => askMembers(etcdOf(voices), view.cluster, pinned, pods, (_, ask, signal) => ask(signal), new AbortController().signal)

const follower = (id: string) => aStatus({ memberId: id })
const all: Readonly<Record<string, Voice>> = {
  '10.0.0.1': { status: [follower('a0')], list },
  '10.0.0.2': { status: [follower('a1')], list },
  '10.0.0.3': { status: [follower('a2')], list },
}

describe.concurrent('what a member answers', () => {
  test('is kept by the name of its pod', async () => {
    const { answers } = await look({
      ...all,
      '10.0.0.2': {
        status: [
          aStatus({
            memberId: 'a1',
            raftIndex: 12,
            alarms: [
              { memberId: 'a0', alarm: 'NOSPACE' },
              { memberId: 'a1', alarm: 'NOSPACE' },
            ],
          }),
        ],
        list,
      },
    })
    expect([...answers.keys()].toSorted()).toEqual(['demo-0', 'demo-1', 'demo-2'])
    expect(answers.get('demo-1')).toEqual({
      known: true,
      value: {
        serves: true,
        hasLeader: true,
        clusterId: 'c1c1',
        memberId: 'a1',
        version: '3.6.16',
        leaderId: 'a0',
        isLearner: false,
        raftIndex: 12,
        raftAppliedIndex: 9,
        raftTerm: 2,
        revision: 7,
        dbBytes: 24_576,
        dbBytesInUse: 16_384,
        dbQuotaBytes: 2 ** 31,
        storageVersion: '3.6.0',
        downgradeTarget: undefined,
        alarms: [
          { memberId: 'a0', alarm: 'NOSPACE' },
          { memberId: 'a1', alarm: 'NOSPACE' },
        ],
      },
    })
  })

  test('is that it knows no leader', async () => {
    const { answers } = await look({ ...all, '10.0.0.2': { status: [aStatus({ leaderId: undefined })] } })
    expect(answers.get('demo-1')).toMatchObject({ value: { hasLeader: false, leaderId: undefined } })
  })

  test('is not known when it is silent: it is asked once, and not for long', async () => {
    const { answers } = await look({ ...all, '10.0.0.2': { status: [late, follower('a1')], list } })
    expect(answers.get('demo-1')).toEqual({ known: false, why: 'deadline exceeded' })
    expect(answers.get('demo-0')?.known).toBe(true)
  })

  test.each([
    ['its etcd does not run', { etcd: { state: 'terminated' } }],
    ['its etcd waits', { etcd: { state: 'waiting', reason: 'CrashLoopBackOff', message: '' } }],
    ['its pod has no address', { ip: undefined }],
  ] as const)('is not known when %s', async (_, changes) => {
    const { answers } = await look(all, three.withPod('demo-1', changes))
    expect(answers.get('demo-1')).toEqual({ known: false, why: 'its etcd is not running' })
  })
})

describe.concurrent('a member that is not ready', () => {
  const starting = three.withPod('demo-1', { ready: false })

  test('is known by its metrics page while its client port is silent', async () => {
    const { answers } = await look({ ...all, '10.0.0.2': { page: onThePage } }, starting)
    expect(answers.get('demo-1')).toEqual({
      known: true,
      value: {
        serves: false,
        hasLeader: true,
        memberId: 'a1',
        version: '3.6.16',
        isLearner: true,
        raftAppliedIndex: 7,
        revision: 6,
        dbBytes: 8192,
        dbBytesInUse: 4096,
        isDefragmenting: false,
      },
    })
  })

  test('is known by its metrics page while its client port refuses', async () => {
    const { answers } = await look({ ...all, '10.0.0.2': { status: [late], page: onThePage } }, starting)
    expect(answers.get('demo-1')).toMatchObject({ value: { serves: false } })
  })

  test('is known by its client port when that answers at once', async () => {
    const { answers } = await look({ ...all, '10.0.0.2': { status: [follower('a1')], page: onThePage } }, starting)
    expect(answers.get('demo-1')).toMatchObject({ value: { serves: true, memberId: 'a1' } })
  })

  test('is known to ask for a user, whatever its metrics page says', async () => {
    const { answers } = await look({ ...all, '10.0.0.2': { status: [locked], page: onThePage } }, starting)
    expect(answers.get('demo-1')).toEqual({ known: false, why: 'etcdserver: user name is empty', cause: 'forbidden' })
  })

  test('is not believed on its plain metrics page when its certificate is not trusted', async () => {
    const { answers } = await look({ ...all, '10.0.0.2': { status: [untrusted], page: onThePage } }, starting)
    expect(answers.get('demo-1')).toEqual({ known: false, why: "the member's certificate has expired", cause: 'untrusted' })
  })

  test('is not known when both are silent', async () => {
    const { answers } = await look({ ...all, '10.0.0.2': {} }, starting)
    expect(answers.get('demo-1')).toEqual({ known: false, why: 'deadline exceeded' })
  })

  test('is known by its metrics page when its pod is ready already, and its client port is not', async () => {
    for (const silent of [{ page: onThePage }, { status: [late], page: onThePage }]) {
      // As long as two voters are not known to take part, no failure is allowed for. The machine may be busy: the quickest look counts.
      const looked = async () => {
        const startMs = performance.now()
        const { answers } = await look({ ...all, '10.0.0.2': silent })
        expect(answers.get('demo-1')).toMatchObject({ value: { serves: false, memberId: 'a1' } })
        return performance.now() - startMs
      }
      let quickest = await looked()
      for (let more = 0; more < 10 && quickest >= 500; more += 1) quickest = Math.min(quickest, await looked())
      expect(quickest).toBeLessThan(500)
    }
  })
})

test.concurrent('the metrics page of a member that answers at once is not read', async () => {
  const asked: string[] = []
  const etcd = etcdOf(all)
  const watched: Etcd = {
    ...etcd,
    raftStatus(endpoint, options) {
      asked.push(endpoint.url)
      return etcd.raftStatus(endpoint, options)
    },
  }
  await askMembers(watched, three.cluster, 'c1c1', three.pods, (_, ask, signal) => ask(signal), new AbortController().signal)
  await new Promise(setImmediate) // Whatever the end of the ask set going has begun by now.
  expect(asked).toEqual([])
})

test.concurrent('the order of the answers is that of the pods, whoever answers first: what is said of them does not change with every look', async () => {
  const asked: string[] = []
  const etcd = etcdOf(all)
  const slowFirst: Etcd = {
    ...etcd,
    async status(endpoint, options) {
      if (endpoint.url.includes('10.0.0.1')) await new Promise(setImmediate)
      return etcd.status(endpoint, options)
    },
  }
  const { answers } = await askMembers(
    slowFirst,
    three.cluster,
    'c1c1',
    three.pods,
    (who, ask, signal) => {
      asked.push(who)
      return ask(signal)
    },
    new AbortController().signal,
  )
  expect([...answers.keys()]).toEqual(['demo-0', 'demo-1', 'demo-2'])
  expect(asked.at(-1)).toMatch(/demo-0,demo-1,demo-2$/)
})

describe.concurrent('the member list', () => {
  const leader = (id: string) => aStatus({ memberId: id, leaderId: id })
  const naming = (name: string): MemberList => ({ ...list, members: [aRow(name)] })

  test('is read with names by peer URL, and with who has started', async () => {
    const members = [
      aRow('demo-0', { name: 'other' }),
      aRow('demo-3', { name: '', clientUrls: [], isLearner: true }),
      aRow('x', { id: 'beef', peerUrls: ['http://10.9.9.9:2380'] }),
    ]
    const { membership } = await look({ ...all, '10.0.0.1': { status: [leader('a0')], list: { ...list, members } } })
    expect(membership).toEqual({
      known: true,
      value: {
        clusterId: 'c1c1',
        members: [
          { id: 'a0', name: 'demo-0', peerUrl: 'http://demo-0.demo-peers.ns.svc:2380', isLearner: false, published: true },
          { id: 'a3', name: 'demo-3', peerUrl: 'http://demo-3.demo-peers.ns.svc:2380', isLearner: true, published: false },
          { id: 'beef', name: undefined, peerUrl: 'http://10.9.9.9:2380', isLearner: false, published: true },
        ],
      },
    })
  })

  test('has each name once: that of a member that has started, whatever peer somebody has added for its host', async () => {
    const other = aRow('demo-0', { id: 'beef', peerUrls: ['https://demo-0.demo-peers.ns.svc:2380'], clientUrls: [] })
    const members = [other, aRow('demo-0'), { ...other, id: 'cafe' }, aRow('demo-1')]
    const { membership } = await look({ ...all, '10.0.0.1': { status: [leader('a0')], list: { ...list, members } } })
    expect(membership.known && membership.value.members.map(({ id, name }) => [id, name])).toEqual([
      ['beef', undefined],
      ['a0', 'demo-0'],
      ['cafe', undefined],
      ['a1', 'demo-1'],
    ])
  })

  const rows: readonly (readonly [string, Readonly<Record<string, Voice>>, object])[] = [
    [
      'is the leader’s',
      {
        '10.0.0.1': { status: [aStatus({ memberId: 'a0', leaderId: 'a2' })], list },
        '10.0.0.2': { status: [aStatus({ memberId: 'a1', leaderId: 'a2' })], list },
        '10.0.0.3': { status: [leader('a2')], list: naming('demo-2') },
      },
      { known: true, value: { members: [{ name: 'demo-2' }] } },
    ],
    [
      'is that of the newer of two leaders',
      {
        '10.0.0.1': { status: [aStatus({ memberId: 'a0', leaderId: 'a0', raftTerm: 2 })], list: naming('demo-0') },
        '10.0.0.2': { status: [aStatus({ memberId: 'a1', leaderId: 'a1', raftTerm: 3 })], list: naming('demo-1') },
        '10.0.0.3': gone,
      },
      { known: true, value: { members: [{ name: 'demo-1' }] } },
    ],
    [
      'is another’s when the leader has just lost the leadership',
      { ...all, '10.0.0.1': { status: [leader('a0')], list: late } },
      { known: true, value: { clusterId: 'c1c1' } },
    ],
    [
      'is not known when two cannot give it',
      {
        '10.0.0.1': { status: [leader('a0')], list: late },
        '10.0.0.2': { status: [follower('a1')], list: new Failure('unavailable', 'no leader') },
        '10.0.0.3': { status: [aStatus({ memberId: 'a2', leaderId: undefined })], list },
      },
      { known: false, why: 'demo-1: no leader' },
    ],
    [
      'is not asked of learners',
      { '10.0.0.1': { status: [aStatus({ isLearner: true })], list }, '10.0.0.2': gone, '10.0.0.3': gone },
      { known: false, why: 'no voter answers' },
    ],
    [
      'is not known when nobody answers',
      { '10.0.0.1': gone, '10.0.0.2': gone, '10.0.0.3': gone },
      { known: false, why: 'no voter answers' },
    ],
  ]

  test.each(rows)('%s', async (_, voices, expected) => {
    expect((await look(voices)).membership).toMatchObject(expected)
  })

  test('that only a user may read is told apart from one that nobody gives', async () => {
    const answering = Object.fromEntries(Object.entries(all).map(([ip, voice]) => [ip, { ...voice, list: locked }]))
    expect((await look(answering)).membership).toMatchObject({ known: false, cause: 'forbidden' })
    expect((await look({})).membership).toEqual({ known: false, why: 'no voter answers' })
  })

  test('is not believed when it is longer than any cluster', async () => {
    const members = Array.from({ length: 21 }, (_, index) => aRow(`x-${index}`, { id: String(index) }))
    const { membership } = await look({ ...all, '10.0.0.1': { status: [leader('a0')], list: { ...list, members } } })
    expect(membership).toEqual({ known: false, why: 'implausible: a list of 21 members' })
  })

  describe('that nobody gives', () => {
    const alone = aCluster({ size: 1 }).running()
    const stranger = aRow('x-9', { id: 'beef', peerUrls: ['http://10.0.0.9:2380'], clientUrls: [] })
    const lists = (...members: readonly EtcdMember[]): Readonly<Record<string, Voice>> => ({
      '10.0.0.1': { status: [aStatus({ leaderId: undefined })], list: late, own: { clusterId: 'c1c1', members } },
    })
    const whyNot = async (view: Scene, pinned: string | undefined, ...members: readonly EtcdMember[]) => {
      const { membership } = await look(lists(...members), view, view.pods, pinned)
      return membership.known ? undefined : membership.why
    }

    test('is told with a voter that somebody added, and that takes the majority', async () => {
      expect(await whyNot(alone, 'c1c1', aRow('demo-0'), stranger)).toMatch(
        /^demo-0: deadline exceeded; demo-0 lists voter beef \(http:\/\/10.0.0.9:2380\), .* counts for the majority of 2: start it/,
      )
    })

    test('is told without a learner, or a voter that has started', async () => {
      const learner = { ...stranger, isLearner: true }
      expect(await whyNot(three, 'c1c1', aRow('demo-0'), aRow('demo-1'), learner)).toBe('demo-0: deadline exceeded')
    })

    test('is told without the members of a cluster that is being formed', async () => {
      const unstarted = alone.with({ cluster: { ...alone.cluster, status: {} } })
      const { membership } = await askMembers(
        etcdOf(lists(aRow('demo-0', { clientUrls: [] }))),
        unstarted.cluster,
        undefined,
        unstarted.pods,
        (_, ask, signal) => ask(signal),
        new AbortController().signal,
      )
      expect(membership).toEqual({ known: false, why: 'demo-0: deadline exceeded' })
    })
  })

  test('is not asked of a member that does not serve yet', async () => {
    const page = { ...onThePage, isLearner: false }
    const alone = three.with({ pods: three.withPod('demo-1', { ready: false }).pods.filter(({ name }) => name === 'demo-1') })
    expect((await look({ '10.0.0.2': { page, list } }, alone)).membership).toEqual({ known: false, why: 'no voter answers' })
  })
})

describe.concurrent('a pod on the data of another cluster', () => {
  const stranger = {
    status: [aStatus({ clusterId: 'f00d', memberId: 'ff', leaderId: 'ff', raftTerm: 9 })],
    list: { ...list, clusterId: 'f00d' },
  }
  const foreign = { clusterId: 'f00d', memberId: 'ff' }

  test('does not speak for the cluster, however high its term', async () => {
    const seen = await look({ ...all, '10.0.0.2': stranger })
    expect(seen.membership).toMatchObject({ known: true, value: { clusterId: 'c1c1' } })
    expect([...seen.foreignAnswers]).toEqual([['demo-1', foreign]])
    expect(seen.answers.get('demo-1')).toEqual({ known: false, why: 'it answers as a member of cluster f00d' })
  })

  test('does not speak for it in the majority either, once an ID is pinned', async () => {
    const seen = await look({ ...all, '10.0.0.1': stranger, '10.0.0.2': stranger })
    expect(seen.membership).toMatchObject({ known: true, value: { clusterId: 'c1c1' } })
    expect([...seen.foreignAnswers.keys()].toSorted()).toEqual(['demo-0', 'demo-1'])
  })

  test('is told by the majority before an ID is pinned', async () => {
    const begun = aCluster().starting()
    const seen = await look({ ...all, '10.0.0.2': stranger }, begun)
    expect(seen.membership).toMatchObject({ known: true, value: { clusterId: 'c1c1' } })
    expect([...seen.foreignAnswers]).toEqual([['demo-1', foreign]])
  })

  test('is nobody’s to tell while as many answer as the one as as the other', async () => {
    const seen = await look({ ...all, '10.0.0.2': stranger, '10.0.0.3': gone }, aCluster().starting())
    expect(seen.membership.known).toBe(false)
    expect(seen.foreignAnswers.size).toBe(2)
  })
})

test.each([
  ['10.0.0.1', 'http://10.0.0.1:2379'],
  ['fd00::1', 'http://[fd00::1]:2379'],
])('a member at %s is reached at %s', (ip, url) => {
  expect(endpointOf(three.cluster, { ip })).toEqual({ url })
})

test.concurrent('a member and the list are asked with patience, and the list anew when another voter answers', async () => {
  const asked: string[] = []
  const patient = (voices: Readonly<Record<string, Voice>>) => {
    asked.length = 0
    const patience = <T>(who: string, ask: (bounded: AbortSignal) => Promise<Known<T>>, signal: AbortSignal) => {
      asked.push(who)
      return ask(signal)
    }
    return askMembers(etcdOf(voices), three.cluster, undefined, three.pods, patience, new AbortController().signal)
  }
  await patient(all)
  expect(asked).toHaveLength(4)
  const [first, , , listOfAll] = asked
  await patient({ ...all, '10.0.0.3': gone })
  expect(asked[0]).toBe(first)
  expect(asked[3]).not.toBe(listOfAll)
})
