import { describe, expect, test } from 'vitest'
import { growVolumes } from '../../../../../src/plan/cluster/change/grow-volumes.ts'
import { invalidSpec } from '../../../../../src/plan/cluster/change/invalid-spec.ts'
import { roll } from '../../../../../src/plan/cluster/change/roll.ts'
import { unknownMember } from '../../../../../src/plan/cluster/change/unknown-member.ts'
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

describe('roll', () => {
  decides(roll, {
    'says that a new version is not rolled out yet': [running.withSpec({ version: '3.6.17' }), 'block RollNotSupportedYet'],
    'says so of new pod settings': [
      running.withSpec({ pod: { ...running.cluster.spec.pod, priorityClassName: 'high' } }),
      'block RollNotSupportedYet',
    ],
    'is content with another size': [running.resized(5)],
    'is content with another policy for volumes': [
      running.withSpec({ storage: { ...running.cluster.spec.storage, scaleDownPolicy: 'Retain' } }),
    ],
    'has nothing to compare without a StatefulSet': [running.withSpec({ version: '3.6.17' }).with({ statefulSet: { state: 'absent' } })],
  })
})

describe('unknownMember', () => {
  decides(unknownMember, {
    'stops beside a member that somebody else added': [running.withStranger(), 'block UnknownMember'],
    'is content with members of its own': [running],
  })
})

describe('growVolumes', () => {
  const sized = (size: string) => running.withSpec({ storage: { ...running.cluster.spec.storage, size } })
  decides(growVolumes, {
    'says that volumes are not grown yet': [sized('2Gi'), 'block VolumeGrowthNotSupportedYet'],
    'is content with the same size in other words': [sized('1024Mi')],
  })

  test('says how the size is set back, which the schema alone does not allow', () => {
    const { storage } = running.cluster.spec
    const message = (changes: Partial<typeof storage>) => {
      const decision = growVolumes(running.withSpec({ storage: { ...storage, size: '2Gi', ...changes } }))
      return decision?.kind === 'block' ? decision.message : undefined
    }
    expect(message({})).toContain(
      'delete EtcdCluster demo, which keeps its volumes, and create it again with spec.storage.size 1Gi and spec.bootstrap.existingVolumes Adopt',
    )
    expect(message({ deletionPolicy: 'Delete' })).toContain('set spec.storage.deletionPolicy to Retain, delete EtcdCluster demo')
  })
})
