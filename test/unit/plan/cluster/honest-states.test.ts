import { describe, expect, test } from 'vitest'
import type { ClusterView, PodFacts } from '../../../../src/model/cluster/view.ts'
import { planCluster } from '../../../../src/plan/cluster/policy.ts'
import type { Decision } from '../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../src/report/cluster/status.ts'
import { aCluster, idOf, now, type Scene } from '../../../builders/a-cluster.ts'

/** Half of everything that can be under way: a member that leaves, one that joins, leftovers, and a spec that asks for something else. */
const wishes: Readonly<Record<string, (scene: Scene) => Scene>> = {
  'nothing else': (scene) => scene,
  'a wish to shrink': (scene) => scene.resized(1),
  'a wish to grow': (scene) => scene.resized(5),
  'a spec that can not be': (scene) => scene.resized(4),
  'another version': (scene) => scene.withSpec({ version: '3.6.17' }),
  'members that are to be exchanged': (scene) =>
    scene.withSpec({ repair: { ...scene.cluster.spec.repair, replaceMembers: [idOf('demo-0'), idOf('demo-2')] } }),
  'a repair by approval': (scene) => scene.withSpec({ repair: { ...scene.cluster.spec.repair, automatic: false } }),
  'a voter that was stopped to leave': (scene) => scene.resized(1).withoutPod('demo-2').withStatefulSet({ replicas: 2 }),
  'a learner in sync': (scene) =>
    scene.membership.known ? scene.resized(5).withLearner('demo-3') : scene.withConfig('demo-3').withPod('demo-3'),
  'a learner that lost its volume': (scene) =>
    scene.membership.known
      ? scene.resized(5).withLearner('demo-3').crashed('demo-3', 'empty-volume')
      : scene.crashed('demo-3', 'empty-volume'),
  'the volume of a member that left': (scene) => scene.withVolume('demo-5', { memberId: 'dead' }),
  'a member that lost its volume': (scene) => scene.crashed('demo-2', 'empty-volume'),
  'a member on a lost node': (scene) => scene.onLostNode('demo-2'),
  'a claim that somebody deleted': (scene) => scene.withVolume('demo-2', { deleting: true }),
  'pods that are not ready': (scene) => scene.with({ pods: scene.pods.map((pod) => ({ ...pod, ready: false })) }),
  'pods on a node that is lost': (scene) => scene.with({ pods: scene.pods.map((pod) => ({ ...pod, endsBy: now - 3_600_000 })) }),
  'an hour later': (scene) => scene.later(3_600_000),
  'pods with an older template': (scene) => scene.with({ pods: scene.pods.map((pod) => ({ ...pod, revision: 'rev-0' })) }),
  'pods with other settings': (scene) => scene.with({ pods: scene.pods.map((pod) => ({ ...pod, settings: 'older' })) }),
}

interface Honest {
  readonly reason: string
  readonly in: (scene: Scene) => Scene
}

const three = aCluster().running().withCurrentConfigs()
const alone = (scene: Scene) => scene.withoutMajority()
const lost = (scene: Scene, ...names: readonly string[]) => names.reduce((seen, name) => seen.crashed(name, 'empty-volume'), scene)
const added = { id: 'beef', name: undefined, peerUrl: 'http://10.0.0.9:2380', isLearner: true, published: false }

/** The states that need a person, or only time, and in which nothing dangerous may be done. */
const states: Readonly<Record<string, Honest>> = {
  'the volumes of a majority are lost, and one survives': { reason: 'QuorumLost', in: (scene) => lost(alone(scene), 'demo-0', 'demo-1') },
  'the volumes of a majority are lost, and the survivor was restarted': {
    reason: 'QuorumLost',
    in: (scene) => lost(alone(scene), 'demo-0', 'demo-1').takingPart('demo-2', { hasLeader: false }),
  },
  'every volume is lost': { reason: 'AllMembersLost', in: (scene) => lost(alone(scene), 'demo-0', 'demo-1', 'demo-2') },
  'the nodes of a majority do not answer': {
    reason: 'MajorityUnreachable',
    in: (scene) => alone(scene).silent('demo-0').silent('demo-1'),
  },
  'a majority restarts': { reason: 'MajorityDown', in: (scene) => alone(scene).withoutPod('demo-0').withoutPod('demo-1') },
  'a majority crashes': { reason: 'MajorityDown', in: (scene) => alone(scene).crashed('demo-0').crashed('demo-1') },
  'nobody answers': { reason: 'NoContact', in: (scene) => alone(scene).silent('demo-0').silent('demo-1').silent('demo-2') },
  'the members answer as another cluster': { reason: 'ClusterIdMismatch', in: (scene) => scene.withMembership(scene.members(), 'beef') },
  'a majority is on foreign data': {
    reason: 'ClusterIdMismatch',
    in: (scene) => scene.onForeignData('demo-0').onForeignData('demo-1').withoutMajority(),
  },
  'somebody added a member': { reason: 'UnknownMember', in: (scene) => scene.withStranger() },
  'somebody added a member that never started': {
    reason: 'UnknownMember',
    in: (scene) => scene.withMembership([...scene.members(), added]),
  },
  'the API server shows an older EtcdCluster': { reason: 'TimeTravel', in: (scene) => scene.with({ setBackFrom: 9 }) },
}

const table = Object.entries(states).flatMap(([state, honest]) =>
  Object.entries(wishes).map(([wish, wished]) => ({ state, wish, view: honest.in(wished(three)) })),
)

describe('nothing dangerous is done', () => {
  test.each(table)('while $state, beside $wish', ({ view }) => {
    const decision = planCluster(view)
    expect(dangerOf(decision, view)).toBeUndefined()
  })

  test.each(Object.entries(wishes))('while the API server knows nothing of two voters, beside %s', (_, wished) => {
    const view = wished(three).withMember('demo-5').withMember('demo-6')
    expect(dangerOf(planCluster(view), view)).toBeUndefined()
  })

  test('and this table can tell: the same wishes are dangerous in a healthy cluster', () => {
    const seen = Object.values(wishes).flatMap((wished) => dangerOf(planCluster(wished(three)), wished(three)) ?? [])
    expect(seen.length).toBeGreaterThan(3)
  })
})

describe('the state is told', () => {
  test.each(Object.entries(states))('while %s: reason, members and way out in conditions and nextStep', (_, { reason, in: state }) => {
    const scene = state(three)
    const decision = planCluster(scene)
    const status = statusOf(scene, decision)
    expect(status.nextStep).toMatchObject({ reason })
    expect(status.nextStep?.message).toMatch(/demo-0|beef|10\.0\.0\.9|generation 9/)
    const told = status.conditions?.find(({ type }) => type === (decision.kind === 'block' ? 'Stalled' : 'Progressing'))
    expect(told).toMatchObject({ status: 'True', reason })
    expect(status.conditions?.find(({ type }) => type === 'Ready')?.status).not.toBe('True')
  })

  test.each(Object.entries(states).filter(([, { in: state }]) => !state(three).membership.known))(
    'while %s: no condition that needs a majority is True',
    (_, { in: state }) => {
      const scene = state(three)
      const { conditions } = statusOf(scene, planCluster(scene))
      for (const type of ['Ready', 'Available', 'FaultTolerant'])
        expect(conditions?.find((one) => one.type === type)?.status, type).toMatch(/^(False|Unknown)$/)
    },
  )
})

/** What must not happen in any of these states; undefined for everything that restarts and removes nothing. */
function dangerOf(decision: Decision, view: ClusterView): string | undefined {
  if (decision.kind !== 'step') return undefined
  const { step } = decision
  switch (step.do) {
    case 'RemoveMember':
    case 'DeleteVolume':
    case 'MoveLeader':
    case 'PromoteLearner':
    case 'AddLearner':
    case 'StopServing':
    case 'RemoveFinalizer':
      return step.do
    case 'DeletePod':
      return isRunning(view.pods.find(({ uid }) => uid === step.uid)) ? step.do : undefined
    case 'SetReplicas':
      return view.statefulSet.state === 'ours' && step.replicas < view.statefulSet.value.replicas ? step.do : undefined
    case 'WriteConfig': {
      const opened = Object.entries(step.write).find(([, { state }]) => state !== 'established')
      return opened === undefined ? undefined : `${step.do} ${opened[0]}=${opened[1].state}`
    }
    default:
      return undefined
  }
}

function isRunning(pod: PodFacts | undefined): boolean {
  return pod?.etcd.state === 'running'
}
