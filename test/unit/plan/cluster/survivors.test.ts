import { describe, expect, test } from 'vitest'
import { ordinalOf } from '../../../../src/model/names.ts'
import { planCluster, policy } from '../../../../src/plan/cluster/policy.ts'
import type { Decision } from '../../../../src/plan/cluster/step.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'

/**
 * A member that still answers when the majority is lost hands out a snapshot of everything that was acknowledged. After a restart it
 * serves nothing, so no step may end its process, and none may delete the volume or the membership of any other.
 */
const survivor = aCluster()
  .running()
  .withoutMajority()
  .crashed('demo-1', 'empty-volume')
  .crashed('demo-2', 'empty-volume')
  .withAnswer('demo-0', { hasLeader: false, leaderId: undefined })
  .withPod('demo-0', { ready: false })
const outdated = { revision: 'rev-0' } as const

const states: Readonly<Record<string, Scene>> = {
  'as it is': survivor,
  'of five': aCluster({ size: 5 }).running().withoutMajority().silent('demo-2').silent('demo-3').silent('demo-4'),
  'whose template is outdated': survivor.withPod('demo-0', outdated),
  'whose spec asks for another version': survivor.withSpec({ version: '3.6.17' }).withPod('demo-0', outdated),
  'whose spec asks for other settings': survivor.withSpec({ pod: { ...survivor.cluster.spec.pod, priorityClassName: 'high' } }),
  'that is to leave': survivor
    .resized(1)
    .withoutPod('demo-0')
    .withPod('demo-2')
    .withAnswer('demo-2', { hasLeader: false, leaderId: undefined }),
  'of a smaller cluster': survivor.resized(1),
  'of a larger cluster': survivor.resized(5),
  'of a size that can not be': survivor.resized(2),
  'whose claim somebody deleted': survivor.withVolume('demo-0', { deleting: true }),
  'without marks on any claim': survivor.with({
    volumes: survivor.volumes.map((volume) => ({ ...volume, memberId: undefined, clusterUid: undefined, clusterId: undefined })),
  }),
  'without any claim': survivor.with({ volumes: [] }),
  'without a StatefulSet': survivor.with({ statefulSet: { state: 'absent' } }),
  'without a ConfigMap': survivor.with({ config: { state: 'absent' } }),
  'without StatefulSet and ConfigMap': survivor.with({ statefulSet: { state: 'absent' }, config: { state: 'absent' } }),
  'without StatefulSet, ConfigMap and claims': survivor.with({
    statefulSet: { state: 'absent' },
    config: { state: 'absent' },
    volumes: [],
  }),
  'whose StatefulSet somebody scaled down': survivor.withStatefulSet({ replicas: 1 }),
  'whose StatefulSet somebody scaled up': survivor.withStatefulSet({ replicas: 5 }),
  'whose config somebody removed': survivor.withoutConfig('demo-0'),
  'whose status is lost': survivor.with({ cluster: { ...survivor.cluster, status: {} } }),
  'beside others on a lost node': survivor.onLostNode('demo-1').onLostNode('demo-2'),
  'beside others that failed to join': survivor.remembering({ failedJoins: new Map([['demo-1', { count: 3, at: now - 3_600_000 }]]) }),
  'beside others that were never seen to start': survivor.remembering({ unstartedSince: new Map([['a1', now - 3_600_000]]) }),
  'beside one on the data of another cluster': survivor.onForeignData('demo-1'),
  'that somebody asks to exchange': survivor.withSpec({ repair: { replaceMembers: ['a0'] } }),
}

describe.each(Object.entries(states))('without a majority, a member that still answers, %s', (_, view) => {
  test('is not ended by the plan', () => {
    expect(harmOf(view, planCluster(view))).toBeUndefined()
  })

  test.each(policy.flatMap(({ rules }) => rules).map((rule) => ({ rule, name: rule.name })))(
    'is not ended by the rule $name alone',
    ({ rule }) => {
      expect(harmOf(view, rule(view))).toBeUndefined()
    },
  )
})

/** What the step would end, remove or delete that it must not. */
function harmOf(view: Scene, decision: Decision | undefined): string | undefined {
  if (decision?.kind !== 'step') return undefined
  const { step } = decision
  const running = view.pods.filter(({ etcd }) => etcd.state === 'running')
  switch (step.do) {
    case 'DeletePod':
      return running.some(({ name }) => name === step.member) ? `${step.do} ${step.member}` : undefined
    case 'SetReplicas':
    case 'CreateStatefulSet':
      return running.some(({ name }) => (ordinalOf(view.cluster, name) ?? 0) >= step.replicas) ? `${step.do} ${step.replicas}` : undefined
    case 'StopServing':
    case 'RemoveMember':
    case 'PromoteLearner':
    case 'AddLearner':
    case 'MoveLeader':
    case 'DeleteVolume':
      return `${step.do} ${step.member}`
    case 'UpdateTemplate':
      return step.do
    default:
      return undefined
  }
}
