import { describe, expect, test } from 'vitest'
import { bootstrap } from '../../../../../src/plan/cluster/without-majority/bootstrap.ts'
import { aCluster, clusterId, now, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const answering = (...names: readonly string[]) =>
  names.reduce((scene: Scene, name) => scene.withAnswer(name), aCluster().starting()).withMembership([])

/** As a cluster of this name left them. */
/** A claim that was made for an earlier cluster and never bound. */
function unused(scene: Scene, name: string): Scene {
  return scene.withVolume(name, { clusterUid: 'earlier', bound: false, unused: true, memberId: undefined })
}

function retained(scene: Scene, ...names: readonly string[]): Scene {
  const voters = 'demo-0=a0,demo-1=a1,demo-2=a2'
  return names.reduce(
    (sum, name, index) =>
      sum.withVolume(name, { clusterUid: 'earlier', clusterId: 'c0c0', memberId: `a${index}`, incarnation: 'old', voters }),
    scene,
  )
}

describe('bootstrap', () => {
  decides(bootstrap, {
    'freezes the beginning first': [aCluster(), 'FreezeBootstrap 3'],
    'then writes the configs, each with the full list': [
      aCluster().frozen(),
      'WriteConfig demo-0=bootstrap(0 1 2) demo-1=bootstrap(0 1 2) demo-2=bootstrap(0 1 2)',
    ],
    'writes only the configs that lack, after a crash': [
      aCluster().frozen().withConfig('demo-0', { state: 'bootstrap' }).withConfig('demo-2', { state: 'bootstrap' }),
      'WriteConfig demo-1=bootstrap(0 1 2)',
    ],
    'then creates the pods': [
      aCluster()
        .starting()
        .with({ statefulSet: { state: 'absent' } }),
      'CreateStatefulSet 3',
    ],
    'then waits for a majority': [aCluster().starting(), 'wait StartingMembers'],
    'pins as soon as a majority gives a list': [answering('demo-0', 'demo-1'), `PinCluster ${clusterId}`],
    'keeps to the frozen size, whatever the spec asks for meanwhile': [
      aCluster().frozen(3).resized(5),
      'WriteConfig demo-0=bootstrap(0 1 2) demo-1=bootstrap(0 1 2) demo-2=bootstrap(0 1 2)',
    ],
    'blocks when a member answers as another cluster': [
      answering('demo-0', 'demo-1').onForeignData('demo-2'),
      'block ClusterIdMismatch demo-2',
    ],
    'is not put off by a member that can not tell its cluster yet': [
      answering('demo-0', 'demo-1').takingPart('demo-2'),
      `PinCluster ${clusterId}`,
    ],
    'says what a member waits for': [
      aCluster()
        .starting()
        .withPod('demo-1', { etcd: { state: 'waiting', reason: 'ImagePullBackOff', message: 'no such image' } }),
      'wait ImagePullFailed demo-1',
    ],
    'begins nothing for a spec that can not be': [aCluster({ size: 2 }), 'block InvalidSpec'],
    'stops where it is when the spec becomes impossible': [aCluster().frozen().resized(2), 'block InvalidSpec'],
    'pins all the same: what runs is there': [answering('demo-0', 'demo-1').resized(2), `PinCluster ${clusterId}`],

    'does not adopt volumes that are smaller than the spec asks for': [
      retained(aCluster({ bootstrap: { existingVolumes: 'Adopt' } }), 'demo-0', 'demo-1', 'demo-2').withVolume('demo-1', {
        capacityBytes: 2 ** 29,
      }),
      'block VolumeTooSmall',
    ],
    'refuses volumes of an earlier cluster of this name': [retained(aCluster(), 'demo-0'), 'block RetainedVolumesFound'],
    'deletes claims of an earlier cluster that never had a volume': [unused(aCluster(), 'demo-0'), 'DeleteVolume demo-0'],
    'deletes those before it adopts the others': [
      unused(retained(aCluster({ bootstrap: { existingVolumes: 'Adopt' } }), 'demo-0', 'demo-1'), 'demo-2'),
      'DeleteVolume demo-2',
    ],
    'waits until a claim that never had a volume is gone': [
      unused(aCluster(), 'demo-0').withVolume('demo-0', { deleting: true }),
      'wait WaitingForDeletion',
    ],
    'spares a claim that is noted to hold the data of a member, whatever it waits for': [
      unused(aCluster(), 'demo-0').withVolume('demo-0', { memberId: 'a0' }),
      'block RetainedVolumesFound',
    ],
    'says so when it may not delete such a claim': [
      unused(aCluster(), 'demo-0').remembering({ volumeDeletionDeniedAt: now }),
      'block MissingPermission',
    ],
    'waits for those that are going away': [
      retained(aCluster(), 'demo-0').withVolume('demo-0', { deleting: true }),
      'wait WaitingForDeletion',
    ],
    'adopts them when it is told to': [
      retained(aCluster({ bootstrap: { existingVolumes: 'Adopt' } }), 'demo-0', 'demo-1', 'demo-2'),
      'FreezeBootstrap 3 demo-0 demo-1 demo-2',
    ],
    'adopts no minority': [retained(aCluster({ bootstrap: { existingVolumes: 'Adopt' } }), 'demo-0'), 'block VolumesNotAdoptable'],
    'never lets an adopted member start empty': [
      aCluster().withStatus({ bootstrap: { size: 2, token: 't', incarnation: 'old', adopted: ['demo-0', 'demo-1'] } }),
      'WriteConfig demo-0=established demo-1=established',
    ],

    'is silent once the cluster ID is in the status': [aCluster().frozen().pinned()],
    'is silent when the ID is only left on the StatefulSet': [aCluster().withStatefulSet({ clusterId })],
    'is silent when the ID is only left on a volume of this cluster': [aCluster().withVolume('demo-0', { clusterId })],
    'speaks when the ID is on a volume of an earlier cluster': [
      aCluster().withVolume('demo-0', { clusterId, clusterUid: 'earlier' }),
      'block RetainedVolumesFound',
    ],
  })

  test('freezes a token and a directory that no other cluster has', () => {
    const frozen = (view: Scene) => {
      const decision = bootstrap(view)
      return decision?.kind === 'step' && decision.step.do === 'FreezeBootstrap' ? decision.step : undefined
    }
    const [first, again] = [aCluster(), aCluster()]
    const other = first.with({ cluster: { ...first.cluster, metadata: { ...first.cluster.metadata, uid: 'another' } } })
    expect(frozen(again)).toEqual(frozen(first))
    expect(frozen(other)?.token).not.toBe(frozen(first)?.token)
    expect(frozen(other)?.incarnation).not.toBe(frozen(first)?.incarnation)
  })

  test('an adopted cluster keeps its ID and its directory', () => {
    const view = retained(aCluster({ bootstrap: { existingVolumes: 'Adopt' } }), 'demo-0', 'demo-1', 'demo-2')
    expect(bootstrap(view)).toMatchObject({ step: { begins: { as: 'adopted', clusterId: 'c0c0' }, incarnation: 'old' } })
  })
})
