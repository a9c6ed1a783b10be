import { describe, expect, test } from 'vitest'
import type { EtcdClusterStatus, MemberStatus } from '../../../../src/api/etcd-cluster.ts'
import { conditionTypes } from '../../../../src/api/reasons.ts'
import { unknown } from '../../../../src/model/known.ts'
import { mergePatchTo } from '../../../../src/model/merge-patch.ts'
import { planCluster } from '../../../../src/plan/cluster/policy.ts'
import { type Decision, wait } from '../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../src/report/cluster/status.ts'
import { changeOf, isDue, type StatusChange } from '../../../../src/report/cluster/status-change.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'
import { mergePatched } from '../../../builders/merge-patch.ts'

const three = aCluster().running()
const growing = aCluster({ size: 5 }).running(3)
const waiting = wait('LearnerCatchingUp', 'demo-3 is 1200 entries behind the leader', 1000, { member: 'demo-3', next: 'PromoteLearner' })

function statusFor(view: Scene, decision: Decision = planCluster(view)): EtcdClusterStatus {
  return statusOf(view, decision)
}

function rowOf(view: Scene, name: string): MemberStatus | undefined {
  return statusFor(view).memberStatus?.find((row) => row.name === name)
}

test('a field that only a newer operator knows is kept', () => {
  const status = { ...aCluster().cluster.status, future: { generation: 7 } }
  expect(statusOf(aCluster().running().withStatus(status), { kind: 'steady' })).toMatchObject({ future: { generation: 7 } })
})

describe('the status of three members at rest', () => {
  const voter = {
    role: 'Voter',
    leader: false,
    ready: true,
    version: '3.6.16',
    dbSize: '24Ki',
    dbSizeInUse: '16Ki',
    raftLag: 0,
    profile: 'Off',
    node: 'n1',
    volumeSize: '1Gi',
    message: '',
  }

  test('says how each member listens, and the scheme that every member takes', () => {
    const encrypted = statusFor(aCluster({ tls: { mode: 'Required' } }).running())
    expect(encrypted).toMatchObject({ endpoint: 'https://demo.ns.svc:2379', tls: { mode: 'Required' } })
    expect(encrypted.memberStatus?.map(({ profile }) => profile)).toEqual(['Required', 'Required', 'Required'])
    const half = aCluster({ tls: { mode: 'Optional' } })
      .running()
      .withPod('demo-1', { profile: 'Off' })
    expect(statusFor(half)).toMatchObject({ endpoint: 'http://demo.ns.svc:2379', tls: { mode: 'Off' } })
  })

  test('says all there is to say, and plans nothing', () => {
    const { conditions, ...status } = statusFor(three)
    expect(status).toEqual({
      observedGeneration: 1,
      clusterID: 'c1c1',
      bootstrap: { size: 3, token: 'demo-uid-demo-0', incarnation: 'inc0' },
      version: '3.6.16',
      members: 3,
      readyMembers: 3,
      ready: '3/3',
      leader: 'demo-0',
      dbSize: '24Ki',
      endpoint: 'http://demo.ns.svc:2379',
      selector: 'etcd-operator.dev/cluster=demo',
      tls: { mode: 'Off' },
      auth: { enabled: false, managed: { users: [], roles: [] } },
      memberStatus: [
        { ...voter, name: 'demo-0', id: 'a0', leader: true, volume: 'data-demo-0' },
        { ...voter, name: 'demo-1', id: 'a1', volume: 'data-demo-1' },
        { ...voter, name: 'demo-2', id: 'a2', volume: 'data-demo-2' },
      ],
    })
    expect(conditions?.map(({ type }) => type)).toEqual(conditionTypes)
  })

  test('tells the lowest version that a voter runs', () => {
    const mixed = three.withAnswer('demo-1', { version: '3.6.9' }).withAnswer('demo-2', { version: '3.6.11' })
    expect(statusFor(mixed).version).toBe('3.6.9')
  })

  test('tells the size of the leader’s database', () => {
    const grown = three.withLeader('demo-1').withAnswer('demo-1', { dbBytes: 3 * 2 ** 20 })
    expect(statusFor(grown)).toMatchObject({ leader: 'demo-1', dbSize: '3Mi' })
  })

  test('counts against what the spec asks for', () => {
    expect(statusFor(growing)).toMatchObject({ members: 3, readyMembers: 3, ready: '3/5' })
  })
})

describe('the status of a cluster that was just created', () => {
  test('has every field that does not need a member', () => {
    expect(statusFor(aCluster())).toMatchObject({
      observedGeneration: 1,
      members: 0,
      readyMembers: 0,
      ready: '0/3',
      endpoint: 'http://demo.ns.svc:2379',
      selector: 'etcd-operator.dev/cluster=demo',
      nextStep: { action: 'FreezeBootstrap' },
      memberStatus: [],
    })
  })

  test('has no field that does', () => {
    for (const key of ['clusterID', 'bootstrap', 'version', 'leader', 'dbSize']) expect(statusFor(aCluster())).not.toHaveProperty(key)
  })
})

describe('a member’s row', () => {
  const rows: readonly (readonly [string, Scene, string, Partial<MemberStatus>])[] = [
    [
      'of a voter to whose pod no client is sent',
      three.withPod('demo-1', { serving: false }),
      'demo-1',
      { role: 'Voter', ready: false, message: 'clients are not sent to it: its pod has no label etcd-operator.dev/serving' },
    ],
    [
      'of a voter whose pod another version of the operator has made',
      three.withPod('demo-1', { annotations: {} }),
      'demo-1',
      { role: 'Voter', ready: true, message: expect.stringContaining('as another version of the operator makes pods') },
    ],
    [
      'of a voter whose pod is not ready',
      three.withPod('demo-1', { ready: false }),
      'demo-1',
      { role: 'Voter', ready: false, message: 'its pod is not ready' },
    ],
    [
      'of a voter from whose pod somebody took the label of the cluster',
      three.withPod('demo-1', { labelled: false }),
      'demo-1',
      { role: 'Voter', ready: false, message: expect.stringContaining('removed the label etcd-operator.dev/cluster') },
    ],
    [
      'of a voter whose client port does not serve yet, though its pod is ready',
      three.takingPart('demo-1'),
      'demo-1',
      { role: 'Voter', ready: false, message: 'it takes part, and does not serve clients yet' },
    ],
    [
      'of a voter without a leader',
      three.withAnswer('demo-1', { hasLeader: false }),
      'demo-1',
      { role: 'Voter', ready: false, message: 'it knows no leader' },
    ],
    [
      'of a voter that is silent',
      three.silent('demo-1', 'deadline exceeded'),
      'demo-1',
      { role: 'Voter', id: 'a1', ready: false, message: 'it does not answer: deadline exceeded' },
    ],
    ['of a voter without a pod', three.withoutPod('demo-1'), 'demo-1', { role: 'Voter', id: 'a1', message: 'it has no pod' }],
    [
      'of a voter whose pod is ending',
      three.withPod('demo-1', { endsBy: three.now }),
      'demo-1',
      { role: 'Voter', ready: false, message: 'its pod is terminating' },
    ],
    [
      'of a voter that lost its volume',
      three.crashed('demo-1', 'empty-volume'),
      'demo-1',
      { role: 'Failed', ready: false, message: expect.stringMatching(/^VolumeLost: demo-1 refuses to start/) },
    ],
    [
      'of a voter that exits again and again',
      three.crashed('demo-1', 'other', 'bad flag'),
      'demo-1',
      { role: 'Voter', message: 'CrashLooping: demo-1 exits again and again: bad flag' },
    ],
    [
      'of a learner',
      growing.withLearner('demo-3', { lag: 1200 }),
      'demo-3',
      { role: 'Learner', ready: false, raftLag: 1200, message: expect.stringMatching(/^it is a learner/) },
    ],
    [
      'of a learner that has not started',
      growing.withLearner('demo-3', { started: false }),
      'demo-3',
      { role: 'Joining', id: 'a3', ready: false, message: expect.stringMatching(/^it is a learner/) },
    ],
    [
      'of a pod that is not listed yet',
      growing.withConfig('demo-3', { state: 'joining' }).withPod('demo-3'),
      'demo-3',
      { role: 'Joining', message: 'it is not in the member list' },
    ],
    [
      'of a member that was removed to be replaced, before its config is written',
      three.crashed('demo-1', 'empty-volume').unlisted('demo-1'),
      'demo-1',
      { role: 'Joining', ready: false },
    ],
    [
      'of a replacement that could not start and is tried again later',
      three
        .unlisted('demo-1')
        .withoutConfig('demo-1')
        .silent('demo-1')
        .withPod('demo-1', { unschedulable: '0/3 nodes are available', node: undefined, etcd: { state: 'none' }, ready: false })
        .remembering({ failedJoins: new Map([['demo-1', { count: 1, at: three.now }]]) }),
      'demo-1',
      { role: 'Joining', ready: false, message: expect.stringContaining('0/3 nodes are available') },
    ],
    ['of the next to leave', aCluster({ size: 1 }).running(3), 'demo-2', { role: 'Leaving', ready: true, message: '' }],
    [
      'of a pod whose member has left',
      aCluster({ size: 1 }).running(1).withConfig('demo-1').withPod('demo-1'),
      'demo-1',
      { role: 'Leaving', ready: false, message: 'it is not in the member list' },
    ],
    [
      'of a member that somebody else added',
      three.withStranger('beef'),
      'beef',
      { id: 'beef', role: 'Voter', ready: false, message: 'it has no pod' },
    ],
  ]

  test.each(rows)('%s', (_, view, name, expected) => {
    expect(rowOf(view, name)).toMatchObject(expected)
  })

  test('keeps a voter a voter while the list is not known', () => {
    const lost = three.withoutMajority().silent('demo-1').silent('demo-2')
    expect(rowOf(lost, 'demo-1')?.role).toBe('Voter')
  })

  test('does not blame the leader when only the list is not known', () => {
    expect(rowOf(three.with({ membership: unknown('demo-0: deadline exceeded') }), 'demo-1')?.message).not.toBe('it knows no leader')
  })

  test('tells no figure that is not known any more', () => {
    const row = rowOf(three.silent('demo-1'), 'demo-1')
    for (const key of ['version', 'dbSize', 'dbSizeInUse', 'raftLag']) expect(row).not.toHaveProperty(key)
  })

  test('never says more than the schema takes', () => {
    expect(rowOf(three.silent('demo-1', 'x'.repeat(2000)), 'demo-1')?.message?.length).toBeLessThanOrEqual(512)
    expect(rowOf(three.crashed('demo-1', 'other', 'x'.repeat(2000)), 'demo-1')?.message?.length).toBeLessThanOrEqual(512)
  })

  test('stands in the order of the ordinals', () => {
    const eleven = three.withPod('demo-10').withPod('demo-9')
    expect(statusFor(eleven).memberStatus?.map(({ name }) => name)).toEqual(['demo-0', 'demo-1', 'demo-2', 'demo-9', 'demo-10'])
  })
})

describe('without a majority', () => {
  const before = three.withStatus(statusFor(three))
  const lost = before.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2')

  test('the last known count, version and cluster ID stand', () => {
    expect(statusFor(lost)).toMatchObject({ clusterID: 'c1c1', members: 3, version: '3.6.16', readyMembers: 0, ready: '0/3' })
  })

  test('no leader and no size do', () => {
    expect(statusFor(lost)).not.toHaveProperty('leader')
    expect(statusFor(lost)).not.toHaveProperty('dbSize')
  })

  test('every member that has a config keeps its row, with or without a pod', () => {
    expect(statusFor(lost.withoutPod('demo-1')).memberStatus?.map(({ name }) => name)).toEqual(['demo-0', 'demo-1', 'demo-2'])
  })
})

describe('the next step', () => {
  const learning = growing.withLearner('demo-3', { lag: 1200 })

  test('is told with its member, reason and beginning', () => {
    expect(statusFor(learning, waiting).nextStep).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{10}$/),
      action: 'PromoteLearner',
      member: 'demo-3',
      reason: 'LearnerCatchingUp',
      message: 'demo-3 is 1200 entries behind the leader',
      since: '2026-11-21T10:00:00Z',
    })
  })

  test('names the object that it acts on', () => {
    expect(statusFor(three.withStatefulSet({ replicas: 2 })).nextStep).toMatchObject({
      action: 'SetReplicas',
      member: 'demo-2',
      uid: 'uid-set',
    })
  })

  test('keeps its id and its beginning while its words change', () => {
    const first = statusFor(learning, waiting).nextStep
    const later = learning.with({ now: learning.now + 60_000 }).withStatus(statusFor(learning, waiting))
    const again = statusFor(later, { ...waiting, message: 'demo-3 is 12 entries behind the leader' } as Decision).nextStep
    expect(again).toEqual({ ...first, message: 'demo-3 is 12 entries behind the leader' })
  })

  test('begins anew for another reason', () => {
    const later = learning.with({ now: learning.now + 60_000 }).withStatus(statusFor(learning, waiting))
    const other = statusFor(later, wait('MemberUnhealthy', 'demo-1 does not answer', 1000, { member: 'demo-1' })).nextStep
    expect(other).toMatchObject({ action: 'Wait', since: '2026-11-21T10:01:00Z' })
    expect(other?.id).not.toBe(statusFor(learning, waiting).nextStep?.id)
  })

  test('is Block when a person has to help', () => {
    expect(statusFor(three.withStranger()).nextStep).toMatchObject({ action: 'Block', reason: 'UnknownMember' })
  })

  test('is Block, and not the step that a wait leads to, when the wait ends only by a person', () => {
    const { nextStep } = statusFor(aCluster().starting().withPod('demo-0', { unschedulable: '0/3 nodes are available' }))
    expect(nextStep).toMatchObject({ action: 'Block', reason: 'Unschedulable' })
  })

  test('is the step that a wait leads to, until it has lasted too long', () => {
    const starting = aCluster().starting()
    expect(statusFor(starting).nextStep).toMatchObject({ action: 'PinCluster', reason: 'StartingMembers' })
    const later = starting.withStatus(statusFor(starting)).later(20 * 60_000)
    expect(statusFor(later).nextStep).toMatchObject({ action: 'Block', reason: 'StartingMembers', since: '2026-11-21T10:00:00Z' })
  })

  test('has lasted no time at all when the wall clock was set back', () => {
    const back = learning.withStatus(statusFor(learning, waiting)).withClockSetBack(3_600_000)
    expect(statusFor(back, waiting).nextStep?.since).toBe('2026-11-21T09:00:00Z')
  })

  test('is as new where the stored time is none, although the API server takes it for one', () => {
    const { nextStep } = statusFor(learning, waiting)
    const told = learning.withStatus({ ...(nextStep && { nextStep: { ...nextStep, since: '2026-11-21T09:00:00,5Z' } }) })
    expect(statusFor(told, waiting).nextStep?.since).toBe('2026-11-21T10:00:00Z')
  })
})

describe('a status changes', () => {
  const stored = statusFor(three)
  const rows: readonly (readonly [string, Scene, StatusChange | undefined])[] = [
    ['not at all when nothing differs', three, undefined],
    ['not at all a moment later, when nothing differs', three.with({ now: three.now + 5000 }), undefined],
    ['in its state when a member stops answering', three.silent('demo-1'), 'state'],
    ['in its state when another leads', three.withLeader('demo-1'), 'state'],
    ['in its state for a new generation of the spec', three.withSpec({}), 'state'],
    ['in its figures for a size alone', three.withAnswer('demo-0', { dbBytes: 2 ** 20 }), 'figures'],
    ['in its figures for a follower’s lag alone', three.withAnswer('demo-1', { raftAppliedIndex: 4990 }), 'figures'],
  ]

  test.each(rows)('%s', (_, view, change) => {
    expect(changeOf(stored, statusFor(view.withStatus(stored)))).toBe(change)
  })

  test('in its state when there is none yet', () => {
    expect(changeOf(undefined, stored)).toBe('state')
  })

  test('with each new backup', () => {
    const lastBackup = { name: 'often-20261121091500', time: '2026-11-21T09:15:05Z', revision: '7' }
    const backedUp = three.with({ backups: { newest: lastBackup, schedules: [], running: [], phases: new Map() } })
    expect(statusFor(backedUp.withStatus(stored))).toMatchObject({ lastBackup })
    expect(changeOf(stored, statusFor(backedUp.withStatus(stored)))).toBe('state')
  })

  test('in its words when only they differ', () => {
    const learning = growing.withLearner('demo-3', { lag: 1200 })
    const before = statusFor(learning, waiting)
    const after = statusFor(learning.withStatus(before), { ...waiting, message: 'demo-3 is 12 entries behind the leader' } as Decision)
    expect(changeOf(before, after)).toBe('words')
  })

  test('not for the order of its keys, which the API server chooses', () => {
    expect(changeOf(Object.fromEntries(Object.entries(stored).toReversed()), stored)).toBeUndefined()
  })
})

describe('a change is written', () => {
  const minute = 60_000
  const rows: readonly (readonly [string, StatusChange, number, number, boolean])[] = [
    ['at once in the state', 'state', 0, 0, true],
    ['not yet in words, right after another write', 'words', 1_999, minute, false],
    ['in words, two seconds later', 'words', 2_000, 0, true],
    ['not yet in figures that may still settle', 'figures', 3_999, Number.POSITIVE_INFINITY, false],
    ['in figures, once they have settled', 'figures', 4_000, Number.POSITIVE_INFINITY, true],
    ['not in figures twice a minute', 'figures', minute - 1, minute - 1, false],
    ['in figures a minute later', 'figures', minute, minute, true],
  ]
  test.each(rows)('%s', (_, change, sinceWriteMs, sinceFiguresMs, due) => {
    expect(isDue(change, { write: sinceWriteMs, figures: sinceFiguresMs, performance: sinceFiguresMs })).toBe(due)
  })
})

describe('the patch makes the stored status', () => {
  const becomes = (stored: EtcdClusterStatus | undefined, status: EtcdClusterStatus) => mergePatched(stored, mergePatchTo(stored, status))
  const step = { id: '1', action: 'SetReplicas', reason: 'ScalingUp', message: 'm', since: 's' }

  test('the new one where there was none', () => {
    expect(becomes(undefined, statusFor(three))).toEqual(statusFor(three))
  })

  test('forget the step that is done', () => {
    expect(becomes({ ...statusFor(three), nextStep: step }, statusFor(three))).toEqual(statusFor(three))
  })

  test('forget a leader and a size that are not known any more', () => {
    const lost = statusFor(three.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2'))
    expect(becomes(statusFor(three), lost)).toEqual(lost)
  })

  test('forget whom the step before was about', () => {
    const before = { ...statusFor(three), nextStep: { ...step, member: 'demo-2', uid: 'uid-set' } }
    const after = { ...statusFor(three), nextStep: { ...step, id: '2' } }
    expect(becomes(before, after)).toEqual(after)
  })

  test('forget the figures of a member that went silent', () => {
    const silent = statusFor(three.silent('demo-1'))
    expect(becomes(statusFor(three), silent)).toEqual(silent)
  })
})

test('a member that survived its majority is told to be left alone', () => {
  const alone = three.withoutMajority().crashed('demo-0', 'empty-volume').crashed('demo-1', 'empty-volume')
  expect(rowOf(alone, 'demo-2')).toMatchObject({ role: 'Voter', ready: false, message: expect.stringContaining('do not restart its pod') })
  expect(
    rowOf(alone.silent('demo-1').withPod('demo-1', { lastExit: undefined, etcd: { state: 'running', since: 0 } }), 'demo-2'),
  ).toMatchObject({
    message: 'it knows no leader',
  })
})

test('without a majority a voter whose disk is gone has failed, before any process of it says so', () => {
  const gone = three.withoutMajority().withoutPod('demo-0').withVolume('demo-0', { lost: true })
  expect(rowOf(gone, 'demo-0')?.role).toBe('Failed')
  expect(rowOf(gone, 'demo-2')?.role).toBe('Voter')
})
