import { describe, expect, test } from 'vitest'
import { volumeOf } from '../../../../src/model/cluster/members.ts'
import type { Memory } from '../../../../src/model/cluster/memory.ts'
import type { ClusterView, VolumeFacts } from '../../../../src/model/cluster/view.ts'
import { claimsToAsk, membersToMove, volumesInUse, volumeTask } from '../../../../src/model/cluster/volume-tasks.ts'
import { known, unknown } from '../../../../src/model/known.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const Gi = 2 ** 30
const running = aCluster()
  .running()
  .with({ expandable: known(new Map([['standard', true]])) })
const { storage } = running.cluster.spec
const asking = (changes: Partial<typeof storage>, scene: Scene = running) => scene.withSpec({ storage: { ...storage, ...changes } })
const larger = asking({ size: '2Gi' })
const fixed = known(new Map([['standard', false]]))
const moves = { migration: 'MemberByMember' } as const
const facts = (scene: Scene, changes: Partial<VolumeFacts>) => scene.withVolume('demo-1', changes)
const infeasible = { state: 'infeasible', since: running.now, message: 'the pool is full' } as const

function refused(reason: 'RequestRejected' | 'QuotaExceeded' | 'MissingPermission', agoMs = 0): Partial<Memory> {
  const refusal = { reason, message: 'the API server refuses', bytes: 2 * Gi, at: running.monotonicMs - agoMs }
  return { growthRefusals: new Map([['volume-demo-1', refusal]]) }
}

function taskOf(view: ClusterView): string {
  const volume = volumeOf(view, 'demo-1')
  if (volume === undefined) return 'no volume'
  const task = volumeTask(view, volume)
  return task.task === 'stuck' ? `stuck ${task.reason}` : task.task
}

describe('what a volume lacks', () => {
  test.each<readonly [string, ClusterView, string]>([
    ['nothing, as it was made', running, 'none'],
    ['nothing, when the same size is asked for in other words', asking({ size: '1024Mi' }), 'none'],
    ['a claim that asks for more', larger, 'ask'],
    ['the same where the operator may not read StorageClasses', larger.with({ expandable: unknown('it may not') }), 'ask'],
    ['time, once the claim asks for it', facts(larger, { requestedBytes: 2 * Gi }), 'growing'],
    [
      'a claim that asks for still more, when that was asked for half way',
      facts(asking({ size: '4Gi' }), { requestedBytes: 2 * Gi }),
      'ask',
    ],
    ['nothing, once it has grown', facts(larger, { requestedBytes: 2 * Gi, capacityBytes: 2 * Gi }), 'none'],
    ['nothing, where its storage rounds up', facts(larger, { capacityBytes: 10 * Gi }), 'none'],
    ['a class that can expand volumes', larger.with({ expandable: fixed }), 'stuck VolumeNotGrowable'],
    ['a class that exists', larger.with({ expandable: known(new Map()) }), 'stuck VolumeNotGrowable'],
    ['a class at all', facts(larger, { className: '' }), 'stuck VolumeNotGrowable'],
    ['a way, after a refusal', larger.remembering(refused('RequestRejected')), 'stuck VolumeNotGrowable'],
    ['another try, some time after a refusal', larger.remembering(refused('RequestRejected', 600_000)), 'ask'],
    ['another try, when another size is asked for', asking({ size: '3Gi' }).remembering(refused('RequestRejected')), 'ask'],
    ['room in the quota of the namespace', larger.remembering(refused('QuotaExceeded')), 'stuck QuotaExceeded'],
    ['the right to ask', larger.remembering(refused('MissingPermission')), 'stuck MissingPermission'],
    ['a storage that can do it', facts(larger, { requestedBytes: 2 * Gi, resize: infeasible }), 'stuck VolumeNotGrowable'],
    ['nothing that is known, as long as it is not bound', facts(larger, { bound: false, capacityBytes: undefined }), 'none'],
    ['nothing, where somebody enlarged it by hand', facts(running, { requestedBytes: 2 * Gi, capacityBytes: 2 * Gi }), 'none'],
    ['a way, when another class is asked for', asking({ className: 'fast' }), 'stuck VolumeNotGrowable'],
    ['nothing, when no class in particular is asked for', facts(running, { className: 'fast' }), 'none'],
  ])('%s', (_lacks, view, task) => {
    expect(taskOf(view)).toBe(task)
  })
})

describe('with migration MemberByMember', () => {
  test.each<readonly [string, ClusterView, string]>([
    ['a volume that can grow is grown', asking({ size: '2Gi', ...moves }), 'ask'],
    ['a member moves where its class can not', asking({ size: '2Gi', ...moves }).with({ expandable: fixed }), 'move'],
    ['to another class', asking({ className: 'fast', ...moves }), 'move'],
    ['to a smaller volume', asking({ size: '512Mi', ...moves }), 'move'],
    ['away from storage that can not', facts(asking({ size: '2Gi', ...moves }), { requestedBytes: 2 * Gi, resize: infeasible }), 'move'],
    [
      'not for a quota, which the new volume would exceed as well',
      asking({ size: '2Gi', ...moves }).remembering(refused('QuotaExceeded')),
      'stuck QuotaExceeded',
    ],
    [
      'not onto a volume whose quota the database has reached',
      asking({ size: '512Mi', ...moves }).withAnswer('demo-2', { dbBytes: 300 * 2 ** 20 }),
      'stuck VolumeNotGrowable',
    ],
    ['not because somebody enlarged a volume by hand', facts(asking(moves), { requestedBytes: 2 * Gi, capacityBytes: 2 * Gi }), 'none'],
    ['not because the storage rounds up', facts(asking(moves), { capacityBytes: 10 * Gi }), 'none'],
    [
      'not from a new volume that a webhook gave another class: it would do so again',
      facts(asking({ className: 'fast', ...moves }), { className: 'slow', madeFor: { bytes: Gi, className: 'fast' } }),
      'none',
    ],
    [
      'not from storage that can not, once as little is asked for as there is',
      facts(asking(moves), { requestedBytes: 8 * Gi, madeFor: { bytes: 8 * Gi, className: '' }, resize: infeasible }),
      'none',
    ],
    [
      'and a claim asks for less again, when less was asked for after its expansion had failed',
      facts(asking({ size: '2Gi', ...moves }), { requestedBytes: 8 * Gi, madeFor: { bytes: 8 * Gi, className: '' }, resize: infeasible }),
      'ask',
    ],
  ])('%s', (_case, view, task) => {
    expect(taskOf(view)).toBe(task)
  })

  const moving = asking({ className: 'fast', ...moves })
  const renewed = moving.withStatefulSet({ volumeClass: 'fast' })

  test('no member moves before the StatefulSet makes the new volumes as they should be', () => {
    expect(membersToMove(moving)).toEqual([])
    expect(membersToMove(renewed).map(({ name }) => name)).toEqual(['demo-0', 'demo-1', 'demo-2'])
  })

  test('a member that has moved does not move again', () => {
    const moved = renewed.withVolume('demo-0', { className: 'fast', madeFor: { bytes: Gi, className: 'fast' } })
    expect(membersToMove(moved).map(({ name }) => name)).toEqual(['demo-1', 'demo-2'])
  })
})

test('the claim that a departed member left is left alone, and so is one of somebody else', () => {
  const left = larger.withVolume('demo-4').withVolume('demo-2', { labelled: false }).withVolume('demo-1', { clusterUid: 'earlier' })
  expect(volumesInUse(left).map(({ member }) => member)).toEqual(['demo-0'])
  expect(claimsToAsk(left).map(({ member }) => member)).toEqual(['demo-0'])
})

test('without a majority the claims of the pods that there are count', () => {
  const silent = larger.withVolume('demo-4').with({ membership: unknown('no majority answers') })
  expect(claimsToAsk(silent).map(({ member }) => member)).toEqual(['demo-0', 'demo-1', 'demo-2'])
})
