import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../../src/api/labels.ts'
import { podMarks } from '../../../../../src/objects/cluster/marks.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { stepId } from '../../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { aCluster, now, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const repair = { automatic: true, nodeLossAfter: '5m', replaceMembers: ['a1'] }
const asked = (size: number, replaceMembers: readonly string[] = ['a1']) => aCluster({ size, repair: { replaceMembers } })
/** What the spec says now. */
const naming = (view: Scene, ...replaceMembers: readonly string[]) => view.withSpec({ repair: { ...repair, replaceMembers } })

const three = asked(3).running()
const joining = three.withConfig('demo-3', { state: 'joining', members: ['demo-0', 'demo-1', 'demo-2', 'demo-3'] })
const learner = three.withLearner('demo-3')
const ready = learner.withVoter('demo-3')
const aside = ready.withPod('demo-1', { serving: false })
const ending = aside.withPod('demo-1', { endsBy: now + 20_000 })
const ended = ending.takingPart('demo-1')
const gone = ended.withoutPod('demo-1')
const recreated = gone.withPod('demo-1', { serving: true, etcd: { state: 'waiting', reason: 'ContainerCreating', message: '' } })
const removed = recreated.unlisted('demo-1')
const cleared = removed.without('demo-1').withConfig('demo-1', { state: 'joining', members: ['demo-0', 'demo-2', 'demo-3', 'demo-1'] })
const rejoined = removed
  .withMember('demo-1', { id: 'b1', isLearner: false })
  .withAnswer('demo-1', { memberId: 'b1' })
  .withConfig('demo-1', { state: 'established', members: [] })
  .withPod('demo-1', { ready: true, serving: true, etcd: { state: 'running', since: now - 50_000 } })
  .withVolume('demo-1', { memberId: 'b1' })
/** On a node that is lost: the API server goes on saying that the container runs. */
const dead = (view: Scene, name: string) =>
  view.silent(name).withPod(name, { ready: false, etcd: { state: 'running', since: now - 60_000 } })

describe('a member that is to be exchanged', () => {
  decides(planCluster, {
    'gets a spare first': [three, 'WriteConfig demo-3=joining(0 1 2 3)'],
    'gets the spare as a learner': [joining, 'AddLearner demo-3'],
    'stays until the spare has its vote': [learner.remembering({ inSyncLooks: new Map() }), 'wait LearnerCatchingUp demo-3'],
    'gets a spare that votes': [learner, 'PromoteLearner demo-3'],
    'is then taken out of the client Service': [ready, 'StopServing demo-1'],
    'serves until the spare does': [ready.withPod('demo-3', { ready: false }), 'wait StartingMembers demo-1'],
    'serves until clients are sent to the spare': [ready.withPod('demo-3', { serving: false }), 'wait StartingMembers demo-1'],
    'is ended then': [aside, 'DeletePod demo-1'],
    'is not removed while it serves clients': [ending, 'wait MemberStopping demo-1'],
    'is removed as soon as it serves nobody': [ended, 'RemoveMember demo-1'],
    'is removed when its process has ended': [ending.withPod('demo-1', { etcd: { state: 'terminated' } }), 'RemoveMember demo-1'],
    'is removed when its pod is gone': [gone, 'RemoveMember demo-1'],
    'is removed when its pod was recreated and has not started': [recreated, 'RemoveMember demo-1'],
    'is not ended a second time when its pod came back before the removal': [
      aside.withPod('demo-1', { createdAt: now - 5_000 }),
      'RemoveMember demo-1',
    ],
    'is taken out of the client Service before that again': [ready.withPod('demo-1', { createdAt: now - 5_000 }), 'StopServing demo-1'],
    'hands the leadership on before it is ended, not to the spare': [aside.withLeader('demo-1'), 'MoveLeader demo-1 to demo-0'],
    'keeps its vote while there is no leader': [aside.withLeader(undefined), 'wait MemberUnhealthy demo-1'],
    'waits while another member is sick': [ready.silent('demo-2'), 'wait MemberUnhealthy demo-1'],
    'waits while the spare is sick': [ready.silent('demo-3'), 'wait MemberUnhealthy demo-1'],
    'waits while it is silent for a moment itself': [ready.silent('demo-1').withPod('demo-1', { serving: false }), 'DeletePod demo-1'],
    'gets no spare while another member is sick': [joining.silent('demo-2'), 'wait MemberUnhealthy demo-2'],
    'gets no spare while another member is missing': [
      three.without('demo-2').withStatefulSet({ replicas: 3 }),
      'WriteConfig demo-2=joining(0 1 2)',
    ],
    'gets no spare while the spec can not be': [three.withSpec({ version: '3.9.0' }), 'block InvalidSpec'],
    'gets its spare before a change of the spec restarts anybody': [
      three.withSpec({ etcd: { ...three.cluster.spec.etcd, snapshotCount: 5 } }),
      'WriteConfig demo-3=joining(0 1 2 3)',
    ],
    'is removed although the spec can not be any more': [ended.withSpec({ version: '3.9.0' }), 'RemoveMember demo-1'],
    'is not removed beside a member that somebody else added': [ended.withStranger(), 'block UnknownMember'],
    'is not removed while another one loses its volume': [ready.withVolume('demo-2', { deleting: true }), 'block VolumeBeingDeleted'],
    'is exchanged although another one loses its volume that is exchanged after it': [
      naming(ready, 'a1', 'a2').withVolume('demo-1', { deleting: true }).withVolume('demo-2', { deleting: true }),
      'StopServing demo-1',
    ],
    'is not held up by the volume of a member that left': [
      ready.withVolume('demo-5', { deleting: true, memberId: 'dead' }),
      'StopServing demo-1',
    ],
    'is removed although its own volume is being deleted': [ended.withVolume('demo-1', { deleting: true }), 'RemoveMember demo-1'],
    'is not removed without a majority': [ready.withoutMajority(), 'wait MajorityDown'],
    'is not touched while the cluster is paused': [ready.paused(), 'block Paused'],
  })
})

describe('after the removal', () => {
  decides(planCluster, {
    'its volume goes by uid, and its config refuses an empty one until it joins': [removed, 'DeleteVolume demo-1'],
    'its volume goes although somebody removed its config': [removed.withoutConfig('demo-1'), 'DeleteVolume demo-1'],
    'its pod goes, which has that volume': [
      removed
        .withVolume('demo-1', { deleting: true })
        .withConfig('demo-1', { state: 'joining', members: ['demo-0', 'demo-2', 'demo-3', 'demo-1'] }),
      'DeletePod demo-1',
    ],
    'its name joins again': [cleared, 'AddLearner demo-1'],
    'the spare stays until that name votes again': [
      removed
        .withLearner('demo-1')
        .withMember('demo-1', { id: 'b1' })
        .withAnswer('demo-1', { memberId: 'b1', isLearner: true })
        .withPod('demo-1', { etcd: { state: 'running', since: now - 50_000 } }),
      'wait LearnerCatchingUp demo-1',
    ],
    'the spare stays while that name fails to join': [
      cleared.withoutConfig('demo-1').remembering({ failedJoins: new Map([['demo-1', { count: 1, at: now }]]) }),
      'wait MemberNotStarting demo-1',
    ],
    'the spare leaves when all names vote': [rejoined, 'StopServing demo-3'],
    'the spare serves until that name does': [rejoined.withPod('demo-1', { ready: false }), 'wait StartingMembers demo-3'],
    'the spare stays while another member is sick': [rejoined.silent('demo-0'), 'wait MemberUnhealthy demo-3'],
    'nothing is left to do when the spare is gone': [rejoined.without('demo-3').withStatefulSet({ replicas: 3 }), 'steady'],
    'the next one of the list is exchanged with the same spare': [naming(rejoined, 'a1', 'a2'), 'StopServing demo-2'],
    'the next one waits until the name of the first votes again': [naming(cleared, 'a1', 'a2'), 'AddLearner demo-1'],
  })
})

describe('an exchange that is taken back', () => {
  decides(planCluster, {
    'does nothing before it began': [naming(three), 'steady'],
    'drops the config of the spare': [naming(joining), 'WriteConfig -demo-3'],
    'drops the learner': [naming(learner), 'RemoveMember demo-3'],
    'lets the spare leave': [naming(ready), 'StopServing demo-3'],
    'keeps the spare until the member that was ended is back': [naming(gone), 'wait MemberUnhealthy demo-3'],
    'goes on when the member was removed already': [naming(cleared), 'AddLearner demo-1'],
  })

  test('sends clients to a member again while another one does not serve', () => {
    expect(podMarks(aside.withPod('demo-2', { ready: false }))).toMatchObject([{ name: 'demo-1' }])
  })

  test('sends clients to a member again while another one loses its volume', () => {
    expect(podMarks(aside.withVolume('demo-2', { deleting: true }))).toMatchObject([{ name: 'demo-1' }])
  })

  test('sends clients to the member again', () => {
    expect(podMarks(naming(aside))).toMatchObject([{ name: 'demo-1', labels: { 'etcd-operator.dev/serving': 'true' } }])
    expect(podMarks(aside)).toEqual([])
  })
})

describe('which members are exchanged', () => {
  decides(planCluster, {
    'none whose ID etcd does not list': [asked(3, ['beef']).running(), 'steady'],
    'none of them twice': [naming(rejoined.without('demo-3').withStatefulSet({ replicas: 3 }), 'a1'), 'steady'],
    'the leader last': [naming(ready, 'a0', 'a1'), 'StopServing demo-1'],
    'the leader, which hands the leadership to a member that stays': [
      naming(ready, 'a0').withPod('demo-0', { serving: false }),
      'MoveLeader demo-0 to demo-1',
    ],
    'the leader, which hands it to the spare where all are exchanged': [
      naming(ready, 'a0', 'a1', 'a2')
        .withPod('demo-0', { serving: false })
        .withLeader('demo-0')
        .withAnswer('demo-1', { raftAppliedIndex: 0 })
        .withAnswer('demo-2', { raftAppliedIndex: 0 }),
      'MoveLeader demo-0 to demo-3',
    ],
    'the one whose volume is being deleted first': [
      naming(ready, 'a1', 'a2').withVolume('demo-2', { deleting: true }),
      'StopServing demo-2',
    ],
    'that one although another was begun with, which serves again': [
      naming(aside, 'a1', 'a2').withVolume('demo-2', { deleting: true }),
      'StopServing demo-2',
    ],
    'that one although it leads': [naming(ready, 'a1', 'a0').withVolume('demo-0', { deleting: true }), 'MoveLeader demo-0 to demo-2'],
    'of two whose volumes are being deleted one after the other': [
      naming(ready, 'a1', 'a2').withVolume('demo-1', { deleting: true }).withVolume('demo-2', { deleting: true }),
      'StopServing demo-1',
    ],
    'the one that was begun with, although another was put before it': [naming(aside, 'a2', 'a1'), 'DeletePod demo-1'],
    'no learner, and says so': [
      asked(5, ['a3']).running(3).withLearner('demo-3', { lag: 5_000, looks: 0 }).withLearner('demo-4', { lag: 5_000, looks: 0 }),
      'block InvalidSpec demo-3',
    ],
    'no member that somebody else added, and says so': [asked(3, ['beef']).running().withStranger('beef'), 'block UnknownMember'],
    'none that leaves anyway': [asked(3, ['a4']).running(5), 'StopServing demo-4'],
    'the only member of a cluster of one: it gets a second first': [asked(1, ['a0']).running(), 'WriteConfig demo-1=joining(0 1)'],
    'the last of seven, with demo-7 as the spare': [asked(7, ['a6']).running(), 'WriteConfig demo-7=joining(0 1 2 3 4 5 6 7)'],
  })
})

describe('one of two voters', () => {
  const two = asked(1, ['a0'])
    .running()
    .withLearner('demo-1')
    .withVoter('demo-1')
    .withLeader('demo-1')
    .withPod('demo-0', { serving: false })
  decides(planCluster, {
    'is removed before its process ends': [two, 'RemoveMember demo-0'],
    'hands the leadership on first': [two.withLeader('demo-0'), 'MoveLeader demo-0 to demo-1'],
    'stays while the other is sick': [two.silent('demo-1'), 'wait MemberUnhealthy demo-0'],
    'comes back under its name': [two.without('demo-0').withStatefulSet({ replicas: 2 }), 'WriteConfig demo-0=joining(1 0)'],
  })
})

describe('a member that is gone', () => {
  decides(planCluster, {
    'is removed without a spare, because its node is lost': [dead(three, 'demo-1'), 'RemoveMember demo-1'],
    'is removed without a spare, because it crashes again and again': [three.crashed('demo-1'), 'RemoveMember demo-1'],
    'is waited for while its pod is recreated: with a spare it is no loss': [joining.withoutPod('demo-1'), 'wait MemberUnhealthy demo-1'],
    'is kept while the others are no majority': [dead(three, 'demo-1').silent('demo-2'), 'wait MemberUnhealthy demo-1'],
    'is removed when another leads': [dead(three, 'demo-1').withLeader('demo-1'), 'wait StartingMembers demo-1'],
    'lets a learner go on as a member of the old size': [dead(learner, 'demo-1'), 'RemoveMember demo-1'],
  })
})

describe('where repair is not automatic', () => {
  const careful = (view: Scene) => view.withSpec({ repair: { ...repair, automatic: false } })
  const id = stepId({ do: 'RemoveMember', member: 'demo-1', id: 'a1', failedToJoin: false })
  const approved = (view: Scene) => careful(view).annotated({ [annotation.approve]: id })
  decides(planCluster, {
    'the spare joins without an approval': [careful(joining), 'AddLearner demo-3'],
    'the member goes on serving until a person approves': [careful(ready), 'block ApprovalNeeded demo-1'],
    'the member steps aside once it is approved': [approved(ready), 'StopServing demo-1'],
    'the member is removed then': [approved(ended), 'RemoveMember demo-1'],
    'the member is not removed when the approval is taken back': [careful(ended), 'block ApprovalNeeded demo-1'],
    'the approval of one is none of the next': [
      naming(approved(rejoined), 'a1', 'a2').withSpec({ repair: { ...repair, automatic: false, replaceMembers: ['a1', 'a2'] } }),
      'block ApprovalNeeded demo-2',
    ],
    'the name joins again without an approval': [careful(cleared), 'AddLearner demo-1'],
    'the spare leaves without an approval': [careful(rejoined), 'StopServing demo-3'],
  })

  test('clients are sent to the member again when the approval is taken back', () => {
    expect(podMarks(careful(aside))).toMatchObject([{ name: 'demo-1', labels: { 'etcd-operator.dev/serving': 'true' } }])
  })

  test('the status shows the step that waits', () => {
    const view = careful(ready)
    expect(statusOf(view, planCluster(view)).nextStep).toMatchObject({ id, action: 'RemoveMember', member: 'demo-1' })
  })
})

test('the status says who leaves', () => {
  const roles = (view: Scene) => statusOf(view, planCluster(view)).memberStatus?.map(({ name, role }) => `${name} ${role}`)
  expect(roles(learner)).toEqual(['demo-0 Voter', 'demo-1 Voter', 'demo-2 Voter', 'demo-3 Learner'])
  expect(roles(ready)).toEqual(['demo-0 Voter', 'demo-1 Leaving', 'demo-2 Voter', 'demo-3 Voter'])
  expect(roles(rejoined)).toEqual(['demo-0 Voter', 'demo-1 Voter', 'demo-2 Voter', 'demo-3 Leaving'])
})

describe('a member that moves to a new volume', () => {
  const storage = { ...three.cluster.spec.storage, className: 'fast', migration: 'MemberByMember' } as const
  const nobody = { ...repair, replaceMembers: [] }
  /** The StatefulSet makes the new claims as they should be, and the spare has one. */
  const moving = (view: Scene) => {
    const spare = view.volumes.some(({ member }) => member === 'demo-3') ? view.withVolume('demo-3', made) : view
    return spare.withSpec({ storage, repair: nobody }).withStatefulSet({ volumeClass: 'fast' })
  }
  const made = { className: 'fast', madeFor: { bytes: 2 ** 30, className: 'fast' } }
  const one = asked(1, []).running()

  decides(planCluster, {
    'gets a spare first': [moving(three), 'WriteConfig demo-3=joining(0 1 2 3)'],
    'steps aside when the spare votes, the leader last': [moving(ready), 'StopServing demo-1'],
    'is ended then': [moving(aside), 'DeletePod demo-1'],
    'is removed as soon as it serves nobody': [moving(ended), 'RemoveMember demo-1'],
    'joins again on a new volume': [moving(removed), 'DeleteVolume demo-1'],
    'is followed by the next one, while the spare stays': [moving(rejoined).withVolume('demo-1', made), 'StopServing demo-2'],
    'is the leader in the end': [
      moving(rejoined).withVolume('demo-1', made).withVolume('demo-2', made).withPod('demo-0', { serving: false }),
      'MoveLeader demo-0 to demo-1',
    ],
    'and then the spare leaves': [
      moving(rejoined).withVolume('demo-0', made).withVolume('demo-1', made).withVolume('demo-2', made),
      'StopServing demo-3',
    ],
    'gets no spare before the StatefulSet makes other claims': [
      moving(three).withStatefulSet({ volumeClass: undefined }),
      'wait RenewingClaimTemplate',
    ],
    'is one alone, which gets a spare as well': [moving(one), 'WriteConfig demo-1=joining(0 1)'],
    'is one alone, which is removed before it ends': [
      moving(one.withLearner('demo-1').withVoter('demo-1').withLeader('demo-1').withPod('demo-0', { serving: false })).withVolume(
        'demo-1',
        made,
      ),
      'RemoveMember demo-0',
    ],
    'stays when the migration is taken back': [
      moving(ready).withSpec({ storage: { ...storage, migration: 'None' } }),
      'StopServing demo-3',
    ],
    'is finished when the migration is taken back after its removal': [
      moving(removed).withSpec({ storage: { ...storage, migration: 'None' } }),
      'DeleteVolume demo-1',
    ],
    'waits for an approval where repairs do': [
      moving(ready).withSpec({ repair: { ...nobody, automatic: false } }),
      'block ApprovalNeeded demo-1',
    ],
  })
})
