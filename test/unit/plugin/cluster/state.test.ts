import { expect, test } from 'vitest'
import { isUnseen, isWell, mayFail, stateOf } from '../../../../src/plugin/cluster/state.ts'
import { aSeenCluster, type Seen } from '../../../builders/a-seen-cluster.ts'

const silent = { ready: false }
const rows: readonly (readonly [string, Seen, string, number | undefined, boolean])[] = [
  ['all is well', {}, 'ok', 1, true],
  [
    'five members, one of them away',
    { spec: { size: 5 }, members: [silent], conditions: { Ready: 'False MemberUnhealthy' } },
    'waiting',
    1,
    false,
  ],
  ['one more would be too many', { members: [silent] }, 'at risk', 0, true],
  ['a single member is what was asked for', { spec: { size: 1 } }, 'ok', 0, true],
  [
    'a learner has no vote',
    { members: [{}, {}, {}, { role: 'Learner', ready: false }], conditions: { Ready: 'False X', Progressing: 'True X' } },
    'changing',
    1,
    false,
  ],
  ['a failed member still counts as a vote', { members: [{ role: 'Failed', ready: false }] }, 'at risk', 0, true],
  ['a person has to act', { conditions: { Ready: 'False X', Stalled: 'True X' } }, 'needs you', 1, false],
  [
    'no majority',
    { members: [silent, silent], conditions: { Ready: 'False X', Stalled: 'True X', Available: 'False QuorumLost' } },
    'down',
    undefined,
    false,
  ],
  ['no member answers', { conditions: { Ready: 'Unknown NoContact', Available: 'Unknown NoContact' } }, 'no contact', undefined, false],
  ['paused', { spec: { paused: true }, conditions: { Ready: 'False Paused', Stalled: 'True Paused' } }, 'paused', 1, false],
]

test.each(rows)('%s', (_, seen, word, more, well) => {
  const cluster = aSeenCluster(seen)
  expect([stateOf(cluster).word, mayFail(cluster), isWell(cluster)]).toEqual([word, more, well])
})

test('a cluster that the operator has not looked at is neither well nor down', () => {
  const { status: _, ...cluster } = aSeenCluster()
  expect([stateOf(cluster).word, mayFail(cluster), isWell(cluster)]).toEqual(['not seen yet', undefined, false])
})

test('what the status says of an older spec is no answer about the present one', () => {
  const cluster = aSeenCluster({ status: { observedGeneration: 0 } })
  expect([isUnseen(cluster), isWell(cluster)]).toEqual([true, false])
})

test('a cluster that is being deleted is not well, whatever its conditions say', () => {
  const cluster = aSeenCluster()
  const deleted = { ...cluster, metadata: { ...cluster.metadata, deletionTimestamp: '2026-11-21T10:00:00Z' } }
  expect([stateOf(deleted).word, isWell(deleted)]).toEqual(['deleting', false])
})
