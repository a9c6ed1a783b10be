import { describe, expect, test } from 'vitest'
import { failedMembers } from '../../../../src/model/cluster/failed.ts'
import { missingMajority } from '../../../../src/model/cluster/majority.ts'
import { suspectNodes } from '../../../../src/model/cluster/node-loss.ts'
import { whySilent } from '../../../../src/model/cluster/silence.ts'
import { known, unknown } from '../../../../src/model/known.ts'
import { aCluster, idOf, now, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const lost = three.onLostNode('demo-1')
const conflict = "0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity."
const tainted =
  "0/3 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 2 node(s) didn't match PersistentVolume's node affinity."
/** Its pod was deleted with the node, and its successor finds no node where its volume is. */
const stranded = (words: string) =>
  lost
    .withVolume('demo-1', { node: 'n3' })
    .withPod('demo-1', { node: undefined, ip: undefined, unschedulable: words, etcd: { state: 'none' }, createdAt: now - 6 * 60_000 })
const minutes = (count: number) => count * 60_000

describe('a member is lost with its node', () => {
  test.each<readonly [string, Scene]>([
    ['that has not been ready for long enough', lost],
    ['that has not been ready for exactly that long', three.onLostNode('demo-1', minutes(5))],
    ['whose Node object has been absent for long enough', lost.withNode('n3', { state: 'absent' })],
    ['for a shorter time, where the spec says so', three.withSpec({ repair: { nodeLossAfter: '1m' } }).onLostNode('demo-1', minutes(2))],
    ['that does not report a terminating pod', lost.withPod('demo-1', { endsBy: now - 1 })],
    ['where its volume is, and its pod fits on no other', stranded(tainted)],
    ['where its volume is, and the Node object has been absent for a while', stranded(conflict).withNode('n3', { state: 'absent' })],
  ])('%s', (_, view) => {
    expect(failedMembers(view)).toMatchObject([
      { member: { name: 'demo-1' }, reason: 'NodeLost', message: expect.stringMatching(/^demo-1 is lost: .*n3/) },
    ])
  })
})

describe('a member is not lost', () => {
  test.each<readonly [string, Scene]>([
    ['while its node is ready, however long it is silent', lost.withNode('n3', { state: 'ready' }).later(minutes(60 * 24))],
    ['while its node has not been unready for long enough', three.onLostNode('demo-1', minutes(5) - 1)],
    [
      'while this operator has seen its node away for a moment only: its wall clock may be wrong',
      lost.remembering({ unreadySince: new Map([['n3', now - 59_000]]) }),
    ],
    [
      'while its Node object has been absent for a shorter time: its machine may register again',
      three.onLostNode('demo-1', minutes(5) - 1).withNode('n3', { state: 'absent' }),
    ],
    [
      'while this operator sees for the first time that its Node object is absent',
      lost.remembering({ unreadySince: new Map() }).withNode('n3', { state: 'absent' }),
    ],
    ['while this operator sees its node for the first time', lost.remembering({ unreadySince: new Map() })],
    ['while nothing is known of its node', lost.with({ nodes: new Map() })],
    ['while the operator may not read nodes', lost.with({ nodes: new Map([['n3', unknown('forbidden', 'forbidden')]]) })],
    ['while it answers', lost.withAnswer('demo-1')],
    ['while it takes part', lost.takingPart('demo-1')],
    [
      'while the leader is connected with it: only the operator does not reach it',
      lost.with({ heardByLeader: known(new Set([idOf('demo-1')])) }),
    ],
    ['while the leader can not be asked', lost.with({ heardByLeader: unknown('no route') })],
    ['while no leader is known', lost.with({ heardByLeader: unknown('no leader can be asked') })],
    ['when the node has no time since when', lost.withNode('n3', { state: 'not-ready', since: Number.NaN })],
    ['when another node is lost', lost.withPod('demo-1', { node: 'n2' })],
    ['without a pod: one is being created', lost.withoutPod('demo-1')],
    ['while its new pod finds no room', stranded('0/2 nodes are available: 2 Insufficient cpu.')],
    [
      'while nodes where its volume could be used are only full',
      stranded("0/4 nodes are available: 1 Insufficient cpu, 3 node(s) didn't match PersistentVolume's node affinity.").withNode('n3', {
        state: 'absent',
      }),
    ],
    [
      'while its pod has looked for its volume for a moment only',
      stranded(conflict)
        .withNode('n3', { state: 'absent' })
        .withPod('demo-1', { createdAt: now - 60_000 }),
    ],
    ['while the node of its volume is ready', stranded(conflict).withNode('n3', { state: 'ready' })],
    ['when its volume was made for no node', stranded(conflict).withVolume('demo-1', { node: undefined })],
  ])('%s', (_, view) => {
    expect(failedMembers(view)).toEqual([])
  })
})

test('an emptied volume is back sooner than a lost node', () => {
  const both = aCluster({ size: 5 }).running().onLostNode('demo-1').crashed('demo-4', 'empty-volume')
  expect(failedMembers(both).map(({ member }) => member.name)).toEqual(['demo-4', 'demo-1'])
})

describe('a node is read', () => {
  const silent = three.withPod('demo-1', { ready: false, node: 'n3' }).silent('demo-1')
  test.each<readonly [string, Scene, readonly string[]]>([
    ['while its member is silent', silent, ['n3']],
    ['while its pod should have terminated', silent.withPod('demo-1', { endsBy: now - 1 }), ['n3']],
    ['while a container of its pod can not be created', silent.withPod('demo-1', { etcd: { state: 'none' } }), ['n3']],
    ['where the volume of a pod is that fits nowhere else', stranded(conflict), ['n3']],
    ['never while all answer', three, []],
    ['never while a pod is only starting', silent.withPod('demo-1', { etcd: { state: 'running', since: now - 1000 } }), []],
    ['never while its kubelet says that the pod is ready', silent.withPod('demo-1', { ready: true }), []],
    ['never while its pod is terminating in time', silent.withPod('demo-1', { endsBy: now + 1000 }), []],
    ['never before the cluster has begun', aCluster().starting().later(minutes(60)), []],
  ])('%s', (_, view, nodes) => {
    expect(suspectNodes(view)).toEqual(nodes)
  })
})

test('whoever waits for a silent member is told what is known of its node', () => {
  expect(whySilent(three.onLostNode('demo-1', minutes(1)), 'demo-1')).toBe(
    'demo-1 on node n3 does not answer: the node has not been ready since 2026-11-21T09:59:00Z, and counts as lost after spec.repair.nodeLossAfter (5m)',
  )
  expect(whySilent(three.onLostNode('demo-1', minutes(1)).withNode('n3', { state: 'absent' }), 'demo-1')).toBe(
    'demo-1 on node n3 does not answer: Node n3 does not exist, and counts as lost after spec.repair.nodeLossAfter (5m)',
  )
  expect(whySilent(lost.with({ nodes: new Map([['n3', unknown('forbidden', 'forbidden')]]) }), 'demo-1')).toMatch(
    /may not read nodes.*does not replace demo-1.*cluster-reader/,
  )
  expect(whySilent(lost.with({ heardByLeader: known(new Set([idOf('demo-1')])) }), 'demo-1')).toMatch(
    /leader is connected with demo-1, so it is not replaced/,
  )
})

test('whoever waits for a member whose volume is on a node that is gone is told of that node, not to make room', () => {
  const without = stranded(conflict).withNode('n3', { state: 'absent' })
  expect(whySilent(without, 'demo-1')).toBe(
    "demo-1 can't start: Node n3 does not exist any more, and data-demo-1 can be used on no other node; bring that node back, or if it is gone for good, so is the data of demo-1",
  )
  expect(missingMajority(without.withoutMajority().silent('demo-2').withPod('demo-2', { ready: false }))).toMatchObject({
    message: expect.stringContaining('Node n3 does not exist any more'),
  })
})
