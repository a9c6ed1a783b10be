import { describe, expect, test } from 'vitest'
import type { EtcdStatus } from '../../../../src/adapters/etcd/calls.ts'
import { Refusal } from '../../../../src/agent/refusal.ts'
import { type Answer, chooseSources } from '../../../../src/agent/source/choose-sources.ts'
import { known, unknown } from '../../../../src/model/known.ts'
import { someStatus } from '../a-source.ts'

const clusterId = '7c1e0b'

function answer(member: string, status: Partial<EtcdStatus> = {}): Answer {
  return { member, url: `http://${member}:2379`, status: known({ ...someStatus, memberId: member, leaderId: 'demo-0', ...status }) }
}
const silent = (member: string): Answer => ({ member, url: `http://${member}:2379`, status: unknown('no answer') })

const chosen = (...answers: readonly Answer[]) => chooseSources(answers, clusterId).map(({ member }) => member)
const refusal = (...answers: readonly Answer[]) => {
  try {
    chosen(...answers)
    return undefined
  } catch (error) {
    return error instanceof Refusal ? error : undefined
  }
}

describe('a snapshot is taken', () => {
  test('from the follower that has applied most, and from the leader last', () => {
    const answers = [
      answer('demo-0', { raftAppliedIndex: 12 }),
      answer('demo-1', { raftAppliedIndex: 10 }),
      answer('demo-2', { raftAppliedIndex: 11 }),
    ]
    expect(chosen(...answers)).toEqual(['demo-2', 'demo-1', 'demo-0'])
  })

  test('from the leader where there is nobody else', () => {
    expect(chosen(answer('demo-0'), silent('demo-1'), silent('demo-2'))).toEqual(['demo-0'])
  })

  test.each([
    ['is a learner', { isLearner: true }],
    ['knows of no leader', { leaderId: undefined }],
    ['belongs to cluster ffff', { clusterId: 'ffff' }],
    ['has a CORRUPT alarm', { alarms: [{ memberId: 'demo-1', alarm: 'CORRUPT' as const }] }],
  ])('not from a member that %s', (why, status) => {
    expect(chosen(answer('demo-0'), answer('demo-1', status))).toEqual(['demo-0'])
    expect(refusal(silent('demo-0'), answer('demo-1', status))?.message).toContain(`demo-1: ${why}`)
  })

  test('from a member whose neighbour is corrupt, or while there is no space', () => {
    const alarms = [
      { memberId: 'demo-2', alarm: 'CORRUPT' as const },
      { memberId: 'demo-1', alarm: 'NOSPACE' as const },
    ]
    expect(chosen(answer('demo-1', { alarms }))).toEqual(['demo-1'])
  })
})

describe('no snapshot is taken', () => {
  test('while nobody answers, which may change', () => {
    expect(refusal(silent('demo-0'), silent('demo-1'))).toMatchObject({
      reason: 'NoHealthyMember',
      message: 'no member can send a snapshot: demo-0: no answer; demo-1: no answer',
    })
    expect(refusal()).toMatchObject({ reason: 'NoHealthyMember', message: 'no member can send a snapshot: the cluster has no member' })
  })

  test('when all that answer belong to another cluster', () => {
    expect(refusal(silent('demo-0'), answer('demo-1', { clusterId: 'ffff' }))).toMatchObject({ reason: 'ForeignCluster' })
    expect(refusal(answer('demo-0', { isLearner: true }), answer('demo-1', { clusterId: 'ffff' }))).toMatchObject({
      reason: 'NoHealthyMember',
    })
  })
})
