import { expect, test } from 'vitest'
import { conditionTypes } from '../../../../src/api/reasons.ts'
import { planCluster } from '../../../../src/plan/cluster/policy.ts'
import { conditionsOf } from '../../../../src/report/cluster/conditions.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const silent = three.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2')
const rows: readonly (readonly [string, Scene, string])[] = [
  ['a new cluster', aCluster(), 'Ready=False/Bootstrapping Available=False/Bootstrapping FaultTolerant=Unknown/NotObserved'],
  [
    'a new cluster whose pods fit on no node',
    aCluster().starting().withPod('demo-0', { unschedulable: '0/3 nodes are available' }),
    'Ready=False/Unschedulable Available=False/Bootstrapping FaultTolerant=Unknown/NotObserved',
  ],
  ['a cluster at rest', three, 'Ready=True/AllMembersServe Available=True/MajorityAnswers FaultTolerant=True/AllMembersServe'],
  ['lost contact', silent, 'Ready=Unknown/NoContact Available=Unknown/NoContact FaultTolerant=Unknown/NotObserved'],
  [
    'contact lost a moment ago',
    silent.remembering({ majorityAt: now - 29_000 }),
    'Ready=Unknown/NoContact Available=True/MajorityAnswers FaultTolerant=Unknown/NotObserved',
  ],
  [
    'a cluster of one',
    aCluster({ size: 1 }).running(),
    'Ready=True/AllMembersServe Available=True/MajorityAnswers FaultTolerant=False/SingleMember',
  ],
  [
    'one of three silent',
    three.silent('demo-2'),
    'Ready=False/MemberUnhealthy Available=True/MajorityAnswers FaultTolerant=False/NoMargin',
  ],
  [
    'a full database',
    three.withAnswer('demo-1', { alarms: [{ alarm: 'NOSPACE', memberId: 'a1' }] }),
    'Ready=False/NoSpace Available=False/NoSpace FaultTolerant=True/AllMembersServe',
  ],
]

test.each(rows)('%s', (_, view, expected) => {
  const conditions = conditionsOf(view, planCluster(view))
  expect(
    conditions
      .slice(0, 3)
      .map(({ type, status, reason }) => `${type}=${status}/${reason}`)
      .join(' '),
  ).toBe(expected)
  expect(conditions.map(({ type }) => type)).toEqual(conditionTypes)
  expect(conditions.every(({ observedGeneration }) => observedGeneration === view.cluster.metadata.generation)).toBe(true)
})
