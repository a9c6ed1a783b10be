import { expect, test } from 'vitest'
import { readStatus } from '../../../src/adapters/etcd/answers.ts'

const reply = { header: { cluster_id: '1', member_id: '2' }, leader: '2', version: '3.6.16', isLearner: false } as const
const figures = {
  raftIndex: '1',
  raftAppliedIndex: '1',
  raftTerm: '1',
  dbSize: '1',
  dbSizeInUse: '1',
  dbSizeQuota: '0',
  storageVersion: '',
  downgradeInfo: null,
} as const

test.each([
  ['memberID:10276657743932975437 alarm:NOSPACE ', { memberId: '8e9e05c52164694d', alarm: 'NOSPACE' }],
  ['memberID:255 alarm:CORRUPT ', { memberId: 'ff', alarm: 'CORRUPT' }],
  // etcd 3.5 names no member, and a field that is 0 is not written.
  ['alarm:CORRUPT ', { memberId: '0', alarm: 'CORRUPT' }],
])('the alarm in the words "%s" is read', (words, alarm) => {
  expect(readStatus({ ...reply, ...figures, errors: [words] } as unknown as Parameters<typeof readStatus>[0]).alarms).toEqual([alarm])
})

test.each(['etcdserver: no leader', 'memberID:1 alarm:NONE ', ''])('the words "%s" are no alarm', (words) => {
  expect(readStatus({ ...reply, ...figures, errors: [words] } as unknown as Parameters<typeof readStatus>[0]).alarms).toEqual([])
})
