import { describe, expect, test } from 'vitest'
import { wantedSettings } from '../../../../../src/model/cluster/member-settings.ts'
import { podSpecHash, templateHash } from '../../../../../src/model/cluster/revision.ts'
import { podMarks } from '../../../../../src/objects/cluster/marks.ts'
import { podTemplate } from '../../../../../src/objects/cluster/stateful-set.ts'
import { roll } from '../../../../../src/plan/cluster/change/roll.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { aCluster, now, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const three = aCluster({ version: '3.6.11' }).running()
const wished = three.withSpec({ version: '3.6.16' })
/** The StatefulSet has the template of the spec; pods of before have the revision of before. */
const taken = (view: Scene) =>
  view.withStatefulSet({
    template: templateHash(view.cluster),
    version: view.cluster.spec.version,
    podTemplate: podTemplate(view.cluster),
    updateRevision: 'rev-2',
  })
/** The member has been restarted with what the spec asks for, and serves again. */
const updated = (view: Scene, name: string, changes: object = {}) =>
  view.withAnswer(name, { version: view.cluster.spec.version }).withPod(name, {
    revision: 'rev-2',
    uid: `new pod of ${name}`,
    image: `gcr.io/etcd-development/etcd:v${view.cluster.spec.version}`,
    podSpec: podSpecHash(view.cluster),
    startedWith: wantedSettings(view),
    etcd: { state: 'running', since: now - 5_000 },
    ready: true,
    serving: true,
    ...changes,
  })
const begun = taken(wished)
const aside = begun.withPod('demo-1', { serving: false })
const first = updated(begun, 'demo-1')
const followers = updated(first, 'demo-2')
const handedOn = followers.withLeader('demo-1')

/** The same where spec.image.tag names the image. */
const tagged = (view: Scene) => {
  const scene = taken(view.withSpec({ image: { ...view.cluster.spec.image, tag: 'ours' } }))
  return scene.withPod('demo-1', { image: 'gcr.io/etcd-development/etcd:ours', podSpec: podSpecHash(scene.cluster) })
}

describe('roll', () => {
  decides(roll, {
    'has nothing to do where all run what they should': [three],
    'first gives the StatefulSet its template': [wished, 'UpdateTemplate'],
    'waits until the controller has seen it': [begun.withStatefulSet({ current: false }), 'wait Rolling'],
    'takes a follower out of the client Service': [begun, 'StopServing demo-1'],
    'restarts it then': [aside, 'DeletePod demo-1'],
    'waits until no new client is sent there': [aside.remembering({ outSince: new Map() }), 'wait MemberStopping demo-1'],
    'waits until it terminates': [aside.withPod('demo-1', { endsBy: now + 30_000 }), 'wait Rolling demo-1'],
    'waits until it starts': [updated(aside, 'demo-1', { ready: false, createdAt: now }).silent('demo-1'), 'wait Rolling demo-1'],
    'waits until it is ready': [updated(begun, 'demo-1', { ready: false }), 'wait Rolling demo-1'],
    'waits until it has caught up': [updated(begun, 'demo-1').withAnswer('demo-1', { raftAppliedIndex: 4949 }), 'wait Rolling demo-1'],
    'goes on beside a member that has run for long and seems to lack what was written just now': [
      begun.withAnswer('demo-2', { raftAppliedIndex: 4000 }),
      'StopServing demo-1',
    ],
    'waits until clients are sent there again': [updated(begun, 'demo-1', { serving: false }), 'wait Rolling demo-1'],
    'goes on with the next follower': [first, 'StopServing demo-2'],
    'moves the leadership last, while clients are sent to the leader, to a restarted member': [followers, 'MoveLeader demo-0 to demo-1'],
    'then takes the old leader out of the Service': [handedOn, 'StopServing demo-0'],
    'restarts it as the last': [handedOn.withPod('demo-0', { serving: false }), 'DeletePod demo-0'],
    'waits for the last': [
      handedOn.withStatus({ rollout: { updated: 2, total: 3, what: 'version 3.6.11 -> 3.6.16' } }).withoutPod('demo-0'),
      'wait Rolling demo-0',
    ],
    'has nothing left to do then': [updated(handedOn, 'demo-0')],
    'moves the leadership to nobody who is behind': [
      followers.withAnswer('demo-1', { raftAppliedIndex: 10 }).withAnswer('demo-2', { raftAppliedIndex: 10 }),
      'wait Rolling demo-1',
    ],
    'moves it to nobody who is silent': [followers.silent('demo-1'), 'wait MemberUnhealthy demo-1'],
    'does nothing while a voter is silent': [begun.silent('demo-2'), 'wait MemberUnhealthy demo-2'],
    'does not begin while a voter is silent': [wished.silent('demo-2'), 'wait MemberUnhealthy demo-2'],
    'does not begin while a pod is not ready': [wished.withPod('demo-2', { ready: false }), 'wait Rolling demo-2'],
    'stands at the member that can not start': [
      updated(aside, 'demo-1', { ready: false, etcd: { state: 'waiting', reason: 'ImagePullBackOff', message: 'no such image' } }).silent(
        'demo-1',
      ),
      'wait ImagePullFailed demo-1',
    ],
    'stands at the member that says it runs another version': [
      first.withAnswer('demo-1', { version: '3.6.11' }),
      'block OtherVersionRuns demo-1',
    ],
    'and at the member whose image of a tag holds another minor version': [
      tagged(first.withAnswer('demo-1', { version: '3.7.3' })),
      'block OtherVersionRuns demo-1',
    ],
    'and goes on where a tag holds another release': [tagged(first.withAnswer('demo-1', { version: '3.6.11' })), 'StopServing demo-2'],
    'lets a learner join first': [begun.withLearner('demo-3')],
    'lets a member leave first': [begun.resized(1)],
    'does nothing beside two voters': [taken(aCluster({ version: '3.6.11' }).running(2).withSpec({ version: '3.6.16' }))],
    'does nothing while a member is defragmented': [begun.inLongStep('Defragment', 'demo-2')],
    'does nothing while a volume is being deleted': [begun.withVolume('demo-2', { deleting: true })],
    'does nothing while the list is not known': [begun.withoutMajority()],
    'gives nobody another version while the space is used up': [
      begun.withDatabases(60 * 2 ** 20, 60 * 2 ** 20, ['demo-1']),
      'wait NoSpace demo-1',
    ],
    'restarts the only member': [
      taken(aCluster({ version: '3.6.11', size: 1 }).running().withSpec({ version: '3.6.16' })),
      'DeletePod demo-0',
    ],
    'goes back to the version of before while one runs it': [
      taken(updated(begun, 'demo-1', { revision: 'rev-B' }).withSpec({ version: '3.6.11' })),
      'StopServing demo-1',
    ],
    'takes up a label without restarting anybody': [
      three.withSpec({ pod: { ...three.cluster.spec.pod, labels: { team: 'a' } } }),
      'UpdateTemplate',
    ],
    'takes up nothing that the pod in the place of the only one would start with, without its turn': [
      aCluster({ size: 1 })
        .running()
        .withSpec({ pod: { ...three.cluster.spec.pod, nodeSelector: { disk: 'fast' } } })
        .outsideWindow()
        .withPod('demo-0', { endsBy: now + 30_000 }),
    ],
    'notes first what the pods were started with': [wished.withPod('demo-1', { podSpec: undefined }), 'wait Rolling'],
    'has nothing to compare without a StatefulSet': [wished.with({ statefulSet: { state: 'absent' } })],
  })
})

describe('a change of the settings of etcd', () => {
  const changed = taken(three.withSpec({ etcd: { ...three.cluster.spec.etcd, snapshotCount: 20_000 } }))
  const written = changed.withConfig('demo-1', { settings: wantedSettings(changed) })
  const out = (view: Scene, name: string) => view.withPod(name, { serving: false })
  const justOut = out(changed, 'demo-1').remembering({ outSince: new Map() })
  const next = updated(written, 'demo-1')
  decides(roll, {
    'takes the first member out of the Service in its turn': [changed, 'StopServing demo-1'],
    "is written into that member's config while the Service takes its moment": [justOut, 'WriteConfig demo-1=established'],
    'and restarts that member': [out(written, 'demo-1'), 'DeletePod demo-1'],
    'and goes on with the next one when that one serves again': [next, 'StopServing demo-2'],
    'whose config is written then': [out(next, 'demo-2'), 'WriteConfig demo-2=established'],
  })
})

test('says how far it is, and what it changes', () => {
  const says = (view: Scene) => {
    const decision = planCluster(view)
    return decision.kind === 'steady' ? undefined : decision.message
  }
  expect(says(wished)).toBe('0 of 3 members updated: version 3.6.11 -> 3.6.16; updating the StatefulSet')
  expect(says(aside.remembering({ outSince: new Map() }))).toBe(
    '0 of 3 members updated: version 3.6.11 -> 3.6.16; no new client is sent to demo-1, which is restarted in a moment',
  )
  expect(says(first)).toBe('1 of 3 members updated: version 3.6.11 -> 3.6.16; taking demo-2 out of the client Service')
  expect(says(followers)).toBe('2 of 3 members updated: version 3.6.11 -> 3.6.16; moving the leadership from demo-0 to demo-1')
  const status = statusOf(followers, planCluster(followers))
  expect(status.rollout).toEqual({ updated: 2, total: 3, what: 'version 3.6.11 -> 3.6.16' })
  expect(status.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({ status: 'True', reason: 'Rolling' })
  const resources = three.withSpec({ pod: { ...three.cluster.spec.pod, resources: { requests: { cpu: '2', memory: '128Mi' } } } })
  expect(says(resources)).toContain('0 of 3 members updated: spec.pod.resources.requests.cpu')
})

describe('marks on pods', () => {
  const marks = (view: Scene) => Object.fromEntries(podMarks(view).map(({ name, labels, annotations }) => [name, { labels, annotations }]))
  const pod = three.cluster.spec.pod

  test('the member that is restarted next does not get the label for clients back', () => {
    expect(marks(aside)).toEqual({})
    expect(marks(aside.silent('demo-2'))).toEqual({ 'demo-1': { labels: { 'etcd-operator.dev/serving': 'true' }, annotations: {} } })
  })

  test('a label of the spec is written onto living pods', () => {
    const labels = { team: 'a' }
    expect(marks(three.withSpec({ pod: { ...pod, labels, annotations: { note: 'b' } } }))['demo-1']).toEqual({
      labels,
      annotations: { note: 'b' },
    })
  })

  test('a label that the spec does not ask for any more is removed, and no other one', () => {
    const before = aCluster({ pod: { labels: { team: 'a' } } }).running()
    const view = before.withSpec({ pod }).withPod('demo-1', { labels: { ...before.pods[1]?.labels, other: 'c' } })
    expect(marks(view)['demo-1']).toEqual({ labels: { team: null }, annotations: {} })
  })

  test("a label that the StatefulSet's controller sets is left to it", () => {
    const labels = { 'controller-revision-hash': 'mine', 'statefulset.kubernetes.io/pod-name': 'x', 'apps.kubernetes.io/pod-index': '7' }
    expect(marks(three.withSpec({ pod: { ...pod, labels } }))).toEqual({})
  })

  test('a new pod is marked with what it was started with', () => {
    expect(marks(three.withPod('demo-1', { startedWith: undefined }))).toEqual({
      'demo-1': { labels: {}, annotations: { 'etcd-operator.dev/started-with': wantedSettings(three) } },
    })
  })

  test('a pod of an earlier version of the operator runs what the spec asks for, unless that was changed since', () => {
    const older = three.withPod('demo-1', { podSpec: undefined })
    expect(marks(older)['demo-1']?.annotations).toEqual({ 'etcd-operator.dev/pod-spec': podSpecHash(three.cluster) })
    expect(marks(older.withSpec({ version: '3.6.16' }))['demo-1']?.annotations).toEqual({ 'etcd-operator.dev/pod-spec': 'earlier' })
  })
})

describe('a file system that waits for a restart', () => {
  const old = (view: Scene, name: string) => view.withPod(name, { createdAt: now - 3_600_000 })
  const pending = { state: 'file-system', since: now - 600_000, message: '' } as const
  const waiting = ['demo-0', 'demo-1', 'demo-2'].reduce((view: Scene, name) => old(view, name).withVolume(name, { resize: pending }), three)

  decides(planCluster, {
    'lets its member be restarted in its turn': [waiting, 'StopServing demo-1'],
    'the leader last': [
      waiting.withPod('demo-1', { createdAt: now - 60_000 }).withPod('demo-2', { createdAt: now - 60_000 }),
      'MoveLeader demo-0 to demo-1',
    ],
    'waits while another member is away': [waiting.silent('demo-2'), 'wait MemberUnhealthy demo-2'],
    'lets a pod that does not run be replaced at once': [waiting.crashed('demo-1', 'volume-full'), 'DeletePod demo-1'],
    'also without a majority': [
      waiting.crashed('demo-1', 'volume-full').crashed('demo-2', 'volume-full').withoutMajority(),
      'DeletePod demo-1',
    ],
    'is done once for each pod': [
      ['demo-0', 'demo-1', 'demo-2'].reduce((view: Scene, name) => view.withPod(name, { createdAt: now - 60_000 }), waiting),
      'steady',
    ],
  })

  test('is named in the rollout', () => {
    expect(statusOf(waiting, planCluster(waiting)).rollout).toMatchObject({
      updated: 0,
      total: 3,
      what: expect.stringContaining('file system of data-demo-1'),
    })
  })
})
