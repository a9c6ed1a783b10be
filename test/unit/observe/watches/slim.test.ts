import { expect, test } from 'vitest'
import type { Pod } from '../../../../src/adapters/kube/kinds.ts'
import { label } from '../../../../src/api/labels.ts'
import { slimPod } from '../../../../src/observe/watches/slim.ts'

const metadata = {
  name: 'demo-0',
  namespace: 'ns',
  uid: 'u1',
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
  labels: { [label.cluster]: 'demo' },
}

test('a pod is kept with its node, its images and its claims, and without the rest of its template', () => {
  const pod: Pod = {
    metadata,
    spec: {
      nodeName: 'n1',
      affinity: { podAntiAffinity: {} },
      containers: [{ name: 'etcd', image: 'etcd:v3.6.16', command: ['etcd'], env: [{ name: 'A', value: 'b' }] }],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data-demo-0' } },
        { name: 'config', configMap: { name: 'demo-members' } },
      ],
    },
    status: { phase: 'Running', podIP: '10.0.0.1' },
  }
  expect(slimPod(pod)).toEqual({
    metadata,
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'etcd', image: 'etcd:v3.6.16' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-demo-0' } }],
    },
    status: { phase: 'Running', podIP: '10.0.0.1' },
  })
})

test('a pod that no node has taken yet has none', () => {
  expect(slimPod({ metadata, spec: { containers: [{ name: 'etcd' }] } })).toEqual({
    metadata,
    spec: { containers: [{ name: 'etcd' }], volumes: [] },
  })
})
