import { describe } from 'vitest'
import { replaceIdlePods } from '../../../../../src/plan/cluster/without-majority/replace-idle-pods.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const unpullable = { etcd: { state: 'waiting', reason: 'ImagePullBackOff', message: '' }, ready: false } as const

/** No container of it runs; its configs are as they would be written today. */
function stopped(scene: Scene): Scene {
  return scene.pods.reduce((sum, { name }) => sum.withPod(name, unpullable), scene).withCurrentConfigs()
}

const starting = stopped(aCluster().starting())
const corrected = starting.withSpec({ image: { repository: 'example.org/etcd', tag: '', pullPolicy: 'IfNotPresent', pullSecrets: [] } })
const halted = aCluster()
  .running()
  .silent('demo-1')
  .withPod('demo-1', { ...unpullable })
const settings = { etcd: { ...starting.cluster.spec.etcd, snapshotCount: 500 } }

describe('replaceIdlePods', () => {
  decides(replaceIdlePods, {
    'takes up a corrected template at once while no member runs': [corrected, 'UpdateTemplate'],
    'leaves the template alone as long as any container may run': [corrected.withPod('demo-1', { etcd: { state: 'running', since: 0 } })],
    'writes corrected settings into the configs while no member runs, in the state that they had': [
      starting.withSpec(settings),
      'WriteConfig demo-0=bootstrap(0 1 2) demo-1=bootstrap(0 1 2) demo-2=bootstrap(0 1 2)',
    ],
    'leaves the config of a pod that is being created, or was created a moment ago: nobody could tell with which it starts': [
      starting.withSpec(settings).withoutPod('demo-0').withPod('demo-1', { startedWith: undefined }),
      'WriteConfig demo-2=bootstrap(0 1 2)',
    ],
    'leaves the config of a pod that terminates': [
      stopped(aCluster({ size: 1 }).running())
        .withSpec(settings)
        .withPod('demo-0', { endsBy: aCluster().now }),
      'UpdateTemplate',
    ],
    'never writes a config that begins a cluster after the pin': [starting.withSpec(settings).pinned(), 'UpdateTemplate'],
    'keeps the guard of members that have started': [
      stopped(aCluster({ size: 1 }).running()).withSpec(settings),
      'WriteConfig demo-0=established',
    ],
    'does not carry a stopped cluster over to another minor version': [
      starting.withStatus({ version: '3.6.16' }).withSpec({ version: '3.7.3' }),
    ],
    'may carry one that never ran': [
      starting.withSpec({ version: '3.7.3' }),
      'WriteConfig demo-0=bootstrap(0 1 2) demo-1=bootstrap(0 1 2) demo-2=bootstrap(0 1 2)',
    ],
    'leaves the settings alone as long as any container may run': [
      starting.withSpec(settings).withPod('demo-1', { etcd: { state: 'running', since: 0 } }),
    ],
    'replaces a pod that does not run and has the old template': [
      aCluster()
        .running()
        .silent('demo-1')
        .withPod('demo-1', { ...unpullable, revision: 'rev-0' }),
      'DeletePod demo-1',
    ],
    'leaves one that is starting beside members that run': [
      aCluster()
        .running()
        .silent('demo-1')
        .withPod('demo-1', { etcd: { state: 'waiting', reason: 'ContainerCreating', message: '' }, ready: false, revision: 'rev-0' }),
    ],
    'takes up a corrected template beside members that run, where a majority does': [
      halted.withSpec({ pod: { ...halted.cluster.spec.pod, priorityClassName: 'high' } }),
      'UpdateTemplate',
    ],
    'corrects the settings of the member that does not run, and of no other': [halted.withSpec(settings), 'WriteConfig demo-1=established'],
    'replaces a pod that waits in the back-off with the settings of before': [
      aCluster().running().crashed('demo-1').withPod('demo-1', { startedWith: 'before' }),
      'DeletePod demo-1',
    ],
    'changes nothing beside a member that runs without a majority': [halted.withSpec(settings).withoutMajority()],
    'leaves a pod with the old template that runs': [aCluster().running().withPod('demo-1', { revision: 'rev-0' })],
    'leaves a pod that is ending already': [
      aCluster()
        .running()
        .withPod('demo-1', { ...unpullable, revision: 'rev-0', endsBy: 1 }),
    ],
    'leaves a pod whose revision is not known': [
      aCluster()
        .running()
        .withPod('demo-1', { ...unpullable, revision: undefined }),
    ],
    'waits until the controller has seen the new template': [
      aCluster()
        .running()
        .withStatefulSet({ current: false })
        .withPod('demo-1', { ...unpullable, revision: 'rev-0' }),
    ],
    'does nothing for a spec that can not be': [corrected.resized(2)],
    'does nothing without a StatefulSet': [corrected.with({ statefulSet: { state: 'absent' } })],
    'has nothing to do in a cluster that runs': [aCluster().running()],
  })
})
