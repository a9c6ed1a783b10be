import { describe, expect, test } from 'vitest'
import { farBehind } from '../../../../src/model/cluster/progress.ts'
import { formatVoters } from '../../../../src/model/cluster/retained-volumes.ts'
import type { VolumeFacts } from '../../../../src/model/cluster/view.ts'
import { volumeMarks } from '../../../../src/objects/cluster/volume-marks.ts'
import { aCluster, idOf, leaderIndex, leaderRevision, now, type Scene } from '../../../builders/a-cluster.ts'
import { aRestoredCluster, atMember, withRetained } from '../../../builders/a-restored-cluster.ts'

const three = aCluster().running()
const growing = aCluster({ size: 5 }).running(3)
const progressNow = `revision=${leaderRevision},applied=${leaderIndex},at=${new Date(now).toISOString().slice(0, 19)}Z`

test('a cluster at rest lacks no marks, however long', () => {
  expect(volumeMarks(three)).toEqual([])
  expect(volumeMarks(three.later(24 * 3_600_000))).toEqual([])
})

describe('a volume is marked', () => {
  const voters = formatVoters(['demo-0', 'demo-1', 'demo-2'].map((name) => ({ name, id: idOf(name) })))
  const annotations = {
    'etcd-operator.dev/cluster-uid': 'uid-demo',
    'etcd-operator.dev/cluster-id': 'c1c1',
    'etcd-operator.dev/member-id': 'a1',
    'etcd-operator.dev/incarnation': 'inc0',
    'etcd-operator.dev/voters': voters,
    'etcd-operator.dev/claim-uid': 'volume-demo-1',
    'etcd-operator.dev/volume-name': 'pv-demo-1',
    'etcd-operator.dev/node': 'n1',
    'etcd-operator.dev/progress': progressNow,
  }
  const missing: readonly (readonly [string, Partial<VolumeFacts>])[] = [
    ['the member', { memberId: undefined }],
    ['the cluster', { clusterId: undefined }],
    ['the voters as they are now', { voters: 'demo-0=a0' }],
    ['the data directory', { incarnation: undefined }],
    ['whose it is, when it was adopted', { clusterUid: 'earlier' }],
    ['the claim itself', { markedClaimUid: undefined }],
    ['its disk', { markedVolumeName: 'pv-old' }],
    ['its node', { markedNode: undefined }],
    ['the node as it is now', { markedNode: 'n7' }],
    ['how far the member is', { progress: undefined }],
  ]

  test.each(missing)('with all of it when it lacks %s', (_, lacking) => {
    expect(volumeMarks(three.withVolume('demo-1', lacking))).toMatchObject([{ name: 'data-demo-1', uid: 'volume-demo-1', annotations }])
  })

  test('as a learner’s as soon as that has started, with the voters alone', () => {
    const [mark, ...others] = volumeMarks(growing.withLearner('demo-3'))
    expect(mark).toMatchObject({
      name: 'data-demo-3',
      annotations: { 'etcd-operator.dev/member-id': 'a3', 'etcd-operator.dev/voters': voters },
    })
    expect(others).toEqual([])
  })

  test('anew on every member when there is a new voter', () => {
    expect(
      volumeMarks(growing.withVoter('demo-3'))
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['data-demo-0', 'data-demo-1', 'data-demo-2', 'data-demo-3'])
  })

  const untouched: readonly (readonly [string, Scene])[] = [
    ['whose member is not led', three.withVolume('demo-1', { voters: '' }).takingPart('demo-1', { hasLeader: false })],
    ['whose member is silent', three.withVolume('demo-1', { memberId: undefined }).silent('demo-1')],
    ['whose member has not published itself', growing.withLearner('demo-3', { started: false })],
    ['in whose place another member answers', three.withVolume('demo-1', { voters: '' }).withAnswer('demo-1', { memberId: 'dead' })],
    ['that is going', three.withVolume('demo-1', { memberId: undefined, deleting: true })],
    ['of a member that has left', three.withVolume('demo-7', { memberId: 'dead' })],
    ['while the list is not known', three.withVolume('demo-1', { voters: '' }).withoutMajority()],
    ['of an earlier cluster that a restore writes beside', withRetained(atMember(aRestoredCluster()), ['demo-0', 'demo-1'])],
  ]

  test.each(untouched)('but not one %s', (_, view) => {
    expect(volumeMarks(view)).toEqual([])
  })
})

describe('how far a member is, is marked', () => {
  const at = (revision: number, agoMs: number, view: Scene = three) =>
    view.withVolume('demo-1', { progress: { revision, applied: leaderIndex, at: now - agoMs } })
  const marked = (view: Scene) => volumeMarks(view).map(({ annotations }) => annotations['etcd-operator.dev/progress'])
  const minute = 60_000

  test('when it has got far, at most once a minute', () => {
    expect(marked(at(leaderRevision - farBehind, minute))).toEqual([progressNow])
    expect(marked(at(leaderRevision - farBehind, minute - 1))).toEqual([])
    expect(marked(at(leaderRevision - farBehind + 1, 60 * minute))).toEqual([])
  })

  test('when the mark is of the future, by a clock that was set back', () => {
    expect(marked(at(leaderRevision - farBehind, -minute))).toEqual([progressNow])
  })

  test('when the mark says more than the member has, which its leader leads', () => {
    expect(marked(at(leaderRevision + farBehind, minute))).toEqual([progressNow])
  })

  test('together with any other mark', () => {
    expect(marked(at(leaderRevision - 1, 1).withVolume('demo-1', { voters: '' }))).toEqual([progressNow])
  })

  test('not while the member still receives the log: until then it confirms neither its claim nor its disk', () => {
    const behind = at(leaderRevision - farBehind, minute).withAnswer('demo-1', { raftAppliedIndex: 10, revision: 9 })
    expect(volumeMarks(behind.withVolume('demo-1', { markedClaimUid: 'before' }))).toEqual([])
    expect(volumeMarks(behind.withVolume('demo-1', { markedClaimUid: 'before', voters: '' }))).toMatchObject([
      { annotations: { 'etcd-operator.dev/claim-uid': 'before', 'etcd-operator.dev/progress': expect.stringMatching(/^revision=3900,/) } },
    ])
  })

  test('in writes that differ, and a write that is reverted is the same again', () => {
    const idOfWrite = (view: Scene) => volumeMarks(view)[0]?.id
    expect(idOfWrite(at(leaderRevision - farBehind, minute))).not.toBe(idOfWrite(at(leaderRevision - farBehind, minute).later(minute)))
    const reverted = three.withVolume('demo-1', { progress: undefined })
    expect(idOfWrite(reverted)).toBe(idOfWrite(reverted.later(minute)))
  })
})
