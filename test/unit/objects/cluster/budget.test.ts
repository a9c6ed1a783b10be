import { expect, test } from 'vitest'
import { disruptionBudget } from '../../../../src/objects/cluster/budget.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const rows: readonly (readonly [string, Scene, number])[] = [
  ['one pod of three', aCluster().running(), 1],
  ['the only pod: it could never be drained otherwise', aCluster({ size: 1 }).running(), 1],
  ['none of two voters', aCluster({ size: 3 }).running(2), 0],
  ['none while three become one', aCluster({ size: 1 }).running(3), 0],
  ['one while five become three', aCluster({ size: 3 }).running(5), 1],
  ['none while the claim of a member is being deleted', aCluster().running().withVolume('demo-1', { deleting: true }), 0],
  ['not even the only pod while its claim is being deleted', aCluster({ size: 1 }).running().withVolume('demo-0', { deleting: true }), 0],
  [
    'none while members hold different data',
    aCluster()
      .running()
      .withAnswer('demo-1', { alarms: [{ alarm: 'CORRUPT', memberId: '0' }] }),
    0,
  ],
  ['none of two voters, although the list is not known any more', aCluster().running(2).withStatus({ members: 2 }).withoutMajority(), 0],
  ['one while the list is not known', aCluster().running().withoutMajority(), 1],
]

test.each(rows)('a drain may take %s', (_, view, maxUnavailable) => {
  expect(disruptionBudget(view)).toMatchObject({ spec: { maxUnavailable, unhealthyPodEvictionPolicy: 'IfHealthyBudget' } })
})
