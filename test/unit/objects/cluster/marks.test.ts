import { describe, expect, test } from 'vitest'
import { podMarks } from '../../../../src/objects/cluster/marks.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'
import { absent, aLeaf, aSecret, certificates, ours } from '../../../builders/certificates.ts'

const three = aCluster().running()
const growing = aCluster({ size: 5 }).running(3)
const unserved = (scene: Scene, name: string) => scene.withPod(name, { serving: false })
/** The pods that are put into the client Service. */
function served(view: Scene): readonly string[] {
  return podMarks(view).flatMap(({ name, labels }) => (labels['etcd-operator.dev/serving'] === 'true' ? [name] : []))
}

describe('clients are sent to', () => {
  const rows: readonly (readonly [string, Scene, readonly string[]])[] = [
    ['every started voter', unserved(unserved(three, 'demo-0'), 'demo-2'), ['demo-0', 'demo-2']],
    [
      'a voter whose pod is not ready: the Service leaves it out by itself',
      unserved(three, 'demo-1').withPod('demo-1', { ready: false }),
      ['demo-1'],
    ],
    [
      'nobody whose data is proved to be wrong',
      unserved(three.alarmed('a0').compared({ 'demo-0': 1, 'demo-1': 1, 'demo-2': 2 }), 'demo-2'),
      [],
    ],
    ['nobody while an alarm is raised and the data is not compared', unserved(three.alarmed('a0'), 'demo-2'), []],
    [
      'nobody while a member does not start and nobody knows whose data is right',
      unserved(three.refusedByPeers('demo-1').compared({ 'demo-0': 1, 'demo-2': 2 }), 'demo-2'),
      [],
    ],
    [
      'a member whose data is right beside one whose data is wrong',
      unserved(unserved(three.alarmed('a0').compared({ 'demo-0': 1, 'demo-1': 1, 'demo-2': 2 }), 'demo-2'), 'demo-1'),
      ['demo-1'],
    ],
    [
      'everybody once all agree, although the alarm is still raised',
      unserved(three.alarmed('a0').compared({ 'demo-0': 1, 'demo-1': 1, 'demo-2': 1 }), 'demo-2'),
      ['demo-2'],
    ],
    ['no learner', growing.withLearner('demo-3').withPod('demo-3', { serving: false }), []],
    ['no voter that has not published itself', unserved(three, 'demo-1').withMember('demo-1', { published: false }), []],
    ['no voter that is silent', unserved(three, 'demo-1').silent('demo-1'), []],
    ['no voter whose client port does not serve yet', unserved(three, 'demo-1').takingPart('demo-1'), []],
    ['no voter in whose place another member answers', unserved(three, 'demo-1').withAnswer('demo-1', { memberId: 'dead' }), []],
    ['no pod that is ending', unserved(three, 'demo-1').withPod('demo-1', { endsBy: 1 }), []],
    ['no pod whose member is not listed', unserved(three, 'demo-2').unlisted('demo-2'), []],
    ['not the next to leave', unserved(three.resized(1), 'demo-2'), []],
    ['the one that leaves after it, as long as it is not its turn', unserved(three.resized(1), 'demo-1'), ['demo-1']],
    ['nobody while the list is not known', unserved(three, 'demo-1').withoutMajority(), []],
  ]

  test.each(rows)('%s', (_, view, expected) => {
    expect(served(view)).toEqual(expected)
  })

  const learnerOf = (version: string) =>
    aCluster({ version, size: 5 }).running(3).withLearner('demo-3').withPod('demo-3', { serving: true })
  const learners: readonly (readonly [string, Scene, readonly string[]])[] = [
    ['a learner whose /readyz would let clients in', learnerOf('3.5.18'), ['demo-3']],
    ['such a learner that has not answered yet', learnerOf('3.5.18').silent('demo-3'), ['demo-3']],
    ['no learner that is never ready', learnerOf('3.5.19'), []],
    ['no learner that is never ready, of a newer minor version', learnerOf('3.6.16'), []],
    ['a learner whose client port does not serve yet', learnerOf('3.6.16').takingPart('demo-3'), ['demo-3']],
    ['no such learner that is ending', learnerOf('3.5.18').withPod('demo-3', { endsBy: 1 }), []],
  ]
  test.each(learners)('no more, by taking the label from %s', (_, view, expected) => {
    const taken = podMarks(view).filter(({ labels }) => labels['etcd-operator.dev/serving'] === null)
    expect(taken.map(({ name }) => name)).toEqual(expected)
  })

  test('and put the label of the cluster back on a pod of ours from which somebody took it', () => {
    const lost = three.withPod('demo-1', { labelled: false })
    expect(podMarks(lost)).toMatchObject([{ name: 'demo-1', labels: { 'etcd-operator.dev/cluster': 'demo' } }])
    expect(podMarks(lost.withPod('demo-1', { endsBy: 1 }))).toEqual([])
    expect(podMarks(lost.withPod('demo-1', { ours: false }))).toEqual([])
  })

  test('nobody before the cluster is pinned', () => {
    const unpinned = unserved(three, 'demo-0').withStatefulSet({ clusterId: undefined })
    const { clusterID: _, ...status } = three.cluster.status ?? {}
    const forgotten = unpinned.with({
      cluster: { ...three.cluster, status },
      volumes: three.volumes.map((volume) => ({ ...volume, clusterId: undefined })),
    })
    expect(served(forgotten)).toEqual([])
  })
})

describe('a pod is told of its config', () => {
  test('when that has changed', () => {
    expect(podMarks(three.withConfig('demo-1', { hash: 'new' }))).toEqual([
      { name: 'demo-1', uid: 'pod-demo-1', labels: {}, annotations: { 'etcd-operator.dev/config': 'new' } },
    ])
  })

  test('together with its clients', () => {
    expect(podMarks(unserved(three.withConfig('demo-1', { hash: 'new' }), 'demo-1'))).toEqual([
      {
        name: 'demo-1',
        uid: 'pod-demo-1',
        labels: { 'etcd-operator.dev/serving': 'true' },
        annotations: { 'etcd-operator.dev/config': 'new' },
      },
    ])
  })

  test('not while it is ending', () => {
    expect(podMarks(three.withConfig('demo-1', { hash: 'new' }).withPod('demo-1', { endsBy: 1 }))).toEqual([])
  })

  test('not when there is none', () => {
    expect(podMarks(three.withoutConfig('demo-1'))).toEqual([])
  })
})

test('a cluster at rest lacks no marks', () => {
  expect(podMarks(three)).toEqual([])
})

describe('the certificates that a pod mounts', () => {
  const encrypted = aCluster({ tls: { mode: 'Required' } }).running()
  const marks = (scene: Scene) => podMarks(scene).map(({ name, annotations }) => [name, annotations['etcd-operator.dev/certificates']])

  test('are noted on each pod, and again when a Secret has changed: the kubelet refreshes the files at once', () => {
    const first = marks(encrypted.with({ tls: certificates() }))
    expect(first.map(([name]) => name)).toEqual(['demo-0', 'demo-1', 'demo-2'])
    const noted = encrypted.with({
      tls: certificates(),
      pods: encrypted.pods.map((pod) => ({
        ...pod,
        annotations: { ...pod.annotations, 'etcd-operator.dev/certificates': String(first[0]?.[1]) },
      })),
    })
    expect(marks(noted)).toEqual([])
    const renewed = certificates({
      serverTls: ours(aSecret('server', 'C', ['C', 'D'], { leaf: aLeaf('server', 'C', { fingerprint: 'a new one' }) })),
    })
    expect(marks(noted.with({ tls: renewed }))).toHaveLength(3)
  })

  test('are not noted while a Secret is missing, nor on pods without certificates', () => {
    expect(marks(encrypted.with({ tls: certificates({ client: absent }) }))).toEqual([])
    expect(
      podMarks(
        aCluster({ tls: { mode: 'Off' } })
          .running()
          .with({ tls: certificates() }),
      ),
    ).toEqual([])
  })
})
