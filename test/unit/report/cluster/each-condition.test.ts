import { describe, expect, test } from 'vitest'
import type { Condition } from '../../../../src/api/etcd-cluster.ts'
import { type ConditionType, conditionTypes } from '../../../../src/api/reasons.ts'
import { known, unknown } from '../../../../src/model/known.ts'
import { planCluster } from '../../../../src/plan/cluster/policy.ts'
import type { Decision } from '../../../../src/plan/cluster/step.ts'
import { conditionsOf } from '../../../../src/report/cluster/conditions.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const silent = three.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2')

function condition(view: Scene, type: ConditionType, decision: Decision = planCluster(view)): Condition | undefined {
  return conditionsOf(view, decision).find((one) => one.type === type)
}

/** The same cluster a minute later, with the conditions of now in its status. */
function aMinuteLater(view: Scene): Scene {
  return view.withStatus({ conditions: conditionsOf(view, planCluster(view)) }).with({ now: now + 60_000 })
}

describe('from the first pass on', () => {
  const first = conditionsOf(aCluster(), planCluster(aCluster()))

  test('all conditions are there, in their order', () => {
    expect(first.map(({ type }) => type)).toEqual(conditionTypes)
  })

  test('each has a time, a reason and words', () => {
    for (const { lastTransitionTime, reason, message } of first) {
      expect(lastTransitionTime).toBe('2026-11-21T10:00:00Z')
      expect(reason).toMatch(/^[A-Z][A-Za-z]+$/)
      expect(message).not.toBe('')
    }
  })

  test('what this version does not do is said', () => {
    expect(first).toContainEqual(expect.objectContaining({ type: 'BackedUp', status: 'False', reason: 'NoSchedule' }))
    expect(first).toContainEqual(expect.objectContaining({ type: 'Encrypted', status: 'Unknown', reason: 'NotObserved' }))
  })
})

describe('the time of the last transition', () => {
  test('stands while nothing changes', () => {
    const later = aMinuteLater(three)
    for (const { lastTransitionTime } of conditionsOf(later, planCluster(later))) expect(lastTransitionTime).toBe('2026-11-21T10:00:00Z')
  })

  test('stands while only reason and words change', () => {
    const later = aMinuteLater(three.silent('demo-1')).withAnswer('demo-0', { alarms: [{ alarm: 'NOSPACE', memberId: 'a1' }] })
    expect(condition(later, 'Ready')).toMatchObject({ status: 'False', reason: 'NoSpace', lastTransitionTime: '2026-11-21T10:00:00Z' })
  })

  test('moves with the status', () => {
    const later = aMinuteLater(three).silent('demo-2')
    expect(condition(later, 'FaultTolerant')).toMatchObject({ status: 'False', lastTransitionTime: '2026-11-21T10:01:00Z' })
    expect(condition(later, 'Available')).toMatchObject({ status: 'True', lastTransitionTime: '2026-11-21T10:00:00Z' })
  })
})

describe('Available', () => {
  const rows: readonly (readonly [string, Scene, Partial<Condition>])[] = [
    ['is Unknown when every pod runs and none answers', silent, { status: 'Unknown', reason: 'NoContact' }],
    [
      'is still True when a majority answered 29 s ago',
      silent.remembering({ majorityAt: now - 29_000 }),
      { status: 'True', reason: 'MajorityAnswers' },
    ],
    [
      'is Unknown when a majority answered 30 s ago',
      silent.remembering({ majorityAt: now - 30_000 }),
      { status: 'Unknown', reason: 'NoContact' },
    ],
    [
      'is not True for longer when the wall clock was set back an hour meanwhile',
      silent.remembering({ majorityAt: now - 30_000 }).withClockSetBack(3_600_000),
      { status: 'Unknown', reason: 'NoContact' },
    ],
    [
      'is Unknown when the members ask for a user, which is no matter of the network',
      three.withAuthentication(),
      { status: 'Unknown', reason: 'AuthenticationEnabled', message: expect.stringContaining('user name is empty') },
    ],
    [
      'is Unknown when one answers without a leader, and the others are said to be ready by their kubelets',
      three.withoutMajority().silent('demo-1').silent('demo-2'),
      { status: 'Unknown', reason: 'MajorityUnreachable' },
    ],
    [
      'is Unknown when the only member that answers has a leader, and no majority gives the list',
      three
        .with({ membership: unknown('deadline exceeded') })
        .silent('demo-1')
        .silent('demo-2')
        .withPod('demo-1', { ready: false }),
      { status: 'Unknown', reason: 'MajorityUnreachable' },
    ],
    [
      'is False when one answers without a leader, and no other can serve',
      three.withoutMajority().silent('demo-1').silent('demo-2').withPod('demo-1', { ready: false }).withPod('demo-2', { ready: false }),
      { status: 'False', reason: 'MajorityUnreachable' },
    ],
    [
      'is False when no pod runs',
      three.withoutMajority().crashed('demo-0').crashed('demo-1').crashed('demo-2'),
      { status: 'False', reason: 'MajorityDown' },
    ],
    [
      'is False when the volumes of a majority are lost',
      three.withoutMajority().crashed('demo-0', 'empty-volume').crashed('demo-1', 'empty-volume'),
      { status: 'False', reason: 'QuorumLost' },
    ],
    [
      'is False at once when the volumes of a majority are lost, although it answered a moment ago',
      three
        .withoutMajority()
        .crashed('demo-0', 'empty-volume')
        .crashed('demo-1', 'empty-volume')
        .remembering({ majorityAt: now - 1_000 }),
      { status: 'False', reason: 'QuorumLost' },
    ],
    [
      'is False when every volume is lost',
      three.withoutMajority().crashed('demo-0', 'empty-volume').crashed('demo-1', 'empty-volume').crashed('demo-2', 'empty-volume'),
      { status: 'False', reason: 'AllMembersLost' },
    ],
    [
      'is False under NOSPACE, with the way out',
      three.withAnswer('demo-2', { alarms: [{ alarm: 'NOSPACE', memberId: 'a1' }] }),
      { status: 'False', reason: 'NoSpace', message: expect.stringContaining('disarm') },
    ],
    [
      'is False while members hold different data',
      three.alarmed('a1'),
      { status: 'False', reason: 'DataCorrupt', message: expect.stringContaining('demo-1 (a1)') },
    ],
    [
      'is False when the members answer as another cluster',
      three.withMembership(three.members(), 'beef'),
      { status: 'False', reason: 'ClusterIdMismatch', message: expect.stringContaining('beef') },
    ],
    ['is True beside one member on foreign data', three.onForeignData('demo-1'), { status: 'True', message: '2 of 3 voters answer' }],
    [
      'is False when the majority is on foreign data',
      three.onForeignData('demo-1').onForeignData('demo-2').withoutMajority(),
      { status: 'False', reason: 'ClusterIdMismatch', message: expect.stringContaining('demo-1 answers as a member of cluster f00d') },
    ],
    ['counts the voters that answer', three.silent('demo-2'), { status: 'True', message: '2 of 3 voters answer' }],
  ]

  test.each(rows)('%s', (_, view, expected) => {
    expect(condition(view, 'Available')).toMatchObject(expected)
  })
})

describe('FaultTolerant', () => {
  const rows: readonly (readonly [string, Scene, Partial<Condition>])[] = [
    ['counts how many may fail', aCluster({ size: 5 }).running(), { status: 'True', message: '2 more members may fail' }],
    ['is Unknown while nothing is known of the members', silent, { status: 'Unknown', reason: 'NotObserved' }],
    [
      'is False when it is certain that no majority answers',
      three.withoutMajority().crashed('demo-0', 'empty-volume').crashed('demo-1', 'empty-volume'),
      { status: 'False', reason: 'QuorumLost' },
    ],
    ['names who is not healthy', three.silent('demo-1'), { status: 'False', message: expect.stringContaining('not healthy: demo-1') }],
    [
      'does not count learners',
      aCluster({ size: 3 }).running(2).withLearner('demo-2'),
      { status: 'False', reason: 'NoMargin', message: 'one more failure loses the majority (2 of 2)' },
    ],
  ]

  test.each(rows)('%s', (_, view, expected) => {
    expect(condition(view, 'FaultTolerant')).toMatchObject(expected)
  })
})

describe('Progressing and Stalled', () => {
  const step = { kind: 'step', reason: 'ScalingUp', message: 'm', step: { do: 'CreateStatefulSet', replicas: 1 } } as const
  const rows: readonly (readonly [string, Decision, string, string])[] = [
    ['rest together', { kind: 'steady' }, 'False/Steady', 'False/Steady'],
    ['tell a step', step, 'True/ScalingUp', 'False/ScalingUp'],
    [
      'tell a wait that ends by itself',
      { kind: 'wait', reason: 'StartingMembers', message: 'm', recheckMs: 1 },
      'True/StartingMembers',
      'False/StartingMembers',
    ],
    [
      'tell a wait that only a person can end',
      { kind: 'wait', reason: 'ImagePullFailed', message: 'm', recheckMs: 1 },
      'False/ImagePullFailed',
      'True/ImagePullFailed',
    ],
    ['tell a block', { kind: 'block', reason: 'InvalidSpec', message: 'm' }, 'False/InvalidSpec', 'True/InvalidSpec'],
  ]

  test.each(rows)('%s', (_, decision, progressing, stalled) => {
    const said = (type: ConditionType) => {
      const { status, reason } = condition(three, type, decision) ?? {}
      return `${status}/${reason}`
    }
    expect([said('Progressing'), said('Stalled')]).toEqual([progressing, stalled])
  })

  test('are cut where a message has no end', () => {
    expect(condition(three, 'Stalled', { kind: 'block', reason: 'InvalidSpec', message: 'x'.repeat(5000) })?.message).toHaveLength(1024)
  })
})

describe('a danger', () => {
  const growing = aCluster({ size: 5 }).running(3).withLearner('demo-3', { lag: 5000 }).withVolume('demo-1', { deleting: true })

  test('is told although nothing is left to do', () => {
    const going = three.withVolume('demo-1', { deleting: true })
    for (const type of ['Ready', 'FaultTolerant'] as const)
      expect(condition(going, type)).toMatchObject({ status: 'False', reason: 'VolumeBeingDeleted' })
    expect(condition(going, 'Stalled')).toMatchObject({ status: 'True', reason: 'VolumeBeingDeleted' })
    expect(condition(going, 'Available')).toMatchObject({ status: 'True' })
  })

  test('is told while something else goes on', () => {
    expect(condition(growing, 'Stalled')).toMatchObject({ status: 'True', reason: 'VolumeBeingDeleted' })
    expect(condition(growing, 'FaultTolerant')).toMatchObject({ status: 'False', reason: 'VolumeBeingDeleted' })
    expect(condition(growing, 'Progressing')).toMatchObject({ status: 'True', reason: 'ScalingUp' })
  })
})

describe('a full database', () => {
  const full = { alarms: [{ alarm: 'NOSPACE', memberId: 'a1' }] } as const
  const busy: readonly (readonly [string, Scene])[] = [
    ['another member is silent', three.silent('demo-2')],
    ['a member joins', aCluster({ size: 5 }).running(3).withLearner('demo-3', { lag: 5000 })],
  ]

  test.each(busy)('that only a person frees is Stalled although %s', (_, view) => {
    expect(planCluster(view.withAnswer('demo-1', full))).not.toMatchObject({ reason: 'NoSpace' })
    const stalled = condition(view.withAnswer('demo-1', full), 'Stalled')
    expect(stalled).toMatchObject({ status: 'True', reason: 'NoSpace', message: expect.stringContaining('set spec.maintenance.noSpace') })
  })

  test.each(busy)('that the operator frees is not Stalled while %s', (_, view) => {
    const freed = view.withSpec({ maintenance: { ...view.cluster.spec.maintenance, noSpace: 'Remediate' } })
    expect(condition(freed.withAnswer('demo-1', full), 'Stalled')).toMatchObject({ status: 'False' })
  })
})

describe('a member that stays silent', () => {
  const silentFor = (ms: number, view = three.silent('demo-1').withPod('demo-1', { node: 'n2' })) => {
    const decision = planCluster(view)
    return conditionsOf(view, decision, view.now - ms).find(({ type }) => type === 'Stalled')
  }

  test('is waited for as long as spec.repair.nodeLossAfter says', () => {
    expect(silentFor(5 * 60_000)).toMatchObject({ status: 'False' })
  })

  test('needs a person then, who is told of its node', () => {
    const told = { status: 'True', reason: 'MemberUnhealthy', message: expect.stringContaining('demo-1 on node n2 does not answer') }
    expect(silentFor(5 * 60_000 + 1)).toMatchObject(told)
    const sooner = aCluster({ repair: { nodeLossAfter: '30s' } })
      .running()
      .silent('demo-1')
      .withPod('demo-1', { node: 'n2' })
    expect(silentFor(30_001, sooner)).toMatchObject(told)
  })

  test('is told of before a larger volume that can not be had', () => {
    const larger = three
      .silent('demo-1')
      .withSpec({ storage: { ...three.cluster.spec.storage, size: '2Gi' } })
      .with({ expandable: known(new Map()) })
    expect(planCluster(larger)).toMatchObject({ kind: 'wait', reason: 'MemberUnhealthy' })
  })

  test('on a lost node tells what to do with the node', () => {
    const lost = three.silent('demo-1').withPod('demo-1', { node: 'n2', endsBy: now - 5_000 })
    expect(silentFor(5 * 60_000 + 1, lost)?.message).toMatch(
      /demo-1 on node n2 does not answer, and pod demo-1 should have terminated by now: bring node n2 back, or delete the Node object/,
    )
  })
})
