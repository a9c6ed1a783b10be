import { expect, test } from 'vitest'
import type { ExitCause } from '../../../../src/model/cluster/exit-cause.ts'
import { failedMembers } from '../../../../src/model/cluster/failed.ts'
import { aCluster } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const endedTwice = (cause: ExitCause) =>
  three.crashed('demo-1', cause).remembering({
    exits: new Map([['demo-1', { cause, count: 2, claimUid: 'volume-demo-1', podUid: 'pod-demo-1', start: 2 }]]),
  })

test.each([
  ['no log on its volume', endedTwice('empty-volume'), 'VolumeLost'],
  ['a volume that was set back', endedTwice('set-back'), 'VolumeSetBack'],
  ['a damaged volume', endedTwice('corrupt'), 'VolumeDamaged'],
  ['another claim', three.silent('demo-1').withVolume('demo-1', { markedClaimUid: 'before' }), 'VolumeExchanged'],
])('a member with %s has failed', (_, view, reason) => {
  expect(failedMembers(view)).toEqual([
    { member: expect.objectContaining({ name: 'demo-1', id: 'a1' }), reason, message: expect.stringMatching(/^demo-1 /) },
  ])
})

const mended: readonly ExitCause[] = [
  'list-differs',
  'left',
  'newer-data',
  'older-data',
  'bad-option',
  'volume-full',
  'no-access',
  'read-only',
  'io-error',
  'address-in-use',
  'out-of-memory',
  'other',
]

test.each(mended)('a member that ends again and again as %s has not failed: it has its data', (cause) => {
  expect(failedMembers(endedTwice(cause))).toEqual([])
})
