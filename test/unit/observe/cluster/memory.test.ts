import { describe, expect, test } from 'vitest'
import { failedMembers } from '../../../../src/model/cluster/failed.ts'
import { podTrouble } from '../../../../src/model/cluster/pod-trouble.ts'
import { ClusterMemory } from '../../../../src/observe/cluster/memory.ts'
import type { Scene } from '../../../builders/a-cluster.ts'
import { aCluster, idOf, now } from '../../../builders/a-cluster.ts'

const growing = aCluster({ size: 5 }).running(3)
const inSync = growing.withLearner('demo-3')
const behind = growing.withLearner('demo-3', { lag: 101 })
const starting = growing.withLearner('demo-3', { started: false })

/** What is remembered after these looks, each so many milliseconds after now. */
function afterLooks(...looks: readonly (readonly [atMs: number, view: Scene])[]): ClusterMemory {
  const memory = new ClusterMemory()
  for (const [atMs, view] of looks) memory.look(view.later(atMs))
  return memory
}

test('nothing is remembered at first', () => {
  expect(new ClusterMemory().snapshot()).toEqual({
    inSyncLooks: new Map(),
    majorityAt: undefined,
    longStep: undefined,
    ended: new Map(),
    revisions: [],
    unstartedSince: new Map(),
    volumeDeletionDeniedAt: undefined,
    growthRefusals: new Map(),
    secretRefusals: new Map(),
    failedJoins: new Map(),
    refusedWrites: [],
    provedTroubles: new Map(),
    peerRefusals: new Map(),
    unreadySince: new Map(),
    exits: new Map(),
    standingStill: new Map(),
    disarms: [],
    outSince: new Map(),
  })
})

test('how long a pod has been out of the client Service is told from when it was first seen so', () => {
  const memory = new ClusterMemory()
  const aside = aCluster().running().withPod('demo-1', { serving: false })
  memory.look(aside)
  memory.look(aside.later(500))
  expect(memory.snapshot().outSince).toEqual(new Map([['pod-demo-1', aside.monotonicMs]]))
  memory.look(aside.later(900).withPod('demo-1', { serving: true }))
  expect(memory.snapshot().outSince).toEqual(new Map())
})

describe('looks at a learner that is in sync', () => {
  const setBack = inSync.withClockSetBack(3_600_000)
  const rows: readonly (readonly [string, ClusterMemory, number | undefined])[] = [
    ['are counted', afterLooks([0, inSync], [100, inSync], [200, inSync]), 3],
    ['count when it is a hundred entries behind', afterLooks([0, growing.withLearner('demo-3', { lag: 100 })]), 1],
    ['begin anew when it falls behind', afterLooks([0, inSync], [100, behind], [200, inSync]), 1],
    ['begin anew when it is silent', afterLooks([0, inSync], [100, inSync.silent('demo-3')], [200, inSync]), 1],
    ['begin anew when nobody leads', afterLooks([0, inSync], [100, inSync.withLeader(undefined)], [200, inSync]), 1],
    ['begin anew when the list is not known', afterLooks([0, inSync], [100, inSync.withoutMajority()], [200, inSync]), 1],
    ['are forgotten when it is a voter', afterLooks([0, inSync], [100, growing.withVoter('demo-3')]), undefined],
    ['tell nothing new within 80 ms', afterLooks([0, inSync], [79, inSync]), 1],
    ['tell nothing worse within 80 ms', afterLooks([0, inSync], [79, behind]), 1],
    ['go on when the wall clock was set back', afterLooks([0, inSync], [100, setBack], [200, setBack]), 3],
  ]

  test.each(rows)('%s', (_, memory, looks) => {
    expect(memory.snapshot().inSyncLooks.get(idOf('demo-3'))).toBe(looks)
  })
})

describe('a node that is not ready', () => {
  const away = inSync.withNode('n3', { state: 'not-ready', since: now - 3_600_000 })
  const since = (memory: ClusterMemory) => memory.snapshot().unreadySince.get('n3')

  test('is remembered since this operator first saw it, whatever its condition says', () => {
    expect(since(afterLooks([0, away], [500, away.withClockSetBack(3_600_000)]))).toBe(now)
  })

  test('is forgotten when it is ready, and counts anew after that', () => {
    expect(since(afterLooks([0, away], [500, away.withNode('n3', { state: 'absent' })]))).toBe(now)
    const ready = away.withNode('n3', { state: 'ready' })
    expect(since(afterLooks([0, away], [500, ready]))).toBeUndefined()
    expect(since(afterLooks([0, away], [500, ready], [900, away]))).toBe(now + 900)
  })
})

describe('a majority', () => {
  test('is remembered by the time of its last answer', () => {
    expect(afterLooks([0, inSync], [500, inSync]).snapshot().majorityAt).toBe(now + 500)
  })

  test('is remembered at every look, however closely they follow', () => {
    expect(afterLooks([0, inSync], [10, inSync]).snapshot().majorityAt).toBe(now + 10)
  })

  test('is remembered by a clock that nobody sets', () => {
    expect(afterLooks([0, inSync], [500, inSync.withClockSetBack(3_600_000)]).snapshot().majorityAt).toBe(now + 500)
  })

  test('keeps its time while none answers', () => {
    expect(afterLooks([0, inSync], [500, inSync.withoutMajority()]).snapshot().majorityAt).toBe(now)
  })
})

describe('a member that has not started', () => {
  const since = (memory: ClusterMemory) => memory.snapshot().unstartedSince.get(idOf('demo-3'))

  test('is remembered since it was first seen', () => {
    expect(since(afterLooks([0, starting], [1000, starting], [2000, starting]))).toBe(now)
  })

  test('is remembered while the list is not known', () => {
    expect(since(afterLooks([0, starting], [1000, starting.withoutMajority()], [2000, starting]))).toBe(now)
  })

  test('is forgotten when it has started, or is listed no more', () => {
    expect(since(afterLooks([0, starting], [1000, inSync]))).toBeUndefined()
    expect(since(afterLooks([0, starting], [1000, growing]))).toBeUndefined()
  })

  test('is another under another ID', () => {
    const again = growing.withMember('demo-3', { id: 'b3', isLearner: true, published: false })
    expect([...afterLooks([0, starting], [1000, again]).snapshot().unstartedSince]).toEqual([['b3', now + 1000]])
  })
})

describe('failures', () => {
  const memory = new ClusterMemory()
  memory.joinFailed('demo-3', now)
  memory.joinFailed('demo-4', now + 1)
  memory.joinFailed('demo-3', now + 2)
  memory.volumeDeletionDeniedAt = now
  const before = memory.snapshot()

  test('are counted by name', () => {
    expect([...before.failedJoins]).toEqual([
      ['demo-3', { count: 2, at: now + 2 }],
      ['demo-4', { count: 1, at: now + 1 }],
    ])
  })

  test('are forgotten for a new spec, but not in a view that was taken before', () => {
    memory.forgetFailures()
    expect(memory.snapshot()).toMatchObject({ failedJoins: new Map(), volumeDeletionDeniedAt: undefined })
    expect(before).toMatchObject({ volumeDeletionDeniedAt: now })
    expect(before.failedJoins.size).toBe(2)
  })
})

describe('what proves something of a volume', () => {
  const crashed = (restarts: number) => aCluster().running().crashed('demo-1', 'corrupt').withPod('demo-1', { restarts })

  test('is that the same exit came twice', () => {
    const memory = new ClusterMemory()
    for (const view of [crashed(0), crashed(0), crashed(1)]) memory.look(view.with({ memory: memory.snapshot() }))
    expect(memory.snapshot().exits.get('demo-1')).toMatchObject({ cause: 'corrupt', count: 2, start: 1 })
    memory.look(aCluster().running().with({ memory: memory.snapshot() }))
    expect(memory.snapshot().exits.size).toBe(0)
  })

  test('is since when a member has stood still without a leader, by the monotonic clock', () => {
    const alone = aCluster().running().withoutMajority().takingPart('demo-1', { hasLeader: false })
    const memory = new ClusterMemory()
    for (const view of [alone, alone.later(5000), alone.later(9000).withClockSetBack(3_600_000)]) {
      memory.look(view.with({ memory: memory.snapshot() }))
    }
    expect(memory.snapshot().standingStill.get('demo-1')).toMatchObject({ since: now })
  })
})

describe('why a member can’t start', () => {
  const running = (since: number) => ({ etcd: { state: 'running', since } }) as const
  const lost = aCluster().running().crashed('demo-1', 'empty-volume')
  const again = lost.withPod('demo-1', running(now))

  /** The trouble at a look after all these. */
  function troubleAt(view: Scene, memory: ClusterMemory) {
    return podTrouble(view.with({ memory: memory.snapshot() }), 'demo-1')?.reason
  }

  test.each([
    ['VolumeLost', 'empty-volume'],
    ['CrashLooping', 'other'],
  ] as const)('is still %s while its container is just started again', (reason, cause) => {
    const crashed = aCluster().running().crashed('demo-1', cause)
    const memory = afterLooks([0, crashed])
    expect(troubleAt(crashed.withPod('demo-1', running(now)), memory)).toBe(reason)
    expect(troubleAt(crashed.withPod('demo-1', { etcd: { state: 'terminated' } }), memory)).toBe(reason)
  })

  test('is told on for as long as it is looked at', () => {
    const memory = new ClusterMemory()
    for (const view of [lost, again, again, lost, again]) memory.look(view.with({ memory: memory.snapshot() }))
    expect(troubleAt(again, memory)).toBe('VolumeLost')
  })

  test('is disproved when the member answers', () => {
    const memory = afterLooks([0, lost], [500, again.withAnswer('demo-1')])
    expect(troubleAt(again, memory)).toBeUndefined()
  })

  test('is disproved by a container that stays up', () => {
    expect(troubleAt(again.later(30_000), afterLooks([0, lost]))).toBeUndefined()
  })

  test('is not that of another pod', () => {
    expect(troubleAt(again.withPod('demo-1', { uid: 'another' }), afterLooks([0, lost]))).toBeUndefined()
  })

  test('is not that of a member that joins under the same name, although the pod is the same', () => {
    const pending = { etcd: { state: 'none' }, ready: false, node: undefined } as const
    const before = aCluster().running().silent('demo-1').withPod('demo-1', pending).withVolume('demo-1', { unused: true })
    const memory = afterLooks([0, before])
    expect(troubleAt(before, memory)).toBe('VolumeLost')
    const joining = before
      .withMember('demo-1', { id: 'another', isLearner: true, published: false })
      .withConfig('demo-1', { state: 'joining', members: ['demo-0', 'demo-2', 'demo-1'] })
    expect(troubleAt(joining, memory)).toBeUndefined()
    expect(failedMembers(joining.with({ memory: memory.snapshot() }))).toEqual([])
  })

  test('is none for a learner whose volume was empty only before it joined', () => {
    const joining = growing.withLearner('demo-3', { started: false }).crashed('demo-3', 'empty-volume')
    const memory = afterLooks([0, joining])
    expect(podTrouble(growing.withLearner('demo-3').silent('demo-3').with({ memory: memory.snapshot() }), 'demo-3')).toBeUndefined()
  })
})

describe('the comparison of data', () => {
  const three = aCluster({ size: 3 }).running()
  const equal = { 'demo-0': 1, 'demo-1': 1, 'demo-2': 1 }
  const wrong = three.compared({ ...equal, 'demo-2': 2 })
  const two = aCluster({ size: 3 }).running(2).compared(equal)
  const rows: readonly (readonly [string, ClusterMemory, boolean])[] = [
    ['nothing is due at first', afterLooks([0, three]), false],
    ['nothing is due where all agreed', afterLooks([0, three.compared(equal)]), false],
    ['all are compared again after one was wrong', afterLooks([0, wrong], [100, three]), true],
    ['the two that are left are not all', afterLooks([0, wrong], [100, two]), true],
    ['nor are three with a learner', afterLooks([0, wrong], [100, three.withLearner('demo-3').compared(equal)]), true],
    ['nor is a silent one', afterLooks([0, wrong], [100, three.silent('demo-2').compared({ 'demo-0': 1, 'demo-1': 1 })]), true],
    ['that ends when all agree', afterLooks([0, wrong], [100, two], [200, three.compared(equal)]), false],
  ]
  test.each(rows)('%s', (_, memory, isDue) => {
    expect(memory.isComparisonDue).toBe(isDue)
  })
})

describe('a member that does not start because its data differs', () => {
  const three = aCluster({ size: 3 }).running()
  const refused = three.refusedByPeers('demo-2')
  const agreed = refused.compared({ 'demo-0': 1, 'demo-1': 1 })
  const starting = three.silent('demo-2').withPod('demo-2', { uid: 'another', lastExit: undefined })
  const inAnotherPod = agreed.withPod('demo-2', { uid: 'another' })
  const rows: readonly (readonly [string, ClusterMemory, string | undefined])[] = [
    ['is not remembered before the others are known to agree', afterLooks([0, refused]), undefined],
    ['is not remembered beside a wrong one', afterLooks([0, refused.compared({ 'demo-0': 1, 'demo-1': 2 })]), undefined],
    ['is remembered by its pod', afterLooks([0, agreed]), 'pod-demo-2'],
    ['is remembered by the first of its pods', afterLooks([0, agreed], [100, starting], [200, inAnotherPod]), 'pod-demo-2'],
    ['is remembered while it has no pod', afterLooks([0, agreed], [100, agreed.withoutPod('demo-2')], [200, inAnotherPod]), 'pod-demo-2'],
    ['is remembered without a majority', afterLooks([0, agreed], [100, starting.withoutMajority()], [200, inAnotherPod]), 'pod-demo-2'],
    ['is forgotten when it was removed', afterLooks([0, agreed], [100, agreed.unlisted('demo-2')]), undefined],
    ['is forgotten when it runs', afterLooks([0, agreed], [100, agreed.withAnswer('demo-2')], [200, refused]), undefined],
  ]
  test.each(rows)('%s', (_, memory, pod) => {
    expect(memory.snapshot().peerRefusals.get('demo-2')).toBe(pod)
  })
})

test('times at which the alarm was disarmed are kept, and not without end', () => {
  const memory = new ClusterMemory()
  for (let at = 0; at < 20; at += 1) memory.disarmed(at)
  expect(memory.snapshot().disarms).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
})
