import { describe } from 'vitest'
import { invalidSpec } from '../../../../../src/plan/cluster/change/invalid-spec.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const running = aCluster().running()

describe('invalidSpec', () => {
  decides(invalidSpec, {
    'blocks a size that can not be': [running.resized(2), 'block InvalidSpec'],
    'blocks a flag that the operator owns': [
      running.withSpec({ etcd: { ...running.cluster.spec.etcd, extraArgs: { 'data-dir': '/tmp' } } }),
      'block InvalidSpec',
    ],
    'is content with a sound spec': [running],
  })
})
