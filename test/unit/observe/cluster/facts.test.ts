import { describe, expect, test } from 'vitest'
import type { ConfigMap, CoreEvent, PersistentVolumeClaim, Pod, StatefulSet } from '../../../../src/adapters/kube/kinds.ts'
import type { Exit } from '../../../../src/model/cluster/view.ts'
import { podTemplate, statefulSet } from '../../../../src/objects/cluster/stateful-set.ts'
import { memberConfigText } from '../../../../src/objects/etcd-config/member-config.ts'
import { configFacts, owned, podFacts, refusalFacts, statefulSetFacts, volumeFacts } from '../../../../src/observe/cluster/facts.ts'
import { aCluster, anEtcdCluster } from '../../../builders/a-cluster.ts'

const cluster = anEtcdCluster()
const meta = { namespace: 'ns', resourceVersion: '5', creationTimestamp: '2026-11-21T09:59:00Z' }
const owner = (changes: object = {}) => ({
  apiVersion: 'etcd-operator.dev/v1alpha1',
  kind: 'EtcdCluster',
  name: 'demo',
  uid: 'uid-demo',
  ...changes,
})
const controller = (changes: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  name: 'demo',
  uid: 'uid-set',
  controller: true,
  ...changes,
})
const set = { metadata: { ...meta, name: 'demo', uid: 'uid-set' } } as StatefulSet

type Loose<T> = { readonly [K in keyof T]?: Loose<T[K]> | undefined }

function aPod({ metadata = {}, spec = {}, status = {} }: { metadata?: Loose<Pod['metadata']>; spec?: object; status?: object } = {}): Pod {
  return {
    metadata: { ...meta, name: 'demo-1', uid: 'pod-1', ownerReferences: [controller()], ...metadata },
    spec: { nodeName: 'n1', containers: [], ...spec },
    status: { podIP: '10.0.0.2', ...status },
  } as Pod // As much of one as is read.
}

const etcdIs = (state: object, more: object = {}) => ({
  status: {
    containerStatuses: [
      { name: 'sidecar', state: {} },
      { name: 'etcd', state, ...more },
    ],
  },
})
const pod = (parts: Parameters<typeof aPod>[0] = {}) => podFacts(cluster, set, aPod(parts))

describe('an object is', () => {
  const facts = (object: { readonly ownerReferences?: readonly object[]; readonly deletionTimestamp?: string }) =>
    owned(cluster, { metadata: { ...meta, name: 'demo', uid: 'u', ...object } } as StatefulSet, () => 'facts')

  test('absent when there is none', () => {
    expect(owned(cluster, undefined, () => 'facts')).toEqual({ state: 'absent' })
  })

  test('ours by the UID of its owner', () => {
    expect(facts({ ownerReferences: [controller(), owner()] })).toEqual({
      state: 'ours',
      uid: 'u',
      resourceVersion: '5',
      deleting: false,
      value: 'facts',
    })
  })

  test('ours and going', () => {
    expect(facts({ ownerReferences: [owner()], deletionTimestamp: '2026-11-21T10:00:00Z' })).toMatchObject({
      state: 'ours',
      deleting: true,
    })
  })

  test.each([
    ['an earlier cluster’s of this name', { ownerReferences: [owner({ uid: 'earlier' })] }, 'earlier'],
    ['foreign without an owner', {}, 'foreign'],
    ['foreign with another owner', { ownerReferences: [controller()] }, 'foreign'],
    [
      'foreign with an owner of that kind in another group',
      { ownerReferences: [owner({ apiVersion: 'druid.gardener.cloud/v1' })] },
      'foreign',
    ],
  ])('%s', (_, object, state) => {
    expect(facts(object)).toEqual({ state, uid: 'u' })
  })

  test('foreign with another cluster as its owner, which is known by its name', () => {
    expect(facts({ ownerReferences: [owner({ uid: 'x', name: 'other' })] })).toEqual({ state: 'foreign', uid: 'u', of: 'other' })
  })
})

describe('a StatefulSet', () => {
  test('is read as it was written', () => {
    const written = statefulSet(aCluster().running(), 3)
    const stored = {
      ...written,
      metadata: { ...written.metadata, ...meta, uid: 'uid-set', generation: 4 },
      status: { observedGeneration: 4, updateRevision: 'rev-2' },
    } as unknown as StatefulSet
    expect(statefulSetFacts(stored)).toEqual({
      replicas: 3,
      updateRevision: 'rev-2',
      current: true,
      template: written.metadata.annotations?.['etcd-operator.dev/template'],
      // Of its image, where an earlier version of the operator did not note it.
      version: '3.6.16',
      podTemplate: podTemplate(aCluster().cluster),
      volumeSize: '1Gi',
      clusterId: 'c1c1',
      incarnation: 'inc0',
    })
  })

  test('whose controller has not seen the newest template says so', () => {
    const stored = { metadata: { ...set.metadata, generation: 5 }, status: { observedGeneration: 4 } } as unknown as StatefulSet
    expect(statefulSetFacts(stored)).toMatchObject({ current: false, replicas: 0 })
  })
})

describe('the configs', () => {
  const view = aCluster().frozen()
  const files = {
    'demo-0.yaml': memberConfigText(view, 'demo-0', { state: 'bootstrap', members: ['demo-0', 'demo-1'] }),
    'demo-1.yaml': memberConfigText(view, 'demo-1', { state: 'established' }),
    'demo-2.yaml': 'not etcd’s',
    notes: 'of somebody',
    'demo-99.yaml': 'of a stranger',
  }
  const { members } = configFacts(view.cluster, { data: files } as unknown as ConfigMap)

  test('are read as they were written, by member', () => {
    expect([...members]).toMatchObject([
      ['demo-0', { state: 'bootstrap', members: ['demo-0', 'demo-1'], maxLearners: 2 }],
      ['demo-1', { state: 'established', members: [], maxLearners: 2 }],
      ['demo-2', { state: 'unreadable', members: [], maxLearners: 1 }],
    ])
  })

  test('each have a hash of their text', () => {
    expect(new Set([...members.values()].map(({ hash }) => hash)).size).toBe(3)
  })

  test('are none in an empty ConfigMap', () => {
    expect(configFacts(view.cluster, {} as ConfigMap).members.size).toBe(0)
  })
})

describe('a pod', () => {
  test('that runs is read', () => {
    const running = pod({
      metadata: {
        labels: { 'etcd-operator.dev/cluster': 'demo', 'etcd-operator.dev/serving': 'true', 'controller-revision-hash': 'rev-1' },
        annotations: {
          'etcd-operator.dev/config': 'abc',
          'etcd-operator.dev/pod-spec': 'def',
          'etcd-operator.dev/started-with': 'ghi',
          'kubectl.kubernetes.io/restartedAt': 'now',
        },
      },
      status: {
        podIP: '10.0.0.2',
        conditions: [
          { type: 'PodScheduled', status: 'True' },
          { type: 'Ready', status: 'True' },
        ],
        containerStatuses: [{ name: 'etcd', restartCount: 2, state: { running: { startedAt: '2026-11-21T09:59:30Z' } } }],
      },
    })
    expect(running).toEqual({
      name: 'demo-1',
      uid: 'pod-1',
      ours: true,
      ip: '10.0.0.2',
      node: 'n1',
      createdAt: Date.parse('2026-11-21T09:59:00Z'),
      endsBy: undefined,
      abandoned: false,
      ready: true,
      serving: true,
      kept: false,
      labelled: true,
      revision: 'rev-1',
      podSpec: 'def',
      startedWith: 'ghi',
      profile: 'Off',
      clientScheme: 'http',
      restartedAt: 'now',
      labels: { 'etcd-operator.dev/cluster': 'demo', 'etcd-operator.dev/serving': 'true', 'controller-revision-hash': 'rev-1' },
      annotations: expect.objectContaining({ 'etcd-operator.dev/config': 'abc' }),
      config: 'abc',
      etcd: { state: 'running', since: Date.parse('2026-11-21T09:59:30Z') },
      restarts: 2,
      lastExit: undefined,
      unschedulable: undefined,
      warning: undefined,
    })
  })

  test('is nothing to us under a name that is not a member’s', () => {
    expect(pod({ metadata: { name: 'demo-writer' } })).toBeUndefined()
  })

  test('that is going says when its grace period is over', () => {
    expect(pod({ metadata: { deletionTimestamp: '2026-11-21T10:00:00Z' } })?.endsBy).toBe(Date.parse('2026-11-21T10:00:00Z'))
  })

  test.each([
    ['without a status', {}, { state: 'none' }],
    ['that runs', etcdIs({ running: {} }), { state: 'running', since: 0 }],
    [
      'that waits',
      etcdIs({ waiting: { reason: 'ImagePullBackOff', message: 'm' } }),
      { state: 'waiting', reason: 'ImagePullBackOff', message: 'm' },
    ],
    ['that waits without a word', etcdIs({ waiting: {} }), { state: 'waiting', reason: '', message: '' }],
    ['that ended', etcdIs({ terminated: { exitCode: 0 } }), { state: 'terminated' }],
    ['that was evicted', { status: { phase: 'Failed' } }, { state: 'terminated' }],
    ['that is being made', { status: { phase: 'Pending' } }, { state: 'none' }],
  ])('%s', (_, parts, etcd) => {
    expect(pod(parts)?.etcd).toEqual(etcd)
  })

  test.each([
    [
      'says why it fits on no node',
      { conditions: [{ type: 'PodScheduled', status: 'False', message: 'Insufficient cpu' }] },
      'Insufficient cpu',
    ],
    ['says at least the reason', { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] }, 'Unschedulable'],
    ['says nothing before the scheduler has looked', {}, undefined],
  ])('%s', (_, status, unschedulable) => {
    expect(pod({ spec: { nodeName: undefined }, status })?.unschedulable).toBe(unschedulable)
  })

  const mounts = (claimName: string) => ({ spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] } })
  test.each([
    ['of our StatefulSet is ours', aPod(), set, true],
    ['of a StatefulSet of this name is ours, when that is gone', aPod(), undefined, true],
    [
      'of an earlier StatefulSet of this name is ours until it has gone',
      aPod({ metadata: { ownerReferences: [controller({ uid: 'old' })] } }),
      set,
      true,
    ],
    ['of another StatefulSet is not', aPod({ metadata: { ownerReferences: [controller({ uid: 'x', name: 'other' })] } }), set, false],
    ['of a Job is not', aPod({ metadata: { ownerReferences: [controller({ kind: 'Job' })] } }), set, false],
    ['of nobody is ours when it mounts its volume', aPod({ metadata: { ownerReferences: [] }, ...mounts('data-demo-1') }), set, true],
    ['of nobody is not when it mounts another', aPod({ metadata: { ownerReferences: [] }, ...mounts('data-demo-2') }), set, false],
    ['of nobody is not when it mounts none', aPod({ metadata: { ownerReferences: [] } }), set, false],
  ])('%s', (_, object, statefulSetSeen, ours) => {
    expect(podFacts(cluster, statefulSetSeen, object)?.ours).toBe(ours)
  })

  test.each([
    ['of our StatefulSet is not abandoned', aPod(), set, false],
    ['of a StatefulSet that is gone is', aPod(), undefined, true],
    ['of one that was made again since is too', aPod({ metadata: { ownerReferences: [controller({ uid: 'old' })] } }), set, true],
    ['of nobody is not: the next StatefulSet adopts it', aPod({ metadata: { ownerReferences: [] } }), undefined, false],
  ])('%s', (_, object, statefulSetSeen, abandoned) => {
    expect(podFacts(cluster, statefulSetSeen, object)?.abandoned).toBe(abandoned)
  })
})

describe('etcd ended', () => {
  const fatal = (error: string) =>
    `{"level":"info","msg":"opened backend db"}\n{"level":"fatal","ts":"2026-11-21T09:59:30Z","caller":"etcdmain/etcd.go:204","msg":"discovery failed","error":"${error}"}\n`
  const rows: readonly (readonly [string, string, Exit['cause'], string])[] = [
    [
      'because its volume is empty',
      fatal('couldn\'t find local name \\"demo-1\\" in the initial cluster configuration'),
      'empty-volume',
      expect.stringContaining("couldn't find local name"),
    ],
    [
      'because it came before it was listed',
      fatal('error validating peerURLs {...}: member count is unequal'),
      'list-differs',
      'discovery failed: error validating peerURLs {...}: member count is unequal',
    ],
    [
      'because its list is another',
      fatal('unmatched member while checking PeerURLs'),
      'list-differs',
      'discovery failed: unmatched member while checking PeerURLs',
    ],
    [
      'because nobody told it the list',
      fatal('cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs'),
      'list-differs',
      'discovery failed: cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs',
    ],
    [
      'because it was removed, which it said last by chance',
      '{"level":"error","msg":"the member has been permanently removed from the cluster"}\n{"level":"info","msg":"stopped"}',
      'left',
      'the member has been permanently removed from the cluster',
    ],
    [
      'in a panic, whose trace comes last',
      '{"level":"panic","msg":"tocommit is out of range"}\npanic: tocommit is out of range\n\ngoroutine 1 [running]:\nmain.main()',
      'other',
      'tocommit is out of range',
    ],
    ['by a word that is no JSON', 'exec: not found', 'other', 'exec: not found'],
    ['without a word', '', 'other', 'exit code 137'],
  ]

  test.each(rows)('%s', (_, text, cause, message) => {
    const last = { terminated: { exitCode: 137, message: text, finishedAt: '2026-11-21T09:59:31Z' } }
    expect(pod(etcdIs({ waiting: { reason: 'CrashLoopBackOff' } }, { lastState: last }))?.lastExit).toEqual({
      cause,
      message,
      at: Date.parse('2026-11-21T09:59:31Z'),
    })
  })

  test('just now rather than the time before', () => {
    const ended = etcdIs({ terminated: { exitCode: 1, message: 'now' } }, { lastState: { terminated: { exitCode: 1, message: 'before' } } })
    expect(pod(ended)?.lastExit?.message).toBe('now')
  })

  test('never, as far as is known', () => {
    expect(pod(etcdIs({ running: {} }, { lastState: {} }))?.lastExit).toBeUndefined()
  })

  test('with words that are cut where they have no end', () => {
    expect(pod(etcdIs({ terminated: { exitCode: 1, message: 'x'.repeat(4096) } }))?.lastExit?.message).toHaveLength(200)
  })
})

describe('a volume', () => {
  const aVolume = (metadata: object = {}, status: object = {}, spec: object = {}) =>
    ({ metadata: { ...meta, name: 'data-demo-1', uid: 'volume-1', ...metadata }, spec, status }) as unknown as PersistentVolumeClaim

  test('is read with all its marks', () => {
    const marked = aVolume(
      {
        labels: { 'etcd-operator.dev/cluster': 'demo' },
        annotations: {
          'etcd-operator.dev/cluster-uid': 'uid-demo',
          'etcd-operator.dev/cluster-id': 'c1c1',
          'etcd-operator.dev/member-id': 'a1',
          'etcd-operator.dev/incarnation': 'inc0',
          'etcd-operator.dev/voters': 'demo-1=a1',
          'etcd-operator.dev/claim-uid': 'volume-0',
          'etcd-operator.dev/volume-name': 'pv-0',
          'etcd-operator.dev/node': 'n3',
          'volume.kubernetes.io/selected-node': 'n1',
          'etcd-operator.dev/progress': 'revision=301,applied=309,at=2026-11-21T10:00:00Z',
        },
      },
      { phase: 'Bound', capacity: { storage: '2Gi' } },
      { volumeName: 'pv-1' },
    )
    expect(volumeFacts(cluster, marked)).toEqual({
      name: 'data-demo-1',
      uid: 'volume-1',
      member: 'demo-1',
      deleting: false,
      bound: true,
      capacityBytes: 2 ** 31,
      unused: false,
      labelled: true,
      clusterUid: 'uid-demo',
      clusterId: 'c1c1',
      memberId: 'a1',
      incarnation: 'inc0',
      voters: 'demo-1=a1',
      volumeName: 'pv-1',
      lost: false,
      markedClaimUid: 'volume-0',
      markedVolumeName: 'pv-0',
      markedNode: 'n3',
      node: 'n3',
      progress: { revision: 301, applied: 309, at: Date.parse('2026-11-21T10:00:00Z') },
    })
  })

  test('of which no member has made use is where the scheduler chose it', () => {
    const annotations = { 'volume.kubernetes.io/selected-node': 'n1' }
    expect(volumeFacts(cluster, aVolume({ annotations }))).toMatchObject({ node: 'n1', markedNode: undefined })
  })

  test('whose PersistentVolume is gone is lost', () => {
    expect(volumeFacts(cluster, aVolume({}, { phase: 'Lost' }))).toMatchObject({ lost: true, bound: false })
  })

  test.each([
    'revision=301',
    'revision=-1,applied=2,at=2026-11-21T10:00:00Z',
    'revision=1,applied=2,at=yesterday',
    `revision=${'9'.repeat(99)},applied=1,at=2026-11-21T10:00:00Z`,
  ])('has no progress where its annotation says %s', (progress) => {
    expect(volumeFacts(cluster, aVolume({ annotations: { 'etcd-operator.dev/progress': progress } }))?.progress).toBeUndefined()
  })

  test('of somebody else is read as such', () => {
    expect(volumeFacts(cluster, aVolume({ labels: { 'etcd-operator.dev/cluster': 'other' } }, { phase: 'Pending' }))).toMatchObject({
      labelled: false,
      bound: false,
      clusterUid: undefined,
      memberId: undefined,
      voters: undefined,
    })
  })

  test.each([
    ['waits for its first volume', {}, true],
    ['waits for a volume that it names', { volumeName: 'pv-rescued' }, false],
    ['is to be filled from a snapshot', { dataSource: { kind: 'VolumeSnapshot', name: 's1' } }, false],
    ['is to be filled by a populator', { dataSourceRef: { kind: 'Copy', name: 'c1' } }, false],
  ])('that %s is told apart', (_, spec, unused) => {
    expect(volumeFacts(cluster, { ...aVolume({}, { phase: 'Pending' }), spec })?.unused).toBe(unused)
  })

  test('that has lost its volume had one', () => {
    expect(volumeFacts(cluster, aVolume({}, { phase: 'Lost' }))?.unused).toBe(false)
  })

  test('that is going says so', () => {
    expect(volumeFacts(cluster, aVolume({ deletionTimestamp: '2026-11-21T10:00:00Z' }))?.deleting).toBe(true)
  })

  test('is nothing to us under a name that is not a member’s', () => {
    expect(volumeFacts(cluster, aVolume({ name: 'backups' }))).toBeUndefined()
  })
})

describe('the expansion of a volume', () => {
  const resizeOf = (status: object) => {
    const claim = { metadata: { ...meta, name: 'data-demo-1', uid: 'volume-1' }, spec: {}, status } as unknown as PersistentVolumeClaim
    return volumeFacts(cluster, claim)?.resize
  }
  const condition = (type: string, message = '', status = 'True') => ({
    type,
    status,
    message,
    lastTransitionTime: '2026-11-21T10:00:00Z',
  })
  const since = Date.parse('2026-11-21T10:00:00Z')

  test.each([
    ['is under way', { conditions: [condition('Resizing', 'soon')] }, { state: 'resizing', since, message: 'soon' }],
    [
      'waits for a node, although the condition of its beginning is still there',
      { conditions: [condition('Resizing'), condition('FileSystemResizePending', 'waiting for the pod')] },
      { state: 'file-system', since, message: 'waiting for the pod' },
    ],
    [
      'waits for a node',
      { allocatedResourceStatuses: { storage: 'NodeResizePending' } },
      { state: 'file-system', since: undefined, message: '' },
    ],
    [
      'has failed and is tried again',
      { conditions: [condition('ControllerResizeError', 'no room')], allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' } },
      { state: 'resizing', since, message: 'no room' },
    ],
    [
      'can not be',
      { conditions: [condition('ControllerResizeError', 'no room')], allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' } },
      { state: 'infeasible', since, message: 'no room' },
    ],
    [
      'can not be on the node',
      { allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' } },
      { state: 'infeasible', since: undefined, message: '' },
    ],
    ['was under way', { conditions: [condition('Resizing', '', 'False')] }, undefined],
    ['is not asked for', {}, undefined],
  ])('%s', (_case, status, facts) => {
    expect(resizeOf(status)).toEqual(facts)
  })
})

describe('a refused pod', () => {
  const event = (message: string, lastTimestamp?: string, eventTime?: string) =>
    ({ metadata: { ...meta, name: 'e', uid: 'e' }, message, lastTimestamp, eventTime }) as unknown as CoreEvent
  const words = (name: string, why: string) => `create Pod ${name} in StatefulSet demo failed error: ${why}`

  test('is told by the StatefulSet controller, with its cause', () => {
    const why = 'pods "demo-1" is forbidden: exceeded quota: small, requested: pods=1'
    expect(refusalFacts([event(words('demo-1', why), '2026-11-21T10:00:00Z')])).toEqual([
      { pod: 'demo-1', message: why, at: Date.parse('2026-11-21T10:00:00Z') },
    ])
  })

  test('is told last first, by whatever time the event has', () => {
    const told = refusalFacts([
      event(words('demo-1', 'no time')),
      event(words('demo-2', 'last'), '2026-11-21T10:00:02Z'),
      event(words('demo-3', 'between'), undefined, '2026-11-21T10:00:01.000000Z'),
    ])
    expect(told.map(({ pod: name, message }) => `${name} ${message}`)).toEqual(['demo-2 last', 'demo-3 between', 'demo-1 no time'])
  })

  test('keeps a cause of several lines', () => {
    expect(refusalFacts([event(words('demo-1', 'denied:\n- no root'))])[0]?.message).toBe('denied:\n- no root')
  })

  test('is nobody’s where the words are others', () => {
    expect(refusalFacts([event('something else')])).toMatchObject([{ pod: '', message: 'something else' }])
  })
})
