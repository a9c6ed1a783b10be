import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../src/api/labels.ts'
import { removalOf } from '../../../../src/model/cluster/approval.ts'
import { podOf } from '../../../../src/model/cluster/members.ts'
import { podSpecHash, templateHash } from '../../../../src/model/cluster/revision.ts'
import { defragmentBySchedule } from '../../../../src/plan/cluster/change/defragment-by-schedule.ts'
import { planCluster } from '../../../../src/plan/cluster/policy.ts'
import { stepId } from '../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../src/report/cluster/status.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'
import { decides } from '../../../builders/decides.ts'

const hour = 60 * 60_000
const removing = (name: string, id = `a${name.slice(-1)}`) => removalOf({ name, id })
const approved = (scene: Scene, step: Parameters<typeof stepId>[0]) => scene.annotated({ [annotation.approve]: stepId(step) })

const shrinking = aCluster({ size: 3 }).running(5).outsideWindow()
const oneIsOut = shrinking.withPod('demo-4', { serving: false })

describe('outside of its window a cluster that is to shrink', () => {
  decides(planCluster, {
    'keeps its members': [shrinking, 'wait WaitingForWindow demo-4'],
    'begins when the window opens': [shrinking.later(16 * hour), 'StopServing demo-4'],
    'begins with an approval of that very removal': [approved(shrinking, removing('demo-4')), 'StopServing demo-4'],
    'does not begin with the approval of another': [approved(shrinking, removing('demo-3')), 'wait WaitingForWindow demo-4'],
    'finishes what was begun': [oneIsOut, 'SetReplicas 4'],
    'goes on to an odd number of voters': [shrinking.without('demo-4').withStatefulSet({ replicas: 4 }), 'StopServing demo-3'],
    'lets a member go that does not run': [
      shrinking.crashed('demo-4', 'empty-volume').withPod('demo-4', { serving: false }),
      'RemoveMember demo-4',
    ],
    'tells first what a person has to know of its members': [
      shrinking.silent('demo-1').withPod('demo-1', { ready: false }),
      'wait MemberUnhealthy demo-1',
    ],
  })
})

describe('outside of its window a cluster', () => {
  const exchanging = aCluster({ size: 3, repair: { replaceMembers: ['a1'] } })
    .running()
    .outsideWindow()
  const withSpare = exchanging.withVoter('demo-3').withStatefulSet({ replicas: 4 })
  decides(planCluster, {
    grows: [aCluster({ size: 5 }).running(3).outsideWindow(), 'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)'],
    'lets no spare join for an exchange': [exchanging, 'wait WaitingForWindow demo-1'],
    'grows while an exchange waits': [exchanging.resized(5), 'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)'],
    'exchanges a member with an approval': [approved(exchanging, removing('demo-1')), 'WriteConfig demo-3=joining(0 1 2 3)'],
    'keeps a spare that has joined in time': [withSpare, 'wait WaitingForWindow demo-1'],
    'finishes an exchange that was begun': [withSpare.withPod('demo-1', { serving: false }), 'DeletePod demo-1'],
    'exchanges a member whose data goes with its pod': [
      exchanging.withVolume('demo-1', { deleting: true }),
      'WriteConfig demo-3=joining(0 1 2 3)',
    ],
    'removes a member that is to be exchanged and does not run': [exchanging.crashed('demo-1'), 'RemoveMember demo-1'],
    'replaces a member that has failed': [aCluster().running().outsideWindow().crashed('demo-1', 'empty-volume'), 'RemoveMember demo-1'],
    'promotes a learner': [aCluster({ size: 3 }).running(2).outsideWindow().withLearner('demo-2'), 'PromoteLearner demo-2'],
  })

  test('begins nothing that disrupts where a window can not be read, and names the field', () => {
    const unreadable = exchanging.withWindow('0 0 31 2 *', '1h')
    expect(planCluster(unreadable)).toMatchObject({
      kind: 'block',
      reason: 'InvalidSpec',
      message: expect.stringContaining('spec.maintenance.windows[1].schedule'),
    })
  })
})

describe('a roll outside of its window', () => {
  const changed = aCluster()
    .running()
    .outsideWindow()
    .withSpec({ pod: { ...aCluster().cluster.spec.pod, priorityClassName: 'high' } })
  const restarting = (name: string) => ({ do: 'DeletePod', member: name, uid: podOf(changed, name)?.uid ?? '' }) as const
  const allowed = approved(changed, restarting('demo-1'))
  const taken = allowed.withStatefulSet({ template: templateHash(changed.cluster), updateRevision: 'rev-2' })
  const out = taken.withPod('demo-1', { serving: false })
  const back = taken.withPod('demo-1', {
    uid: 'uid-new',
    createdAt: changed.now,
    revision: 'rev-2',
    podSpec: podSpecHash(changed.cluster),
    serving: true,
    ready: true,
  })
  decides(planCluster, {
    'waits with its first member, and with the template that a drained pod would take up': [changed, 'wait WaitingForWindow demo-1'],
    'begins when the window opens': [changed.later(16 * hour), 'UpdateTemplate'],
    'begins with an approval of that very restart': [allowed, 'UpdateTemplate'],
    'takes the member out of the client Service with the same approval': [taken, 'StopServing demo-1'],
    'restarts it with the same approval': [out, 'DeletePod demo-1'],
    'restarts it without one, once it is out of the client Service: that was begun': [out.annotated({}), 'DeletePod demo-1'],
    'sees to it that it is back, before anything is said of the window': [
      back.withPod('demo-1', { ready: false }).silent('demo-1').annotated({}),
      'wait Rolling demo-1',
    ],
    'waits with the next member': [back, 'wait WaitingForWindow demo-2'],
    'restarts a pod whose etcd does not run, without waiting': [changed.crashed('demo-2', 'bad-option'), 'UpdateTemplate'],
    'does not wait with what restarts nothing': [
      aCluster()
        .running()
        .outsideWindow()
        .withSpec({ pod: { ...aCluster().cluster.spec.pod, labels: { team: 'blue' } } }),
      'UpdateTemplate',
    ],
    'grows all the while': [changed.resized(5), 'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)'],
  })

  test('says how far it is, and until when it waits', () => {
    const decision = planCluster(back.annotated({}))
    expect(decision).toMatchObject({
      reason: 'WaitingForWindow',
      message: expect.stringMatching(
        /^1 of 3 members updated: .*; restarting demo-2 waits for the maintenance window that opens at 2026-11-22T02:00:00Z\. /,
      ),
    })
    expect(statusOf(back, decision).rollout).toMatchObject({ updated: 1, total: 3 })
  })
})

const mebi = 2 ** 20
const worn = aCluster({ size: 3, storage: { size: '4Gi' }, maintenance: { defragment: { schedule: '0 10 * * *' } } })
  .running()
  .withDatabases(300 * mebi, 100 * mebi)

describe('a defragmentation by schedule', () => {
  decides(defragmentBySchedule, {
    'is not begun outside of the windows': [worn.outsideWindow()],
    'is made up for when the next window opens': [worn.outsideWindow().later(16 * hour), 'Defragment demo-1'],
    'is made up for within an hour': [worn.outsideWindow().later(17 * hour)],
    'goes by its own time while a window is open': [worn.withWindow('0 9 * * *', '4h'), 'Defragment demo-1'],
    'ends with the window': [worn.withWindow('0 9 * * *', '61m').later(1 * 60_000)],
    'ends after its hour in a longer window': [worn.withWindow('0 9 * * *', '4h').later(hour)],
  })
})

describe('a wait for a window', () => {
  const status = statusOf(shrinking, planCluster(shrinking))
  const condition = (type: string) => status.conditions?.find((one) => one.type === type)

  test('says what waits, until when, and how to let it begin', () => {
    const id = stepId(removing('demo-4'))
    expect(status.nextStep).toEqual({
      id,
      action: 'RemoveMember',
      member: 'demo-4',
      reason: 'WaitingForWindow',
      message: `removing demo-4 waits for the maintenance window that opens at 2026-11-22T02:00:00Z. To let it begin now: kubectl annotate etcdcluster demo etcd-operator.dev/approve=${id} --overwrite`,
      since: '2026-11-21T10:00:00Z',
      notBefore: '2026-11-22T02:00:00Z',
    })
  })

  test('is no change under way, and nothing that a person has to end', () => {
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'WaitingForWindow' })
    expect(condition('Progressing')).toMatchObject({ status: 'False', reason: 'WaitingForWindow' })
    expect(condition('Stalled')).toMatchObject({ status: 'False' })
    expect(condition('Available')).toMatchObject({ status: 'True' })
  })

  test('is looked at again when the window opens, and every few seconds until then', () => {
    const recheck = (scene: Scene) => {
      const decision = planCluster(scene)
      return decision.kind === 'wait' ? decision.recheckMs : undefined
    }
    expect(recheck(shrinking)).toBe(5000)
    expect(recheck(shrinking.later(16 * hour - 1500))).toBe(1500)
    expect(recheck(shrinking.later(16 * hour - 1))).toBe(100)
    expect(now).toBe(Date.parse('2026-11-21T10:00:00Z'))
  })
})
