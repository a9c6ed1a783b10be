import { describe, expect, test } from 'vitest'
import { known } from '../../../../src/model/known.ts'
import { planCluster, policy } from '../../../../src/plan/cluster/policy.ts'
import { stepId } from '../../../../src/plan/cluster/step.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'
import { decides } from '../../../builders/decides.ts'

const three = aCluster().running()
const growing = aCluster({ size: 5 }).running(3)
const outdated = { etcd: { state: 'waiting', reason: 'ImagePullBackOff', message: '' }, ready: false, revision: 'rev-0' } as const
const corrupt = (scene: Scene) => scene.alarmed('a1').compared({ 'demo-0': 1, 'demo-1': 2, 'demo-2': 3 })
const foreign = [{ kind: 'Service', name: 'demo', object: { state: 'foreign', uid: 'x' } }] as const

/** Its StorageClass doesn't allow volumes to be expanded. */
const larger = three
  .withSpec({ storage: { ...three.cluster.spec.storage, size: '2Gi' } })
  .with({ expandable: known(new Map([['standard', false]])) })

describe('of two rules that would speak, the earlier decides:', () => {
  decides(planCluster, {
    'nothing is left to do': [three, 'steady'],
    'paused, whatever else there is': [growing.paused().with({ others: foreign }), 'block Paused'],
    'deletion although it is paused': [growing.paused().deleted().with({ others: foreign }), 'wait Deleting'],
    'paused before a cluster begins': [aCluster().paused(), 'block Paused'],
    'deletion before objects of somebody else': [three.deleted().with({ others: foreign }), 'wait Deleting'],
    'objects of somebody else before a beginning': [aCluster().with({ others: foreign }), 'block NameTaken'],
    'objects of somebody else before pods that do not run': [
      three.with({ others: foreign }).withPod('demo-1', outdated),
      'block NameTaken',
    ],
    'an outdated pod that does not run is replaced without a majority': [
      three.withoutMajority().silent('demo-0').silent('demo-1').withPod('demo-1', outdated),
      'DeletePod demo-1',
    ],
    'an outdated pod that does not run is replaced before the cluster is pinned': [
      aCluster().starting().withPod('demo-1', outdated),
      'DeletePod demo-1',
    ],
    'no outdated pod is replaced for a spec that can not be': [
      three.withPod('demo-1', outdated).silent('demo-1').resized(2),
      'block InvalidSpec',
    ],
    'lost objects are made again without a majority': [
      three.withoutMajority().with({ statefulSet: { state: 'absent' } }),
      'CreateStatefulSet 3',
    ],
    'without a majority no member is removed, added or ended': [
      growing.withoutMajority().silent('demo-0').silent('demo-1'),
      'wait MajorityUnreachable',
    ],
    'without a majority no volume is deleted': [
      aCluster({ size: 1 }).running(1).withoutMajority().silent('demo-0').withVolume('demo-1'),
      'wait NoContact',
    ],
    'another cluster ID stops everything': [growing.withMembership(growing.members(), 'beef'), 'block ClusterIdMismatch'],
    'a member on foreign data is named, and what was begun goes on': [
      aCluster().running().onForeignData('demo-1').withConfig('demo-0', { state: 'bootstrap' }),
      'WriteConfig demo-0=established',
    ],
    'members that hold different data stop everything: growth': [corrupt(growing), 'block DataCorrupt'],
    'members that hold different data stop everything: shrinking': [corrupt(three.resized(1)), 'block DataCorrupt'],
    'members that hold different data stop everything: a promotion': [
      corrupt(aCluster({ size: 5 }).running(3).withLearner('demo-3')),
      'block DataCorrupt',
    ],
    'members that hold different data stop everything: the volumes of members that left': [
      corrupt(three.withVolume('demo-3', { memberId: 'dead' })),
      'block DataCorrupt',
    ],
    'no member leaves while another is about to lose its data': [
      aCluster({ size: 3 }).running(5).withVolume('demo-0', { deleting: true }),
      'block VolumeBeingDeleted',
    ],
    'members are added while another is about to lose its data': [
      growing.withVolume('demo-0', { deleting: true }),
      'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)',
    ],
    'a member that leaves takes its own volume along': [
      aCluster({ size: 3 }).running(5).withVolume('demo-4', { deleting: true }),
      'StopServing demo-4',
    ],
    'the second of two is added before the first gets its guard': [
      growing
        .withLearner('demo-3', { config: { state: 'joining' } })
        .withConfig('demo-4', { state: 'joining', members: ['demo-0', 'demo-1', 'demo-2', 'demo-3', 'demo-4'] }),
      'AddLearner demo-4',
    ],
    'the guard is set before a promotion': [
      growing
        .resized(5)
        .withLearner('demo-3', { config: { state: 'joining' } })
        .withLearner('demo-4'),
      'WriteConfig demo-3=established',
    ],
    'what was begun is finished before anything new': [three.withStatefulSet({ replicas: 2 }).resized(5), 'SetReplicas 3'],
    'a learner in sync is promoted although the spec can not be': [growing.withLearner('demo-3').resized(4), 'PromoteLearner demo-3'],
    'a learner in sync is promoted before a roll': [growing.withLearner('demo-3').withSpec({ version: '3.6.17' }), 'PromoteLearner demo-3'],
    'a learner is promoted before the next one is prepared': [growing.withLearner('demo-3'), 'PromoteLearner demo-3'],
    'a member that lost its volume is replaced before anything that the spec asks for': [
      growing.crashed('demo-1', 'empty-volume'),
      'RemoveMember demo-1',
    ],
    'a spec that can not be blocks scaling': [three.resized(4), 'block InvalidSpec'],
    'a roll goes before growth': [three.withSpec({ version: '3.6.17', size: 5 }), 'UpdateTemplate'],
    'a roll waits until whoever leaves has left': [aCluster({ size: 3 }).running(5).withSpec({ version: '3.6.17' }), 'StopServing demo-4'],
    'a cluster of one grows before it is restarted': [
      aCluster({ size: 1 }).running().withSpec({ version: '3.6.17', size: 3 }),
      'WriteConfig demo-1=joining(0 1) demo-2=joining(0 1 2)',
    ],
    'the claims of the present members are enlarged before others join': [
      three.withSpec({ size: 5, storage: { ...three.cluster.spec.storage, size: '2Gi' } }),
      'GrowVolume demo-0 to 2Gi',
    ],
    'larger volumes that can not be had hold up no growing': [
      larger.withSpec({ size: 5 }),
      'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)',
    ],
    'what is waited for is told before larger volumes that can not be had': [
      larger.withPod('demo-1', { ready: false }),
      'wait StartingMembers demo-1',
    ],
    'larger volumes that can not be had are told of in the end': [larger, 'wait VolumeNotGrowable demo-0'],
    'a cluster is not done while a pod is not ready': [three.withPod('demo-1', { ready: false }), 'wait StartingMembers demo-1'],
  })
})

test('every rule stands in the list once', () => {
  const rules = policy.flatMap((stage) => stage.rules)
  expect(new Set(rules).size).toBe(rules.length)
})

describe('a step has an ID', () => {
  const idOfPlan = (view: Scene) => {
    const decision = planCluster(view)
    return decision.kind === 'step' ? stepId(decision.step) : undefined
  }

  test('that is the same for the same step, however the world was told', () => {
    const [pods, again] = [three.withoutPod('demo-1').withStatefulSet({ replicas: 2 }), three.withStatefulSet({ replicas: 2 })]
    expect(idOfPlan(pods)).toBe(idOfPlan(again))
    expect(idOfPlan(pods)).toMatch(/^[0-9a-f]{10}$/)
  })

  test('that changes with the object that it acts on', () => {
    const leaving = aCluster({ size: 1 }).running(2)
    expect(idOfPlan(leaving)).not.toBe(idOfPlan(leaving.withPod('demo-1', { uid: 'another pod of this name' })))
  })
})
