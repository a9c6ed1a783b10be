import { describe, expect, test } from 'vitest'
import { known } from '../../../../../src/model/known.ts'
import { reportVolumes } from '../../../../../src/plan/cluster/change/report-volumes.ts'
import { isStalled } from '../../../../../src/plan/decision.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const running = aCluster()
  .running()
  .with({ expandable: known(new Map([['standard', true]])) })
const { storage } = running.cluster.spec
const asking = (changes: Partial<typeof storage>) => running.withSpec({ storage: { ...storage, ...changes } })
const asked = { requestedBytes: 2 ** 31, madeFor: { bytes: 2 ** 31, className: '' } }
const growing = ['demo-0', 'demo-1', 'demo-2'].reduce((scene: Scene, name) => scene.withVolume(name, asked), asking({ size: '2Gi' }))
const fixed = asking({ size: '2Gi' }).with({ expandable: known(new Map([['standard', false]])) })
const said = (scene: Scene) => {
  const decision = reportVolumes(scene)
  return decision?.kind === 'wait' ? decision.message : ''
}

describe('reportVolumes', () => {
  decides(reportVolumes, {
    'has nothing to say of volumes that are as they should be': [running],
    'waits for volumes that grow': [growing, 'wait GrowingVolumes demo-0'],
    'names a volume that can not': [fixed, 'wait VolumeNotGrowable demo-0'],
    'names the volumes of another class': [asking({ className: 'fast' }), 'wait VolumeNotGrowable demo-0'],
    'waits for the StatefulSet': [
      ['demo-0', 'demo-1', 'demo-2'].reduce((scene: Scene, name) => scene.withVolume(name, { ...asked, capacityBytes: 2 ** 31 }), growing),
      'wait RenewingClaimTemplate',
    ],
    'leaves it to the roll to say what the StatefulSet waits for before': [
      ['demo-0', 'demo-1', 'demo-2']
        .reduce((scene: Scene, name) => scene.withVolume(name, { ...asked, capacityBytes: 2 ** 31 }), growing)
        .withStatefulSet({ template: 'of before' }),
    ],
    'says of no member that it moves before the StatefulSet can make its new volume': [
      running
        .withSpec({ storage: { ...storage, className: 'fast', migration: 'MemberByMember' } })
        .withStatefulSet({ template: 'of before' }),
    ],
    'has nothing to say once new members get such volumes as well': [
      ['demo-0', 'demo-1', 'demo-2']
        .reduce((scene: Scene, name) => scene.withVolume(name, { ...asked, capacityBytes: 2 ** 31 }), growing)
        .withStatefulSet({ volumeSize: '2Gi' }),
    ],
  })

  test('the progress of the volumes is counted, and each state says what ends it', () => {
    expect(said(growing)).toContain('0 of 3 volumes have grown: data-demo-0 has 1Gi of 2Gi; no controller has begun to expand it')
    const one = growing.withVolume('demo-0', { capacityBytes: 2 ** 31 })
    expect(
      said(
        one.withoutVolume('demo-2').withVolume('demo-1', { resize: { state: 'resizing', since: running.now, message: 'waiting for AWS' } }),
      ),
    ).toContain('1 of 2 volumes have grown: data-demo-1 has 1Gi of 2Gi; Kubernetes expands it (waiting for AWS)')
    const pending = (agoMs: number) =>
      one.withVolume('demo-2', { resize: { state: 'file-system', since: running.now - agoMs, message: '' } })
    expect(said(pending(0))).toContain('data-demo-2 has 1Gi of 2Gi; the volume is large enough, and the node expands its file system')
    expect(said(pending(600_000).withPod('demo-2', { createdAt: running.now - 3_600_000 }))).toContain(
      'when demo-2 is restarted in its turn',
    )
  })

  test('a person is told at once of what can not be, with both ways out, and of what takes too long', () => {
    const stuck = reportVolumes(fixed)
    expect(stuck && isStalled(stuck)).toBe(true)
    expect(said(fixed)).toMatch(
      /^StorageClass standard of data-demo-0 does not allow volumes to be expanded; so it is with data-demo-1, data-demo-2; spec.storage.size asks for 2Gi\. Either .*allowVolumeExpansion.* or .*spec.storage.migration MemberByMember/,
    )
    const slow = reportVolumes(growing)
    expect(slow && isStalled(slow)).toBe(false)
    expect(slow && isStalled(slow, 61 * 60_000)).toBe(true)
  })
})
