import { describe, expect, test } from 'vitest'
import { known, unknown } from '../../../../../src/model/known.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { growVolumes } from '../../../../../src/plan/cluster/without-majority/grow-volumes.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides, inShort } from '../../../../builders/decides.ts'

const running = aCluster()
  .running()
  .with({ expandable: known(new Map([['standard', true]])) })
const { storage } = running.cluster.spec
const larger = running.withSpec({ storage: { ...storage, size: '2Gi' } })
const grown = { requestedBytes: 2 ** 31, capacityBytes: 2 ** 31 }
const full = larger
  .with({ membership: unknown('no majority answers') })
  .silent('demo-0')
  .silent('demo-1')

describe('growVolumes', () => {
  decides(growVolumes, {
    'lets the claims ask, one after the other': [larger, 'GrowVolume demo-0 to 2Gi'],
    'goes on with the next': [larger.withVolume('demo-0', { requestedBytes: 2 ** 31 }), 'GrowVolume demo-1 to 2Gi'],
    'asks for nothing that is there': [larger.withVolume('demo-0', grown).withVolume('demo-1', grown).withVolume('demo-2', grown)],
    'asks without a majority: full volumes may be what took it': [full, 'GrowVolume demo-0 to 2Gi'],
    'asks for nothing before the cluster has begun': [
      aCluster()
        .starting()
        .withSpec({ storage: { ...storage, size: '2Gi' } }),
    ],
    'asks for nothing for an impossible spec': [larger.withSpec({ size: 2 })],
    'leaves alone a claim that is being deleted': [larger.withVolume('demo-0', { deleting: true }), 'GrowVolume demo-1 to 2Gi'],
    'says nothing about a class that can not': [larger.with({ expandable: known(new Map([['standard', false]])) })],
  })

  test('nothing is asked while the cluster is paused, and everything when it goes on', () => {
    expect(inShort(planCluster(larger.withSpec({ paused: true })))).toBe('block Paused')
    expect(inShort(planCluster(larger))).toBe('GrowVolume demo-0 to 2Gi')
    expect(inShort(planCluster(full))).toBe('GrowVolume demo-0 to 2Gi')
  })
})
