import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../../src/adapters/kube/object.ts'
import type { EtcdCluster } from '../../../../src/api/etcd-cluster.ts'
import { clusters, wakesOf } from '../../../../src/observe/watches/wakes.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'

const before = anEtcdCluster() as KubeObject & EtcdCluster
const approve = { 'etcd-operator.dev/approve': '5f3c9ad201' }

function changed(metadata: Partial<KubeObject['metadata']>, status = {}): KubeObject & EtcdCluster {
  return { ...before, metadata: { ...before.metadata, resourceVersion: '2', ...metadata }, status }
}

describe('an EtcdCluster wakes its controller', () => {
  test.each([
    ['when it is created', before, undefined, true],
    ['when its spec changes', changed({ generation: 2 }), before, true],
    ['when it is deleted', changed({ deletionTimestamp: '2026-11-21T10:00:00Z' }), before, true],
    ['when a person approves of a step', changed({ annotations: approve }), before, true],
    ['when a person takes an approval back', before, changed({ annotations: approve }), true],
    ['when another takes its name', changed({ uid: 'another' }), before, true],
    ['but not when only its status changes', changed({}, { ready: '3/3' }), before, false],
    [
      'but not when only its status changes beside an approval',
      changed({ annotations: approve }, { ready: '3/3' }),
      changed({ annotations: approve }),
      false,
    ],
  ])('%s', (_, object, old, wakes) => {
    expect(wakesOf(clusters, object, old)).toEqual(wakes ? [{ controller: 'cluster', key: 'ns/demo' }] : [])
  })
})
