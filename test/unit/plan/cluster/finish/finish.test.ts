import { describe, expect, test } from 'vitest'
import { keepPods } from '../../../../../src/plan/cluster/finish/keep-pods.ts'
import { aCluster, idOf, now, type Scene } from '../../../../builders/a-cluster.ts'
import { decides, stage } from '../../../../builders/decides.ts'

const three = aCluster().running()
const names = (...ordinals: readonly number[]) => ordinals.map((ordinal) => `demo-${ordinal}`)
/** demo-3 is listed and has not started. */
const starting = aCluster({ size: 5 }).running(3).withLearner('demo-3', { started: false })
const heldBack = (scene: Scene) => scene.crashed('demo-3', 'list-differs')
/** demo-2 has left; what stands below is what it left behind. */
const left = aCluster({ size: 1 }).running(1)

describe('finishing sets the guard', () => {
  decides(stage('finish'), {
    'of a member that has started': [three.withConfig('demo-1', { state: 'bootstrap' }), 'WriteConfig demo-1=established'],
    'of a learner that started once and is silent now': [
      aCluster({ size: 5 }).running(3).withLearner('demo-3').withConfig('demo-3', { state: 'joining' }).silent('demo-3'),
      'WriteConfig demo-3=established',
    ],
    'of all at once': [
      three.withConfig('demo-1', { state: 'bootstrap' }).withConfig('demo-2', { state: 'joining' }),
      'WriteConfig demo-1=established demo-2=established',
    ],
    'not of one that is only listed: a static beginning lists every name': [
      three.withConfig('demo-1', { state: 'bootstrap' }).withMember('demo-1', { published: false }),
    ],
    'of a voter that started once and is silent now: its volume may have been lost since': [
      three.withConfig('demo-1', { state: 'bootstrap' }).silent('demo-1'),
      'WriteConfig demo-1=established',
    ],
    'not of one that is only listed, whoever answers in its place': [
      three
        .withConfig('demo-1', { state: 'bootstrap' })
        .withMember('demo-1', { published: false })
        .withAnswer('demo-1', { memberId: 'dead' }),
    ],
    'of a learner before it is promoted': [
      aCluster({ size: 5 })
        .running(3)
        .withLearner('demo-3', { config: { state: 'joining' } }),
      'WriteConfig demo-3=established',
    ],
  })
})

describe('finishing lets a listed member join', () => {
  decides(stage('finish'), {
    'with exactly the live list': [
      starting.withConfig('demo-3', { state: 'joining', members: names(0, 1, 3) }),
      'WriteConfig demo-3=joining(0 1 2 3)',
    ],
    'when its config is gone': [starting.withoutConfig('demo-3'), 'WriteConfig demo-3=joining(0 1 2 3)'],
    'in whatever order the list is': [starting.withConfig('demo-3', { members: names(3, 2, 1, 0) })],
    'but never opens the config of one that has started and is silent now': [
      aCluster({ size: 5 }).running(3).withLearner('demo-3').silent('demo-3'),
    ],
    'but writes nothing for one that is to leave': [starting.withoutConfig('demo-3').resized(3)],
    'by a new pod where it came too early and sits in back-off': [heldBack(starting), 'DeletePod demo-3'],
    'by a new pod where an earlier member of its name ended there with an emptied log': [
      starting.crashed('demo-3', 'emptied').remembering({ unstartedSince: new Map([[idOf('demo-3'), now - 500]]) }),
      'DeletePod demo-3',
    ],
    'but with a new ID where its own log was emptied': [
      starting.crashed('demo-3', 'emptied').remembering({ unstartedSince: new Map([[idOf('demo-3'), now - 10_000]]) }),
      'RemoveMember demo-3',
    ],
    'but leaves the pod of one that is to leave': [heldBack(starting).resized(3)],
    'but leaves a pod that runs': [starting],
    'but leaves a pod that is ending': [heldBack(starting).withPod('demo-3', { endsBy: 1 })],
    'but leaves a pod that ends for another cause': [starting.crashed('demo-3')],
    'but leaves one that has started once: it has a log': [
      aCluster({ size: 5 }).running(3).withLearner('demo-3').crashed('demo-3', 'list-differs'),
    ],
  })
})

describe('finishing gives a member up', () => {
  const overdue = { unstartedSince: new Map([[idOf('demo-3'), now - 5 * 60_000]]) }
  decides(stage('finish'), {
    'that does not start within five minutes': [starting.remembering(overdue), 'RemoveMember demo-3'],
    'not sooner': [starting.remembering({ unstartedSince: new Map([[idOf('demo-3'), now - 299_000]]) })],
    'not one that has started': [aCluster({ size: 5 }).running(3).withLearner('demo-3').remembering(overdue)],
    'whose claim somebody deletes while it is a learner': [
      aCluster({ size: 5 }).running(3).withLearner('demo-3').withVolume('demo-3', { deleting: true }),
      'RemoveMember demo-3',
    ],
    'that lost its volume while it was a learner': [
      aCluster({ size: 5 }).running(3).withLearner('demo-3').crashed('demo-3', 'empty-volume'),
      'RemoveMember demo-3',
    ],
    'not a voter that lost its volume': [three.crashed('demo-1', 'empty-volume')],
  })
})

describe('finishing keeps the pods of listed members', () => {
  decides(stage('finish'), {
    'by raising the replicas': [three.withStatefulSet({ replicas: 2 }), 'SetReplicas 3'],
    'of a learner that was added': [starting.withStatefulSet({ replicas: 3 }), 'SetReplicas 4'],
    'and of the second that joins, a little later': [
      starting.withConfig('demo-4', { state: 'joining', members: names(0, 1, 2, 3, 4) }).withStatefulSet({ replicas: 4 }),
      'SetReplicas 5',
    ],
    'but gives the first a head start': [
      starting
        .withConfig('demo-4', { state: 'joining', members: names(0, 1, 2, 3, 4) })
        .withStatefulSet({ replicas: 4 })
        .withPod('demo-3', { createdAt: now - 1000 }),
    ],
    'but not of the one that is leaving': [three.resized(1).withStatefulSet({ replicas: 2 }).withoutPod('demo-2'), 'RemoveMember demo-2'],
    'even of the one that is leaving, where the others are no majority without it': [
      three.resized(1).withStatefulSet({ replicas: 2 }).withoutPod('demo-2').silent('demo-1'),
      'SetReplicas 3',
    ],
    'of the one that turned back': [three.withStatefulSet({ replicas: 2 }).withoutPod('demo-2'), 'SetReplicas 3'],
  })

  test('and names the pods that are created', () => {
    expect(keepPods(three.withStatefulSet({ replicas: 2 }).withoutPod('demo-2'))).toMatchObject({ message: 'creating pod demo-2' })
    expect(keepPods(three.withStatefulSet({ replicas: 1 }).withoutPod('demo-1').withoutPod('demo-2'))).toMatchObject({
      message: 'creating pods demo-1, demo-2',
    })
  })
})

describe('finishing clears what members left behind', () => {
  decides(stage('finish'), {
    'their pods': [left.withPod('demo-1').withStatefulSet({ replicas: 2 }), 'SetReplicas 1'],
    'but no pod of a listed member': [three.resized(1)],
    'but no pod of a name that is about to join': [aCluster({ size: 3 }).running(1).withStatefulSet({ replicas: 3 })],
    'but no pod beside a member that somebody else added': [left.withStranger().withStatefulSet({ replicas: 2 }), 'block UnknownMember'],
    'their configs': [left.withConfig('demo-1').withConfig('demo-2'), 'WriteConfig -demo-1 -demo-2'],
    'but no config that is about to be used': [
      aCluster({ size: 3 })
        .running(1)
        .withConfig('demo-1', { state: 'joining', members: names(0, 1) }),
    ],
    'a config of that name that lets nobody in': [aCluster({ size: 3 }).running(1).withConfig('demo-1'), 'WriteConfig -demo-1'],
    'but no config beside a member that somebody else added': [left.withStranger().withConfig('demo-1'), 'block UnknownMember'],
    'their volumes': [left.withVolume('demo-1', { memberId: 'dead' }), 'DeleteVolume demo-1'],
    'but no volume with scaleDownPolicy Retain': [
      aCluster({ size: 1, storage: { size: '1Gi', scaleDownPolicy: 'Retain' } })
        .running(1)
        .withVolume('demo-1', { memberId: 'dead' }),
    ],
    'but no volume of a listed name': [three.withVolume('demo-2', { memberId: 'dead' })],
    'but no volume of a listed member ID, whatever it is called': [left.withVolume('demo-1', { memberId: idOf('demo-0') })],
    'but no volume that a pod mounts': [left.withVolume('demo-1').withPod('demo-1', { endsBy: 1 })],
    'but no volume of an earlier cluster': [left.withVolume('demo-1', { clusterUid: 'earlier' })],
    'but no volume of a name that is about to join: scaleUp does that': [aCluster({ size: 3 }).running(1).withVolume('demo-1')],
    'but no volume beside a member that somebody else added': [left.withStranger().withVolume('demo-1'), 'block UnknownMember'],
    'but no volume that is going already': [left.withVolume('demo-1', { deleting: true })],
    'but no volume where it lacks the right to': [left.withVolume('demo-1').remembering({ volumeDeletionDeniedAt: now })],
  })
})

describe('finishing', () => {
  decides(stage('finish'), { 'has nothing to do when all is in order': [three] })
})
