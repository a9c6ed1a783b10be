import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../../src/api/labels.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { stepId } from '../../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { stepEvent } from '../../../../../src/report/events.ts'
import { aCluster, now, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const mebi = 2 ** 20
const minute = 60_000
const running = aCluster({ size: 3, storage: { size: '4Gi' } })
  .running()
  .withDatabases(300 * mebi, 290 * mebi)
const asked = running.annotated({ [annotation.defragment]: 'today' })
const noted = (scene: Scene, state: 'Begun' | 'Done' | 'Failed', value = 'today', since = now - minute) =>
  scene.withStatus({ ...scene.cluster.status, wishes: { defragment: { value, state, since: new Date(since).toISOString() } } })
const begun = noted(asked, 'Begun')
const done = (scene: Scene, ...names: readonly string[]) =>
  names.reduce<Scene>((world, name) => world.afterLongStep('Defragment', name), scene)

describe('a defragmentation that a person asks for', () => {
  decides(planCluster, {
    'is not asked for': [running, 'steady'],
    'is not asked for by an empty value': [running.annotated({ [annotation.defragment]: '' }), 'steady'],
    'is noted as begun first': [asked, 'NoteWish defragment Begun'],
    'begins with a follower, however little is free': [begun, 'Defragment demo-1'],
    'goes on with the next one': [done(begun, 'demo-1'), 'Defragment demo-2'],
    'ends with the leader': [done(begun, 'demo-1', 'demo-2'), 'Defragment demo-0'],
    'is done when all were': [done(begun, 'demo-0', 'demo-1', 'demo-2'), 'NoteWish defragment Done'],
    'is not done again': [noted(asked, 'Done'), 'steady'],
    'does not try again what failed': [
      done(begun, 'demo-0', 'demo-2').afterLongStep('Defragment', 'demo-1', { failure: 'no space left on device' }),
      'NoteWish defragment Failed',
    ],
    'tries what had failed before it was asked for': [
      begun.afterLongStep('Defragment', 'demo-1', { failure: 'no space left on device' }, 2 * minute),
      'Defragment demo-1',
    ],
    'does not count what was done before': [begun.afterLongStep('Defragment', 'demo-1', {}, 2 * minute), 'Defragment demo-1'],
    'is asked for with another value, and begins anew': [done(noted(asked, 'Begun', 'yesterday'), 'demo-1'), 'NoteWish defragment Begun'],
    'is asked for once more': [noted(asked, 'Done', 'yesterday'), 'NoteWish defragment Begun'],
    'is taken back half-way': [done(noted(running, 'Begun'), 'demo-1'), 'steady'],
    'waits for a backup, and says so': [begun.with({ backups: { ...begun.backups, running: ['b1'] } }), 'wait Defragmenting'],
    'waits for a member, which is told': [begun.silent('demo-2').withPod('demo-2', { ready: false }), 'wait MemberUnhealthy demo-2'],
    'waits behind what the spec asks for': [begun.resized(5), 'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)'],
    'waits for its window': [asked.outsideWindow(), 'wait WaitingForWindow'],
    'waits for the next window with the members that are left': [done(begun.outsideWindow(), 'demo-1'), 'wait WaitingForWindow'],
    'begins anew after the clock was set back, or nothing would ever count as done': [
      noted(asked, 'Begun', 'today', now + minute),
      'NoteWish defragment Begun',
    ],
    'is asked for while the cluster is paused': [begun.withSpec({ paused: true }), 'block Paused'],
    'includes the only member of a cluster of one': [
      noted(
        aCluster({ size: 1, storage: { size: '4Gi' } })
          .running()
          .annotated({ [annotation.defragment]: 'today' }),
        'Begun',
      ),
      'Defragment demo-0',
    ],
  })

  test('begins outside of the window with one approval for all members', () => {
    const held = planCluster(asked.outsideWindow())
    if (held.kind !== 'wait' || held.step === undefined) throw new Error(`${held.kind} has no step to approve of`)
    const approval = { [annotation.approve]: stepId(held.step) }
    const approved = (scene: Scene) => scene.outsideWindow().annotated({ [annotation.defragment]: 'today', ...approval })
    expect(planCluster(approved(asked))).toMatchObject({ step: { do: 'NoteWish', state: 'Begun' } })
    expect(planCluster(approved(done(begun, 'demo-1')))).toMatchObject({ step: { do: 'Defragment', member: 'demo-2' } })
    const another = asked.outsideWindow().annotated({ [annotation.defragment]: 'tomorrow', ...approval })
    expect(planCluster(another)).toMatchObject({ kind: 'wait', reason: 'WaitingForWindow' })
  })

  test('on volumes without room for a copy ends, names the members and warns', () => {
    const small = noted(
      aCluster({ size: 3, storage: { size: '800Mi' } })
        .running()
        .withDatabases(300 * mebi, 290 * mebi)
        .annotated({ [annotation.defragment]: 'today' }),
      'Begun',
    )
    const decision = planCluster(small)
    if (decision.kind !== 'step') throw new Error(`${decision.kind} is no step`)
    expect(decision.message).toMatch(/^0 of 3 members were defragmented; the copy of demo-1 takes .*demo-0 takes/)
    expect(stepEvent(small.cluster, decision, 0)).toMatchObject({ type: 'Warning', reason: 'WishNotFulfilled' })
  })

  test('stands in the status with its end while the annotation is there, and the same value may be asked for again after that', () => {
    const ended = noted(asked, 'Done')
    expect(statusOf(ended, planCluster(ended)).wishes).toMatchObject({ defragment: { value: 'today', state: 'Done' } })
    const forgotten = noted(running, 'Done')
    expect(statusOf(forgotten, planCluster(forgotten)).wishes).toBeUndefined()
  })

  test('by a value of any length is done once, and the status keeps no more than 128 characters of it', () => {
    const long = running.annotated({ [annotation.defragment]: 'x'.repeat(100_000) })
    const decision = planCluster(long)
    if (decision.kind !== 'step' || decision.step.do !== 'NoteWish') throw new Error('nothing is noted')
    expect(decision.step.mark.length).toBeLessThanOrEqual(128)
    expect(planCluster(noted(long, 'Done', decision.step.mark)).kind).toBe('steady')
  })
})
