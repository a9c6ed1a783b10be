import { describe, expect, test } from 'vitest'
import { disruptionBudget } from '../../../../../src/objects/cluster/budget.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { conditionsOf } from '../../../../../src/report/cluster/conditions.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { aCluster, idOf, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const three = aCluster({ size: 3 }).running()
/** Its metrics page tells; perhaps another operator, or a person, has begun it. */
const busy = (scene: Scene) => scene.takingPart('demo-1', { isDefragmenting: true })

describe('while a member is being defragmented', () => {
  decides(planCluster, {
    'the operator that began it waits': [three.inLongStep('Defragment', 'demo-1'), 'wait Defragmenting demo-1'],
    'so does an operator that has just started': [busy(three), 'wait Defragmenting demo-1'],
    'no member is added': [busy(three.resized(5)), 'wait Defragmenting demo-1'],
    'no member is promoted': [busy(three.resized(5).withLearner('demo-3')), 'wait Defragmenting demo-1'],
    'no member leaves': [busy(aCluster({ size: 1 }).running(3)), 'wait Defragmenting demo-1'],
    'a member whose volume is lost waits, too': [busy(three.crashed('demo-2', 'empty-volume')), 'wait Defragmenting demo-1'],
    'a member that was added in the middle still learns to refuse an empty volume': [
      busy(three.withLearner('demo-3', { config: { state: 'joining' } })),
      'WriteConfig demo-3=established',
    ],
    'the pod of a listed member comes back': [busy(three.withoutPod('demo-2').withStatefulSet({ replicas: 2 })), 'SetReplicas 3'],
    'a lost majority is told as such': [busy(three).silent('demo-0').silent('demo-2').withoutMajority(), 'wait MajorityUnreachable'],
    'the end of a compaction is waited for': [three.inLongStep('Compact', 'demo-0'), 'wait FreeingSpace demo-0'],
  })

  test('no pod may be evicted', () => {
    expect(disruptionBudget(three).spec).toMatchObject({ maxUnavailable: 1 })
    expect(disruptionBudget(busy(three)).spec).toMatchObject({ maxUnavailable: 0 })
    expect(disruptionBudget(three.inLongStep('Defragment', 'demo-1')).spec).toMatchObject({ maxUnavailable: 0 })
  })

  test('it counts as present', () => {
    const condition = conditionsOf(busy(three), planCluster(busy(three))).find(({ type }) => type === 'FaultTolerant')
    expect(condition?.status).toBe('True')
  })

  test('its row says so', () => {
    const row = statusOf(busy(three), planCluster(busy(three))).memberStatus?.find(({ name }) => name === 'demo-1')
    expect(row).toMatchObject({
      message: 'it is being defragmented, and answers no client meanwhile',
      defragmentation: { startedAt: '2026-11-21T10:00:00Z' },
    })
    expect(row?.defragmentation).not.toHaveProperty('finishedAt')
  })
})

describe('the only member, while it is being defragmented', () => {
  const alone = aCluster({ size: 1 }).running().takingPart('demo-0', { isDefragmenting: true }).withoutMajority()

  decides(planCluster, {
    'has not lost its majority': [alone, 'wait Defragmenting demo-0'],
    'has, when it is silent for another reason': [alone.silent('demo-0'), 'wait NoContact'],
  })

  test('is not available, with the cause', () => {
    const available = conditionsOf(alone, planCluster(alone)).find(({ type }) => type === 'Available')
    expect(available).toMatchObject({ status: 'False', reason: 'Defragmenting' })
  })
})

describe('a defragmentation that does not end', () => {
  test('is for a person after its deadline, with the way out', () => {
    const view = busy(three)
    const conditions = conditionsOf(view, planCluster(view), view.now - 4 * 60_000)
    const stalled = conditions.find(({ type }) => type === 'Stalled')
    expect(stalled).toMatchObject({ status: 'True', reason: 'Defragmenting', message: expect.stringContaining('delete pod demo-1') })
    const before = conditionsOf(view, planCluster(view), view.now - 60_000)
    expect(before.find(({ type }) => type === 'Stalled')?.status).toBe('False')
  })
})

describe('a defragmentation that was under way when the operator was restarted', () => {
  const row = { name: 'demo-1', id: idOf('demo-1'), role: 'Voter', leader: false, ready: true } as const
  const began = (scene: Scene, bytesBefore: number) => {
    const memberStatus = [{ ...row, defragmentation: { startedAt: '2026-11-21T09:59:00Z', bytesBefore } }]
    return scene.withStatus({ ...scene.cluster.status, memberStatus } as never)
  }
  const rowOf = (view: Scene) => statusOf(view, planCluster(view)).memberStatus?.find(({ name }) => name === 'demo-1')?.defragmentation

  test('still runs while the member says so', () => {
    expect(rowOf(busy(began(three, 60 * 2 ** 20)))).toEqual({ startedAt: '2026-11-21T09:59:00Z', bytesBefore: 60 * 2 ** 20 })
  })

  test('is over when the member answers again, with what it has won', () => {
    const view = began(three.withAnswer('demo-1', { dbBytes: 20 * 2 ** 20 }), 60 * 2 ** 20)
    expect(rowOf(view)).toMatchObject({ finishedAt: '2026-11-21T10:00:00Z', won: '40Mi' })
    expect(rowOf(view)).not.toHaveProperty('message')
  })

  test('has failed where the database is as large as before', () => {
    const view = began(three.withAnswer('demo-1', { dbBytes: 60 * 2 ** 20 }), 60 * 2 ** 20)
    expect(rowOf(view)).toMatchObject({ won: '0', message: expect.stringContaining('without making the database file smaller') })
  })

  test('is not forgotten while nobody answers', () => {
    const view = began(three, 60 * 2 ** 20)
      .silent('demo-0')
      .silent('demo-1')
      .silent('demo-2')
      .withoutMajority()
    expect(rowOf(view)).toEqual({ startedAt: '2026-11-21T09:59:00Z', bytesBefore: 60 * 2 ** 20 })
    const back = three.withStatus(statusOf(view, planCluster(view)))
    expect(rowOf(back)).toMatchObject({ startedAt: '2026-11-21T09:59:00Z', finishedAt: '2026-11-21T10:00:00Z' })
  })

  test('says nothing where the stored time is none, although the API server takes it for one', () => {
    const memberStatus = [{ ...row, defragmentation: { startedAt: '2026-11-21T09:59:00,5Z' } }]
    expect(rowOf(three.withStatus({ ...three.cluster.status, memberStatus } as never))).toBeUndefined()
  })

  test('says nothing of another member that has its name now', () => {
    const view = began(three, 60 * 2 ** 20)
      .withMember('demo-1', { id: 'new' })
      .withAnswer('demo-1', { memberId: 'new' })
    expect(rowOf(view)).toBeUndefined()
  })
})
