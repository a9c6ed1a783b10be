import { describe, expect, test } from 'vitest'
import { firstIncarnation, incarnation, pinnedClusterId } from '../../../../src/model/cluster/identity.ts'
import { aCluster, anEtcdCluster } from '../../../builders/a-cluster.ts'

const fresh = aCluster()
const earlier = { clusterUid: 'earlier', clusterId: 'c0', incarnation: 'inc9' }

describe('the pinned cluster ID', () => {
  test.each([
    ['is none before it is pinned', fresh, undefined],
    ['stands in the status', fresh.pinned(), 'c1c1'],
    ['stands on the StatefulSet when the status was lost', fresh.withStatefulSet({ clusterId: 'c2' }), 'c2'],
    ['stands on a volume when both were lost', fresh.withVolume('demo-1').withVolume('demo-2', { clusterId: 'c3' }), 'c3'],
    ['is not read from a volume of an earlier cluster', fresh.withVolume('demo-0', earlier), undefined],
    [
      'is not read from a StatefulSet of an earlier cluster',
      fresh.with({ statefulSet: { state: 'earlier', uid: 'uid-earlier' } }),
      undefined,
    ],
    ['of the status weighs most', fresh.pinned().withStatefulSet({ clusterId: 'c2' }).withVolume('demo-0', { clusterId: 'c3' }), 'c1c1'],
    [
      'of the StatefulSet weighs more than that of a volume',
      fresh.withStatefulSet({ clusterId: 'c2' }).withVolume('demo-0', { clusterId: 'c3' }),
      'c2',
    ],
  ])('%s', (_, view, expected) => {
    expect(pinnedClusterId(view)).toBe(expected)
  })
})

describe('the data directory', () => {
  const first = firstIncarnation(fresh.cluster)

  test.each([
    ['is the first one of this very EtcdCluster before anything is written', fresh, first],
    ['stands in the status', fresh.frozen(), 'inc0'],
    ['stands on the StatefulSet when the status was lost', fresh.withStatefulSet({ incarnation: 'inc1' }), 'inc1'],
    ['stands on a volume when both were lost', fresh.withVolume('demo-1', { incarnation: 'inc2' }), 'inc2'],
    ['is not that of an earlier cluster', fresh.withVolume('demo-0', earlier), first],
    ['of the status weighs most', fresh.frozen().withStatefulSet({ incarnation: 'inc1' }), 'inc0'],
  ])('%s', (_, view, expected) => {
    expect(incarnation(view)).toBe(expected)
  })

  test('is another for another EtcdCluster of the same name', () => {
    const again = anEtcdCluster()
    expect(firstIncarnation({ ...again, metadata: { ...again.metadata, uid: 'uid-later' } })).not.toBe(first)
  })

  test('is a plain name', () => {
    expect(first).toMatch(/^[0-9a-f]{10}$/)
  })
})
