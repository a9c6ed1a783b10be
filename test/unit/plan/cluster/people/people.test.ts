import { describe, expect, test } from 'vitest'
import { deleting } from '../../../../../src/plan/cluster/people/deleting.ts'
import { nameTaken } from '../../../../../src/plan/cluster/people/name-taken.ts'
import { paused } from '../../../../../src/plan/cluster/people/paused.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

describe('paused', () => {
  decides(paused, {
    'blocks while spec.paused is true': [aCluster().running().paused(), 'block Paused'],
    'says nothing else': [aCluster().running()],
  })
})

describe('deleting', () => {
  decides(deleting, {
    'builds nothing for what is going away': [aCluster().running().deleted(), 'wait Deleting'],
    'says nothing otherwise': [aCluster().running()],
  })
})

describe('nameTaken', () => {
  const named = (state: 'foreign' | 'earlier') => [{ kind: 'Service', name: 'demo', object: { state, uid: 'x' } }] as const
  // `demo-peers` is the Service between the members of `demo`: deleting it cuts them off.
  test('the object of another EtcdCluster is never offered to be deleted', () => {
    const object = { state: 'foreign', uid: 'x', of: 'demo' } as const
    expect(nameTaken(aCluster().with({ others: [{ kind: 'Service', name: 'demo-peers', object }] }))).toMatchObject({
      kind: 'block',
      reason: 'NameTaken',
      message: 'Service demo-peers belongs to EtcdCluster demo; choose another name for this EtcdCluster',
    })
  })

  test('the way round the NetworkPolicy of somebody else is named: the cluster can do without one of its own', () => {
    const others = [{ kind: 'NetworkPolicy', name: 'demo', object: { state: 'foreign', uid: 'x' } }] as const
    expect(nameTaken(aCluster().with({ others }))).toMatchObject({
      reason: 'NameTaken',
      message: expect.stringMatching(/NetworkPolicy demo; .*, or set spec.networkPolicy.enabled to false$/),
    })
  })

  decides(nameTaken, {
    'blocks on a StatefulSet of somebody else': [aCluster().with({ statefulSet: { state: 'foreign', uid: 'x' } }), 'block NameTaken'],
    'blocks on a ConfigMap of somebody else': [aCluster().with({ config: { state: 'foreign', uid: 'x' } }), 'block NameTaken'],
    'blocks on a Service of somebody else': [aCluster().with({ others: named('foreign') }), 'block NameTaken'],
    'blocks on a pod of somebody else': [aCluster().withPod('demo-0', { ours: false }), 'block NameTaken'],
    'blocks on a volume without our label': [aCluster().withVolume('demo-0', { labelled: false }), 'block NameTaken'],
    'waits until the objects of an earlier cluster of this name are gone': [
      aCluster().with({ others: named('earlier') }),
      'wait WaitingForDeletion',
    ],
    'is content with what is ours': [aCluster().running()],
    'is content with a labelled volume of an earlier cluster: bootstrap judges it': [
      aCluster().withVolume('demo-0', { clusterUid: 'other' }),
    ],
  })
})
