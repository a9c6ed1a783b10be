import { describe } from 'vitest'
import { recreateObjects } from '../../../../../src/plan/cluster/without-majority/recreate-objects.ts'
import { aCluster, now, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const running = aCluster().running()
const absent = { state: 'absent' } as const
const deleting = (scene: Scene): Scene =>
  scene.with({
    ...(scene.statefulSet.state === 'ours' ? { statefulSet: { ...scene.statefulSet, deleting: true } } : {}),
  })
/** Nobody answers; what stands below are facts of the API server alone. */
const silent = running.withoutMajority()

describe('recreateObjects', () => {
  decides(recreateObjects, {
    'has nothing to do while all is there': [running],
    'waits for a StatefulSet that is going away': [deleting(running), 'wait RecreatingObjects'],
    'waits for a ConfigMap that is going away': [
      running.with({ config: { state: 'ours', uid: 'c', resourceVersion: '1', deleting: true, value: { members: new Map() } } }),
      'wait RecreatingObjects',
    ],
    'writes a lost ConfigMap with guards only, never with `new`': [
      running.with({ config: absent }),
      'WriteConfig demo-0=established demo-1=established demo-2=established',
    ],
    'writes a single lost or garbled config': [
      running.withConfig('demo-1', { state: 'unreadable' }).withoutConfig('demo-2'),
      'WriteConfig demo-1=established demo-2=established',
    ],
    'writes none for a member that has not started: its config must let it in': [
      running.withLearner('demo-3', { started: false }).withoutConfig('demo-3'),
    ],
    'creates a lost StatefulSet for every listed member, started or not': [
      running.withLearner('demo-3', { started: false }).with({ statefulSet: absent }),
      'CreateStatefulSet 4',
    ],
    'waits for a pod of the lost StatefulSet that ends: the next one would try again at growing intervals': [
      running.withPod('demo-2', { endsBy: now + 30_000 }).with({ statefulSet: absent }),
      'wait RecreatingObjects',
    ],
    'waits for one that Kubernetes has not begun to end yet': [
      running.withPod('demo-2', { abandoned: true }).with({ statefulSet: absent }),
      'wait RecreatingObjects',
    ],
    'waits no longer than a grace period and a little: a dead node keeps its pods': [
      running.withPod('demo-2', { abandoned: true, endsBy: now - 5_000 }).with({ statefulSet: absent }),
      'CreateStatefulSet 3',
    ],
    'creates it at once beside pods that were orphaned, which it adopts': [running.with({ statefulSet: absent }), 'CreateStatefulSet 3'],
    'creates it without a list too, from the configs': [silent.with({ statefulSet: absent }), 'CreateStatefulSet 3'],
    'takes the volumes as witnesses where both are lost': [
      silent.with({ statefulSet: absent, config: absent }),
      'WriteConfig demo-0=established demo-1=established demo-2=established',
    ],
    'takes no volume of an earlier cluster as a witness': [
      aCluster({ size: 1 })
        .running()
        .withoutMajority()
        .with({ config: absent, statefulSet: absent })
        .withVolume('demo-1', { memberId: 'a9', clusterUid: 'earlier' }),
      'WriteConfig demo-0=established',
    ],
    'takes the adopted names where nothing else is left': [
      aCluster({ size: 1 }).withStatus({ clusterID: 'c0', bootstrap: { size: 1, token: 't', incarnation: 'i', adopted: ['demo-0'] } }),
      'WriteConfig demo-0=established',
    ],
    'makes the StatefulSet again, whatever version the spec asks for: it is made for what ran': [
      running.with({ statefulSet: absent }).withStatus({ version: '3.5.35' }).withSpec({ version: '3.7.3' }),
      'CreateStatefulSet 3',
    ],
    'brings back a member that was ended but not removed, when the majority is lost': [
      silent.withoutPod('demo-2').withStatefulSet({ replicas: 2 }),
      'SetReplicas 3',
    ],
    'leaves it ended as long as a majority answers': [running.withoutPod('demo-2').withStatefulSet({ replicas: 2 })],
    'brings back nobody whom the other volumes do not name any more: it was removed': [
      ['demo-0', 'demo-1'].reduce(
        (scene, name) => scene.withVolume(name, { voters: 'demo-0=a0,demo-1=a1' }),
        silent.without('demo-2').withVolume('demo-2', { memberId: 'a2' }).withStatefulSet({ replicas: 2 }),
      ),
    ],
    'writes the config of a voter that was stopped to leave, when the ConfigMap is lost as well as the majority': [
      silent.with({ config: absent }).withoutPod('demo-2').withStatefulSet({ replicas: 2 }),
      'WriteConfig demo-0=established demo-1=established demo-2=established',
    ],
    'takes the volumes as witnesses where somebody scaled the StatefulSet to none as well': [
      silent.with({ config: absent }).withStatefulSet({ replicas: 0 }),
      'WriteConfig demo-0=established demo-1=established demo-2=established',
    ],
    'brings back nobody whose volume is going': [
      silent.withoutPod('demo-2').withVolume('demo-2', { deleting: true }).withStatefulSet({ replicas: 2 }),
    ],
    'brings back nobody who never wrote a log': [
      silent.withoutPod('demo-2').withVolume('demo-2', { memberId: undefined }).withStatefulSet({ replicas: 2 }),
    ],
  })
})
