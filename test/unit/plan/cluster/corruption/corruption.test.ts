import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../../src/api/labels.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { stepId } from '../../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { aCluster, idOf, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const three = aCluster({ size: 3 }).running()
const five = aCluster({ size: 5 }).running()
/** The hashes of demo-0, demo-1 and so on; 0: it gave none. */
const compared = (scene: Scene, ...hashes: readonly number[]) =>
  scene.compared(Object.fromEntries(hashes.flatMap((hash, index) => (hash === 0 ? [] : [[`demo-${index}`, hash]]))))
const wrong2 = compared(three.alarmed('a2'), 1, 1, 2)
const aside = (scene: Scene, name: string) => scene.withPod(name, { serving: false })

describe('while members hold different data:', () => {
  decides(planCluster, {
    'nothing is done before they were compared': [three.alarmed('0'), 'wait ComparingData'],
    'a comparison of another list does not count': [wrong2.without('demo-2').withVoter('demo-4').alarmed('0'), 'wait ComparingData'],
    'the wrong follower leaves the client Service': [wrong2, 'StopServing demo-2'],
    'then it is removed while its process runs': [aside(wrong2, 'demo-2'), 'RemoveMember demo-2'],
    'the wrong one is removed, not the one that the alarm names': [
      aside(compared(three.alarmed('a1'), 1, 1, 2), 'demo-2'),
      'RemoveMember demo-2',
    ],
    'a right one that was stopped to leave, and still runs, is kept first: without it no majority would be left': [
      compared(three.alarmed('a1').resized(1).withStatefulSet({ replicas: 2 }), 1, 2, 1),
      'SetReplicas 3',
    ],
    'a wrong leader hands the leadership to one of the majority first': [
      compared(three.alarmed('0'), 2, 1, 1),
      'MoveLeader demo-0 to demo-1',
    ],
    'not to another wrong one': [compared(five.alarmed('0'), 2, 3, 1, 1, 1), 'MoveLeader demo-0 to demo-2'],
    'not to one that lags': [
      compared(three.alarmed('0').withAnswer('demo-1', { raftAppliedIndex: 4000 }), 2, 1, 1),
      'MoveLeader demo-0 to demo-2',
    ],
    'nobody leads': [compared(three.withLeader(undefined).alarmed('0'), 1, 1, 2), 'wait StartingMembers demo-2'],
    'a wrong one whose alarm is not raised yet is removed as well': [aside(compared(three, 1, 1, 2), 'demo-2'), 'RemoveMember demo-2'],
    'of two wrong ones one goes at a time': [aside(compared(five.alarmed('0'), 1, 1, 1, 2, 2), 'demo-3'), 'RemoveMember demo-3'],
    'not while the others are no majority': [
      compared(three.alarmed('0').withPod('demo-1', { endsBy: three.now + 30_000 }), 1, 1, 2),
      'wait MemberUnhealthy demo-2',
    ],
    'without a majority nothing is done at all': [wrong2.withoutMajority(), 'wait MajorityDown'],
    'a pause is one': [wrong2.paused(), 'block Paused'],
    'a spec that can not be holds nothing up': [aside(wrong2, 'demo-2').resized(2), 'RemoveMember demo-2'],
  })
})

describe('a person is told, and nothing dangerous is done, with', () => {
  decides(planCluster, {
    'three hashes of three members': [compared(three.alarmed('a1'), 1, 2, 3), 'block DataCorrupt'],
    'two hashes of two members': [compared(aCluster({ size: 3 }).running(2).alarmed('a1'), 1, 2), 'block DataCorrupt'],
    'two of five that agree': [compared(five.alarmed('0'), 1, 1, 2, 2, 3), 'block DataCorrupt'],
    'a tie beside a silent member': [compared(three.silent('demo-2').alarmed('0'), 1, 2), 'block DataCorrupt'],
    'a single member': [aCluster({ size: 1 }).running().alarmed('a0'), 'block DataCorrupt'],
    'a wrong member that somebody else added': [
      three.withStranger().alarmed('0').compared({ 'demo-0': 1, 'demo-1': 1, 'demo-2': 1, beef: 2 }),
      'block DataCorrupt',
    ],
  })

  test('members, hashes and the way out', () => {
    const decision = planCluster(compared(three.alarmed('a1'), 1, 2, 0))
    expect(decision).toMatchObject({
      message: expect.stringMatching(
        /names member demo-1 \(a1\).*at revision 812 demo-0 has hash 00000001, demo-1 has hash 00000002.*Restart no member.*restore a backup/,
      ),
    })
  })
})

describe('the alarm is disarmed', () => {
  const two = aCluster({ size: 3 }).running(2)
  decides(planCluster, {
    'right after the wrong member was removed, every entry of it, and 0': [compared(two.alarmed('a2', '0'), 1, 1), 'DisarmCorrupt 0 a2'],
    'where all agree, whoever is named': [compared(three.alarmed('a1'), 1, 1, 1), 'DisarmCorrupt a1'],
    'not before the vote that says so': [two.alarmed('a2'), 'wait ComparingData'],
    'not while a voter answers and gives no hash that can be compared': [compared(three.alarmed('0'), 1, 1), 'wait ComparingData'],
    'although a voter that knows no leader gives no hash': [
      compared(three.takingPart('demo-2', { hasLeader: false }).alarmed('0'), 1, 1),
      'DisarmCorrupt 0',
    ],
    'although a voter gives no hash that runs on the data of another': [
      compared(three.withAnswer('demo-2', { memberId: 'dead' }).alarmed('0'), 1, 1),
      'DisarmCorrupt 0',
    ],
    'for those that were cleared, while another is silent': [
      compared(three.silent('demo-2').alarmed('0', 'a1', 'a2'), 1, 1),
      'DisarmCorrupt 0 a1',
    ],
    'not for a silent member, of which nothing is known': [compared(three.silent('demo-2').alarmed('a2'), 1, 1), 'wait DataCorrupt demo-2'],
    'not of a silent member that is replaced: its entry goes with it': [
      aside(compared(three.crashed('demo-2', 'empty-volume').alarmed('a2'), 1, 1), 'demo-2'),
      'RemoveMember demo-2',
    ],
    'after a learner that it names was removed': [compared(three.withLearner('demo-3').alarmed('a3'), 1, 1, 1), 'RemoveMember demo-3'],
    'after any learner was removed where the alarm comes for the third time and names nobody: it may be the wrong one': [
      compared(three.withLearner('demo-3').alarmed('0'), 1, 1, 1).remembering({
        disarms: [three.monotonicMs - 5_000, three.monotonicMs - 3_000],
      }),
      'RemoveMember demo-3',
    ],
    'beside a learner where the alarm comes for the second time': [
      compared(three.withLearner('demo-3').alarmed('0'), 1, 1, 1).remembering({ disarms: [three.monotonicMs - 3_000] }),
      'DisarmCorrupt 0',
    ],
    'once nobody is missing for the third time within an hour': [
      compared(three.alarmed('a1'), 1, 1, 1).remembering({ disarms: [three.monotonicMs - 5_000, three.monotonicMs - 3_000] }),
      'DisarmCorrupt a1',
    ],
    'not in a loop': [
      compared(three.alarmed('a1'), 1, 1, 1).remembering({ disarms: [9_000, 5_000, 3_000].map((ms) => three.monotonicMs - ms) }),
      'block DataCorrupt',
    ],
    'again after an hour': [
      compared(three.alarmed('a1'), 1, 1, 1).remembering({ disarms: [9, 5, 1].map((h) => three.monotonicMs - h * 3_600_000) }),
      'DisarmCorrupt a1',
    ],
    'once, although a follower still tells of it': [compared(three.alarmed('a1').withAnswer('demo-0', { alarms: [] }), 1, 1, 1), 'steady'],
    'through the leader': [compared(three.withLeader(undefined).alarmed('a1'), 1, 1, 1), 'wait StartingMembers'],
  })
})

describe('a member that does not start because its data differs', () => {
  const refused = three.refusedByPeers('demo-2')
  const seenBefore = (scene: Scene) => scene.remembering({ peerRefusals: new Map([['demo-2', 'pod-demo-2']]) })
  const anotherPod = (scene: Scene) => scene.withPod('demo-2', { uid: 'another pod', serving: false })
  decides(planCluster, {
    'holds back everything else until all were compared': [refused.resized(5), 'wait ComparingData'],
    'is not replaced for saying so': [compared(refused, 1, 1), 'wait ComparingData demo-2'],
    'is started again once all others are known to agree': [seenBefore(compared(refused, 1, 1)), 'DeletePod demo-2'],
    'is not disturbed while it starts': [
      seenBefore(compared(refused.withPod('demo-2', { etcd: { state: 'running', since: 0 } }), 1, 1)),
      'wait ComparingData demo-2',
    ],
    'is wrong if it refuses again in a new pod': [anotherPod(seenBefore(compared(refused, 1, 1))), 'RemoveMember demo-2'],
    'is right while another one is found to be wrong, which is removed': [
      aside(compared(five.refusedByPeers('demo-4'), 1, 1, 1, 2), 'demo-3'),
      'RemoveMember demo-3',
    ],
    'may be right beside two that differ: a person is told': [compared(refused, 1, 2), 'block DataCorrupt'],
    'is not proved wrong while another is silent, too': [
      anotherPod(seenBefore(compared(five.refusedByPeers('demo-2').silent('demo-4'), 1, 1, 0, 1))),
      'wait ComparingData demo-2',
    ],
    'waits for those that have failed as well, which are replaced first': [
      compared(five.refusedByPeers('demo-3').crashed('demo-4', 'empty-volume'), 1, 1, 1),
      'RemoveMember demo-4',
    ],
    'waits for a member that is silent beside those that have failed': [
      compared(aCluster({ size: 7 }).running().refusedByPeers('demo-4').silent('demo-5').crashed('demo-6', 'empty-volume'), 1, 1, 1, 1),
      'wait ComparingData demo-4',
    ],
    'is not proved wrong beside a learner, which gives no hash and is removed first': [
      anotherPod(seenBefore(compared(five.refusedByPeers('demo-2').withLearner('demo-5'), 1, 1, 0, 1, 1))),
      'RemoveMember demo-5',
    ],
    'is compared without a learner, which gives no hash and is removed where all voters that run agree': [
      compared(three.refusedByPeers('demo-2').withLearner('demo-3'), 1, 1),
      'RemoveMember demo-3',
    ],
    'does not keep the alarm from being disarmed': [seenBefore(compared(refused.alarmed('0'), 1, 1)), 'DisarmCorrupt 0'],
    'is removed at once if it is a learner, and joins again': [
      compared(three.withLearner('demo-3').refusedByPeers('demo-3'), 1, 1, 1),
      'RemoveMember demo-3',
    ],
    'is no concern once it was removed, whatever its pod says': [refused.unlisted('demo-2'), 'DeleteVolume demo-2'],
    'is no concern once it runs': [refused.withVoter('demo-2').withPod('demo-2', { restarts: 3 }), 'steady'],
  })
})

describe('where replacements need an approval', () => {
  const byHand = aside(wrong2, 'demo-2').withSpec({ repair: { automatic: false, nodeLossAfter: '5m' } })
  const removal = { do: 'RemoveMember', member: 'demo-2', id: idOf('demo-2'), failedToJoin: false } as const

  decides(planCluster, {
    'the removal waits for it': [byHand, 'block ApprovalNeeded demo-2'],
    'and is done with it': [byHand.annotated({ [annotation.approve]: stepId(removal) }), 'RemoveMember demo-2'],
    'a wrong leader hands over without it': [
      compared(three.alarmed('0'), 2, 1, 1).withSpec({ repair: { automatic: false, nodeLossAfter: '5m' } }),
      'MoveLeader demo-0 to demo-1',
    ],
  })
})

describe('the status', () => {
  const status = (scene: Scene) => statusOf(scene, planCluster(scene))
  const conditions = (scene: Scene) =>
    Object.fromEntries((status(scene).conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]))

  test('says that the operator repairs it', () => {
    expect(conditions(wrong2)).toMatchObject({
      Available: 'False DataCorrupt',
      FaultTolerant: 'False DataCorrupt',
      Progressing: 'True DataCorrupt',
      Stalled: 'False DataCorrupt',
    })
    expect(status(wrong2).memberStatus?.find(({ name }) => name === 'demo-2')).toMatchObject({ role: 'Failed' })
  })

  test('says that a person has to', () => {
    expect(conditions(compared(three.alarmed('a1'), 1, 2, 3))).toMatchObject({
      Available: 'False DataCorrupt',
      Stalled: 'True DataCorrupt',
    })
  })

  test('says that a majority serves while only one member does not start', () => {
    const scene = compared(three.refusedByPeers('demo-2'), 1, 1)
    expect(conditions(scene)).toMatchObject({
      Available: 'True MajorityAnswers',
      FaultTolerant: 'False DataCorrupt',
      Stalled: 'False ComparingData',
    })
  })
})
