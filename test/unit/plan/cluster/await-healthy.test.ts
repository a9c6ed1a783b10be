import { expect, test } from 'vitest'
import { planCluster } from '../../../../src/plan/cluster/policy.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const frozen = three.silent('demo-1').withPod('demo-1', { node: 'n2', ready: false })
const learning = aCluster({ size: 5 })
  .running(4)
  .withLearner('demo-4')
  .silent('demo-4')
  .withPod('demo-4', { node: 'n2', etcd: { state: 'running', since: now - 120_000 } })

const rows: readonly (readonly [string, Scene, string])[] = [
  ['is silent, while nothing is known of its node', frozen, 'demo-1 on node n2 does not answer'],
  [
    'is silent on a node that is ready: the way out, because it is not replaced by itself',
    frozen.withNode('n2', { state: 'ready' }),
    "demo-1 on node n2 does not answer, although the node is ready: it is waited for and not replaced. Look at the log of its pod, the disk of the node and the network between the nodes; if it can't come back, put a1 into spec.repair.replaceMembers",
  ],
  [
    'is a silent learner on a node that is ready, which is not exchanged',
    learning.withNode('n2', { state: 'ready' }),
    'demo-4 on node n2 does not answer, although the node is ready: look at the log of its pod, the disk of the node and the network between the nodes; promoted when it is in sync',
  ],
  [
    'answers, and is cut off from the others',
    three.withAnswer('demo-1', { hasLeader: false, leaderId: undefined }).withPod('demo-1', { node: 'n2', ready: false }),
    'demo-1 on node n2 answers the operator and knows no leader, while a majority has one: look at the network between n2 and the other nodes, port 2380',
  ],
  ['answers, and is being ended', three.withPod('demo-1', { endsBy: now + 20_000 }), 'pod demo-1 is terminating'],
  [
    'answers, although it should have ended',
    three.withPod('demo-1', { node: 'n2', endsBy: now - 3_600_000 }),
    'demo-1 on node n2 answers, and pod demo-1 should have terminated by now: bring node n2 back, or delete the Node object if it was shut down for good',
  ],
]

test.each(rows)('whoever waits for a member is told what is the matter with one that %s', (_, view, message) => {
  expect(planCluster(view)).toMatchObject({ kind: 'wait', reason: 'MemberUnhealthy', message })
})
