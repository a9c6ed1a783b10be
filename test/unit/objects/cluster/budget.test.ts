import { expect, test } from 'vitest'
import { podSpecHash, templateHash } from '../../../../src/model/cluster/revision.ts'
import { disruptionBudget } from '../../../../src/objects/cluster/budget.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const exchanging = aCluster({ repair: { replaceMembers: ['a1'] } }).running()

const withSpare = exchanging.withVoter('demo-3').withStatefulSet({ replicas: 4 })
const changed = aCluster()
  .running()
  .withSpec({ pod: { ...aCluster().cluster.spec.pod, priorityClassName: 'high' } })
const rolling = changed
  .withStatefulSet({ template: templateHash(changed.cluster), updateRevision: 'rev-2' })
  .withPod('demo-1', { revision: 'rev-2', podSpec: podSpecHash(changed.cluster), ready: true })

const rows: readonly (readonly [string, Scene, number])[] = [
  ['one pod of three', aCluster().running(), 1],
  ['the only pod: it could never be drained otherwise', aCluster({ size: 1 }).running(), 1],
  ['none of two voters', aCluster({ size: 3 }).running(2), 0],
  ['none while three become one', aCluster({ size: 1 }).running(3), 0],
  ['one before three become one: its window is closed', aCluster({ size: 1 }).running(3).outsideWindow(), 1],
  ['none while a member is exchanged, and its spare votes', withSpare, 0],
  ['one while the exchange waits for its window', withSpare.outsideWindow(), 1],
  ['none while the exchange waits for its spare', exchanging.withLearner('demo-3').outsideWindow(), 0],
  ['none of what was begun when the window closed', withSpare.withPod('demo-1', { serving: false }).outsideWindow(), 0],
  ['none in the middle of a roll', rolling, 0],
  ['one where the rest of a roll waits for its window', rolling.outsideWindow(), 1],
  ['none while a member is out to be restarted', rolling.withPod('demo-2', { serving: false }).outsideWindow(), 0],
  ['one while five become three', aCluster({ size: 3 }).running(5), 1],
  ['none of five while a member has failed', aCluster({ size: 5 }).running().crashed('demo-1', 'empty-volume'), 0],
  ['none while its name is to join again', aCluster({ size: 5 }).running().unlisted('demo-4'), 0],
  ['none while its successor is a learner', aCluster({ size: 5 }).running().without('demo-1').withLearner('demo-1'), 0],
  ['none while the successor of the last is a learner', aCluster({ size: 5 }).running(4).withLearner('demo-4'), 0],
  ['one while three become five', aCluster({ size: 5 }).running(3).withLearner('demo-3'), 1],
  ['one while a member is silent: it may be back at any moment', aCluster().running().silent('demo-1'), 1],
  ['none while a spare takes part, because a member is exchanged', exchanging.withLearner('demo-3'), 0],
  ['none while the name of an exchanged member is missing', exchanging.withLearner('demo-3').withVoter('demo-3').without('demo-1'), 0],
  ['one before the spare is listed', exchanging, 1],
  ['one while the spare leaves', aCluster().running().withLearner('demo-3').withVoter('demo-3'), 1],
  ['none of three beside a voter that somebody else added: three of four are the majority', aCluster().running().withStranger(), 0],
  ['one of five beside a voter that somebody else added', aCluster({ size: 5 }).running().withStranger(), 1],
  ['none of five beside it while one of them is silent', aCluster({ size: 5 }).running().withStranger().silent('demo-1'), 0],
  ['none while the claim of a member is being deleted', aCluster().running().withVolume('demo-1', { deleting: true }), 0],
  ['not even the only pod while its claim is being deleted', aCluster({ size: 1 }).running().withVolume('demo-0', { deleting: true }), 0],
  ['none while members hold different data', aCluster().running().alarmed('0'), 0],
  ['none of two voters, although the list is not known any more', aCluster().running(2).withStatus({ members: 2 }).withoutMajority(), 0],
  [
    'none of five while one is replaced, although the list is not known any more',
    aCluster({ size: 5 }).running().withStatus({ members: 4 }).withoutMajority(),
    0,
  ],
  [
    'none of the survivors of a lost majority',
    aCluster()
      .running()
      .withStatus({ members: 3, memberStatus: [{ name: 'demo-1', role: 'Failed', leader: false, ready: false, message: '' }] })
      .withoutMajority(),
    0,
  ],
  ['one while the list is not known', aCluster().running().withoutMajority(), 1],
]

test.each(rows)('a drain may take %s', (_, view, maxUnavailable) => {
  expect(disruptionBudget(view)).toMatchObject({ spec: { maxUnavailable, unhealthyPodEvictionPolicy: 'IfHealthyBudget' } })
})
