import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../../src/api/labels.ts'
import { moveLeaderOnDemand } from '../../../../../src/plan/cluster/change/move-leader-on-demand.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { stepId } from '../../../../../src/plan/cluster/step.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const running = aCluster({ size: 3 }).running()
const asking = (value: string, scene: Scene = running) => scene.annotated({ [annotation.moveLeader]: value })
const noted = (scene: Scene, value: string, state: 'Done' | 'Failed' = 'Done') =>
  scene.withStatus({ ...scene.cluster.status, wishes: { moveLeader: { value, state, since: '2026-11-21T09:00:00Z' } } })
const lagging = (scene: Scene) => scene.withAnswer('demo-1', { raftAppliedIndex: 0 }).withAnswer('demo-0', { raftIndex: 900_000 })

describe('the leadership that a person wants moved', () => {
  decides(planCluster, {
    'goes to the member that is named': [asking('demo-2'), 'MoveLeader demo-0 to demo-2'],
    'stays where that member leads already': [asking('demo-0'), 'NoteWish moveLeader Done'],
    'is moved once': [noted(asking('demo-2'), 'demo-2'), 'steady'],
    'is moved to the same member again where that is asked for anew': [
      noted(asking('demo-2/again'), 'demo-2'),
      'MoveLeader demo-0 to demo-2',
    ],
    'stays, once the wish is taken back': [noted(running, 'demo-2'), 'steady'],
    'does not go to a member that does not exist': [asking('demo-7'), 'NoteWish moveLeader Failed'],
    'does not go to a silent member': [
      asking('demo-2', running.silent('demo-2').withPod('demo-2', { ready: false })),
      'NoteWish moveLeader Failed',
    ],
    'waits for a member that does not answer': [
      asking('demo-1', running.silent('demo-2').withPod('demo-2', { ready: false })),
      'wait MemberUnhealthy demo-2',
    ],
    'does not go to a member without the log': [asking('demo-1', lagging(running)), 'NoteWish moveLeader Failed'],
    'waits behind what the spec asks for': [asking('demo-2').resized(1), 'StopServing demo-2'],
    'waits for its window': [asking('demo-2', running.outsideWindow()), 'wait WaitingForWindow demo-0'],
    'is not asked for while the cluster is paused': [asking('demo-2', running.withSpec({ paused: true })), 'block Paused'],
  })

  decides(moveLeaderOnDemand, {
    'does not go to a learner': [asking('demo-3', running.withLearner('demo-3')), 'NoteWish moveLeader Failed'],
    "is nobody's while there is no leader": [
      asking(
        'demo-2',
        ['demo-0', 'demo-1', 'demo-2'].reduce<Scene>((scene, name) => scene.withAnswer(name, { leaderId: undefined }), running),
      ),
    ],
  })

  test('is told why it stays', () => {
    const message = (scene: Scene) => {
      const decision = planCluster(scene)
      return decision.kind === 'step' ? decision.message : decision.kind
    }
    expect(message(asking('demo-7'))).toBe(
      'the leadership is not moved: "demo-7", which etcd-operator.dev/move-leader names, is no member; members are demo-0, demo-1, demo-2',
    )
    expect(message(asking('demo-1', lagging(running)))).toMatch(/demo-1 does not have the leader's log yet/)
  })

  test('needs an approval of its own for each wish outside of the window', () => {
    const idOf = (value: string) => {
      const decision = planCluster(asking(value, running.outsideWindow()))
      return decision.kind === 'wait' && decision.step !== undefined ? stepId(decision.step) : ''
    }
    const approved = running.outsideWindow().annotated({ [annotation.moveLeader]: 'demo-2', [annotation.approve]: idOf('demo-2') })
    expect(planCluster(approved)).toMatchObject({ step: { do: 'MoveLeader', to: 'demo-2' } })
    expect(idOf('demo-2/again')).not.toBe(idOf('demo-2'))
  })
})
