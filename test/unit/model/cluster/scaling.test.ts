import { describe, expect, test } from 'vitest'
import {
  joinBackoffMs,
  joiningNames,
  learnersAllowed,
  leavingMembers,
  missingNames,
  preparedNames,
  unstartedLearner,
  unstartedMs,
} from '../../../../src/model/cluster/scaling.ts'
import { aCluster, idOf, now, type Scene } from '../../../builders/a-cluster.ts'

const five = aCluster({ size: 5 }).running()
const growing = aCluster({ size: 5 }).running(3)
const gap = aCluster({ size: 3 }).running(3).unlisted('demo-1').withVoter('demo-3')
const namesOf = (members: readonly { readonly name: string | undefined }[]) => members.map(({ name }) => name)
const failed = (count: number, agoMs = 0) => ({ failedJoins: new Map([['demo-3', { count, at: now - agoMs }]]) })

describe('members that are to leave', () => {
  const rows: readonly (readonly [string, Scene, readonly string[]])[] = [
    ['are none when as many are listed as are wished for', five, []],
    ['are none when more are wished for', growing, []],
    ['are none while the list is not known', five.resized(1).withoutMajority(), []],
    ['are the highest ordinals, the highest first', five.resized(3), ['demo-4', 'demo-3']],
    [
      'are sorted by number, not by letter',
      aCluster({ size: 1 }).running(1).withVoter('demo-9').withVoter('demo-10'),
      ['demo-10', 'demo-9'],
    ],
    ['are learners before voters', growing.withLearner('demo-3').resized(1), ['demo-3', 'demo-2', 'demo-1']],
    ['are those whose names are not wanted, although there are no more than are wished for', gap, ['demo-3']],
    ['are not a learner of a wanted name', gap.withLearner('demo-1'), ['demo-3']],
    ['are none for a size that can not be', five.resized(2), []],
    [
      'are those that lost their volume before healthy ones',
      five.resized(1).crashed('demo-2', 'empty-volume'),
      ['demo-2', 'demo-4', 'demo-3', 'demo-1'],
    ],
    ['are chosen by ordinal even when another lost its volume', five.resized(3).crashed('demo-0', 'empty-volume'), ['demo-4', 'demo-3']],
    ['are never members that somebody else added', aCluster().running().withStranger(), []],
  ]

  test.each(rows)('%s', (_, view, expected) => {
    expect(namesOf(leavingMembers(view))).toEqual(expected)
  })
})

describe('at once may learn', () => {
  const rows: readonly (readonly [string, Scene, number])[] = [
    ['two where every member takes two', growing, 2],
    ['one on etcd 3.5', aCluster({ size: 5, version: '3.5.35' }).running(3), 1],
    ['one while a member still runs 3.5', growing.withAnswer('demo-1', { version: '3.5.35' }), 1],
    ['one while a member was started with one learner only', growing.withConfig('demo-1', { maxLearners: 1 }), 1],
    ['one while the config of a member is gone', growing.withoutConfig('demo-1'), 1],
    ['one beside a member that somebody else added', growing.withStranger(), 1],
    ['two beside one that has not started', growing.withLearner('demo-3', { started: false, config: { maxLearners: 1 } }), 2],
  ]

  test.each(rows)('%s', (_, view, expected) => {
    expect(learnersAllowed(view)).toBe(expected)
  })
})

describe('the names that are missing', () => {
  const rows: readonly (readonly [string, Scene, readonly string[]])[] = [
    ['are none when all are listed', five, []],
    ['are the lowest that are free', growing, ['demo-3', 'demo-4']],
    ['fill a gap beside a member that is to leave', gap, ['demo-1']],
    ['fill a gap first', growing.unlisted('demo-1'), ['demo-1', 'demo-3', 'demo-4']],
    ['are none while the list is not known', growing.withoutMajority(), []],
    ['are none beside a member that somebody else added', growing.withStranger(), []],
    ['leave out the one that failed to join a moment ago', growing.remembering(failed(1)), ['demo-4']],
    ['count learners as listed', growing.withLearner('demo-3'), ['demo-4']],
  ]

  test.each(rows)('%s', (_, view, expected) => {
    expect(missingNames(view)).toEqual(expected)
  })
})

describe('the names that join next', () => {
  test.each([
    ['are two at once', growing, ['demo-3', 'demo-4']],
    ['are one beside a learner', growing.withLearner('demo-3'), ['demo-4']],
    ['are none beside two learners', aCluster({ size: 7 }).running(3).withLearner('demo-3').withLearner('demo-4'), []],
    ['are one on etcd 3.5', aCluster({ size: 5, version: '3.5.35' }).running(3), ['demo-3']],
    ['are none beside a learner on etcd 3.5', aCluster({ size: 5, version: '3.5.35' }).running(3).withLearner('demo-3'), []],
  ])('%s', (_, view, expected) => {
    expect(joiningNames(view)).toEqual(expected)
  })
})

describe('the second of two pods', () => {
  const first = growing.withLearner('demo-3', { started: false })
  const both = first.withConfig('demo-4', { state: 'joining', members: [] })

  test.each([
    ['is prepared a little after the first', both, ['demo-4']],
    ['is given time behind the first', both.withPod('demo-3', { createdAt: now - 1999 }), []],
    ['is not held up by a wall clock that was set back', both.withClockSetBack(3_600_000), ['demo-4']],
    ['needs its config', first, []],
    ['needs a config that lets it join', first.withConfig('demo-4'), []],
    ['is not prepared without a first', growing.withConfig('demo-4', { state: 'joining' }), []],
    ['is not prepared before the first has its pod', both.withoutPod('demo-3'), []],
  ])('%s', (_, view, expected) => {
    expect(preparedNames(view)).toEqual(expected)
  })
})

describe('a name that failed to join waits', () => {
  test.each([
    ['half a minute', 1, 0, 30_000],
    ['a minute after the second time', 2, 0, 60_000],
    ['ten minutes at most', 20, 0, 600_000],
    ['what is left of it', 1, 20_000, 10_000],
    ['no longer', 1, 30_000, 0],
  ])('%s', (_, count, agoMs, ms) => {
    expect(joinBackoffMs(growing.remembering(failed(count, agoMs)), 'demo-3')).toBe(ms)
  })

  test('no longer when the wall clock was set back', () => {
    expect(joinBackoffMs(growing.remembering(failed(1, 20_000)).withClockSetBack(3_600_000), 'demo-3')).toBe(10_000)
  })

  test('and no other does', () => {
    expect(joinBackoffMs(growing.remembering(failed(3)), 'demo-4')).toBe(0)
  })
})

describe('a learner that has not started', () => {
  const starting = growing.withLearner('demo-3', { started: false })

  test('is known by never having published itself', () => {
    expect(unstartedLearner(starting)?.name).toBe('demo-3')
    expect(unstartedLearner(growing.withLearner('demo-3').silent('demo-3'))).toBeUndefined()
    expect(unstartedLearner(growing)).toBeUndefined()
  })

  test('has waited since it was first seen', () => {
    const [member] = starting.members().filter(({ name }) => name === 'demo-3')
    if (member === undefined) throw new Error('demo-3 is not listed')
    expect(unstartedMs(starting, member)).toBe(0)
    const waited = starting.remembering({ unstartedSince: new Map([[idOf('demo-3'), now - 5000]]) })
    expect(unstartedMs(waited, member)).toBe(5000)
    expect(unstartedMs(waited.withClockSetBack(3_600_000), member)).toBe(5000)
  })
})
