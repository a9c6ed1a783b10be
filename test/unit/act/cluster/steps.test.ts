import { describe, expect, test } from 'vitest'
import { besidePasses } from '../../../../src/act/cluster/beside-passes.ts'
import { perform, rememberRefused } from '../../../../src/act/cluster/steps.ts'
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../../../src/adapters/kube/kinds.ts'
import type { EndedStep } from '../../../../src/model/cluster/long-steps.ts'
import { podTemplate } from '../../../../src/objects/cluster/stateful-set.ts'
import { readMemberConfig } from '../../../../src/objects/etcd-config/config-file.ts'
import { ClusterMemory } from '../../../../src/observe/cluster/memory.ts'
import type { Observation } from '../../../../src/observe/cluster/observe.ts'
import type { Step } from '../../../../src/plan/cluster/step.ts'
import { systemClock } from '../../../../src/runtime/clock.ts'
import { aCluster, idOf, type Scene } from '../../../builders/a-cluster.ts'
import { fakeEtcd } from '../fake-etcd.ts'
import { fakeKube, type Stored } from '../fake-kube.ts'

const three = aCluster().running()
const peerUrl = (name: string) => `http://${name}.demo-peers.ns.svc:2380`

const cluster: Stored = { metadata: { name: 'demo', uid: 'uid-demo', resourceVersion: '1' } }
const set: Stored = { metadata: { name: 'demo', uid: 'uid-set', resourceVersion: '1' }, spec: { replicas: 3 } }
const configMap: Stored = { metadata: { name: 'demo-members', uid: 'uid-config', resourceVersion: '1' }, data: { 'demo-2.yaml': 'old' } }
const pod: Stored = {
  metadata: { name: 'demo-2', uid: 'pod-demo-2', resourceVersion: '7', labels: { 'etcd-operator.dev/serving': 'true', other: 'label' } },
}
const volume: Stored = { metadata: { name: 'data-demo-2', uid: 'volume-demo-2', resourceVersion: '8' } }
const all = {
  'etcdclusters/demo': cluster,
  'statefulsets/demo': set,
  'configmaps/demo-members': configMap,
  'pods/demo-2': pod,
  'persistentvolumeclaims/data-demo-2': volume,
}

/** What was seen live; the objects are as they are stored above. */
function observed(view: Scene, statefulSet = set): Observation {
  return {
    view,
    objects: {
      cluster: view.cluster,
      statefulSet: statefulSet as unknown as StatefulSet,
      configMap: undefined,
      clientService: undefined,
      peerService: undefined,
      budget: undefined,
      networkPolicy: undefined,
      pods: [pod as unknown as Pod],
      volumes: [volume as unknown as PersistentVolumeClaim],
      refusals: [],
      warnings: new Map(),
      storageClass: view.storageClass,
      storageClasses: [],
      expandable: view.expandable,
    },
  }
}

/** A world to act on: the objects above or others, and etcd at its leader's address. */
function world(stored: Readonly<Record<string, Stored>> = all) {
  const rows = Object.fromEntries(
    ['demo-0', 'demo-1', 'demo-2'].map((name) => [idOf(name), { peerUrl: peerUrl(name), isLearner: name === 'demo-2' }]),
  )
  const { kube, objects, demanded, forced } = fakeKube(stored)
  const { etcd, members, database, refuses, alarms, leader, target } = fakeEtcd('http://10.0.0.1:2379', rows, idOf('demo-0'))
  const memory = new ClusterMemory()
  const ended: EndedStep[] = []
  const begin = besidePasses({ memory, etcd, clock: systemClock, ended: (step) => void ended.push(step) })
  const take = (step: Step, view: Scene = three, statefulSet = set) =>
    perform({ kube, live: kube, etcd, ...observed(view, statefulSet), signal: new AbortController().signal, begin }, step.do, step)
  return { take, objects, demanded, forced, members, alarms, leader, target, database, refuses, memory, ended }
}

const freeze: Step = { do: 'FreezeBootstrap', size: 3, token: 'demo-uid-demo-0', incarnation: 'inc0', begins: { as: 'new' } }
const pin: Step = { do: 'PinCluster', clusterId: 'c1c1' }
const writeConfig: Step = {
  do: 'WriteConfig',
  write: { 'demo-0': { state: 'established' }, 'demo-3': { state: 'joining', members: ['demo-0', 'demo-3'] } },
  remove: ['demo-2'],
}
const setReplicas = { do: 'SetReplicas', uid: 'uid-set', replicas: 2, member: 'demo-2' } as const
const updateTemplate: Step = { do: 'UpdateTemplate', uid: 'uid-set', template: 'abc' }
const stopServing: Step = { do: 'StopServing', member: 'demo-2', uid: 'pod-demo-2' }
const deletePod: Step = { do: 'DeletePod', member: 'demo-2', uid: 'pod-demo-2' }
const forceDelete: Step = { do: 'DeletePod', member: 'demo-2', uid: 'pod-demo-2', force: true }
const deleteVolume: Step = { do: 'DeleteVolume', member: 'demo-2', volume: 'data-demo-2', uid: 'volume-demo-2' }

describe('the beginning', () => {
  test('is frozen in the status', async () => {
    const { take, objects } = world()
    await take(freeze)
    expect(objects.get('etcdclusters/demo')?.status).toEqual({
      bootstrap: { size: 3, token: 'demo-uid-demo-0', incarnation: 'inc0' },
      logsFrom: '3.6',
    })
  })

  test('is frozen with the mode of TLS with which it begins', async () => {
    const { take, objects } = world()
    await take({ ...freeze, tls: 'Required' })
    expect(objects.get('etcdclusters/demo')?.status).toMatchObject({ bootstrap: { tls: 'Required' } })
  })

  test('is frozen together with the cluster that is adopted', async () => {
    const { take, objects } = world()
    await take({ ...freeze, begins: { as: 'adopted', members: ['demo-0', 'demo-2'], clusterId: 'c0' } })
    expect(objects.get('etcdclusters/demo')?.status).toMatchObject({ bootstrap: { adopted: ['demo-0', 'demo-2'] }, clusterID: 'c0' })
  })

  test('ends with the cluster ID in the status, beside what stands there', async () => {
    const { take, objects } = world({ ...all, 'etcdclusters/demo': { ...cluster, status: { ready: '0/3' } } })
    await take(pin)
    expect(objects.get('etcdclusters/demo')?.status).toEqual({ ready: '0/3', clusterID: 'c1c1' })
  })
})

describe('the members’ configs', () => {
  test('are written and removed by name, and others stay', async () => {
    const { take, objects } = world({
      ...all,
      'configmaps/demo-members': { ...configMap, data: { 'demo-1.yaml': 'stays', 'demo-2.yaml': 'x' } },
    })
    await take(writeConfig)
    const data = objects.get('configmaps/demo-members')?.data as Record<string, string>
    expect(Object.keys(data).toSorted()).toEqual(['demo-0.yaml', 'demo-1.yaml', 'demo-3.yaml'])
    expect(data['demo-1.yaml']).toBe('stays')
    expect(readMemberConfig(data['demo-0.yaml'] ?? '').state).toBe('established')
    expect(readMemberConfig(data['demo-3.yaml'] ?? '')).toMatchObject({ state: 'joining', token: 'demo-uid-demo-0' })
  })

  test('get a ConfigMap when there is none', async () => {
    const { take, objects } = world({})
    await take(writeConfig, three.with({ config: { state: 'absent' } }))
    const made = objects.get('configmaps/demo-members')
    expect(Object.keys(made?.data as object).toSorted()).toEqual(['demo-0.yaml', 'demo-3.yaml'])
    expect(made?.metadata.ownerReferences).toEqual([expect.objectContaining({ uid: 'uid-demo' })])
  })

  test('never go into a ConfigMap that somebody else made meanwhile', async () => {
    const { take, objects } = world()
    await expect(take(writeConfig, three.with({ config: { state: 'absent' } }))).rejects.toMatchObject({ kind: 'conflict' })
    expect(objects.get('configmaps/demo-members')).toEqual(configMap)
  })
})

describe('the StatefulSet', () => {
  test('is created with its replicas', async () => {
    const { take, objects } = world({})
    await take({ do: 'CreateStatefulSet', replicas: 3 })
    expect(objects.get('statefulsets/demo')).toMatchObject({ spec: { replicas: 3, updateStrategy: { type: 'OnDelete' } } })
  })

  test('is not created over another', async () => {
    const { take, objects } = world()
    await expect(take({ do: 'CreateStatefulSet', replicas: 3 })).rejects.toMatchObject({ kind: 'conflict' })
    expect(objects.get('statefulsets/demo')).toEqual(set)
  })

  test('gets its replicas', async () => {
    const { take, objects } = world()
    await take(setReplicas)
    expect(objects.get('statefulsets/demo')?.spec).toEqual({ replicas: 2 })
  })

  test.each<Step>([
    { do: 'SetReplicas', uid: 'uid-set', replicas: 15, member: 'demo-14' },
    { do: 'CreateStatefulSet', replicas: 1_000_000 },
  ])('is never asked for more pods than twice the largest cluster has: $do', async (step) => {
    const { take, objects } = world(step.do === 'CreateStatefulSet' ? {} : all)
    await expect(take(step)).rejects.toMatchObject({ kind: 'bug', message: expect.stringContaining('never has more than 14') })
    expect(objects.get('statefulsets/demo')).toEqual(step.do === 'CreateStatefulSet' ? undefined : set)
  })

  test('may have as many pods as a cluster of seven of which every member is exchanged', async () => {
    const { take, objects } = world()
    await take({ ...setReplicas, replicas: 14, member: 'demo-13' })
    expect(objects.get('statefulsets/demo')?.spec).toEqual({ replicas: 14 })
  })

  test('gets the wished template, and nothing of the old one stays', async () => {
    const old = {
      metadata: { labels: { gone: 'x' }, annotations: { gone: 'x' } },
      spec: { nodeSelector: { gone: 'x' }, hostNetwork: true, containers: [{ name: 'etcd', image: 'old', env: [{ name: 'GONE' }] }] },
    }
    const carrying = { ...set, spec: { replicas: 3, template: old } }
    const { take, objects } = world({ ...all, 'statefulsets/demo': carrying })
    await take(updateTemplate, three, carrying)
    const after = objects.get('statefulsets/demo')
    expect(after?.spec).toEqual({ replicas: 3, template: podTemplate(three.cluster) })
    expect(after?.metadata.annotations).toEqual({ 'etcd-operator.dev/template': 'abc', 'etcd-operator.dev/version': '3.6.16' })
  })
})

describe('of pods and volumes', () => {
  test('one is taken out of the Service by its label alone', async () => {
    const { take, objects } = world()
    await take(stopServing)
    expect(objects.get('pods/demo-2')?.metadata.labels).toEqual({ other: 'label' })
  })

  test('one is deleted', async () => {
    const { take, objects } = world()
    await take(deletePod)
    expect(objects.has('pods/demo-2')).toBe(false)
    await take(deleteVolume)
    expect(objects.has('persistentvolumeclaims/data-demo-2')).toBe(false)
  })

  test('a pod is deleted without its kubelet only where the step says so', async () => {
    const { take, forced } = world()
    await take(deletePod)
    expect(forced).toEqual([])
    const again = world()
    await again.take(forceDelete)
    expect(again.forced).toEqual(['demo-2'])
  })
})

describe('a larger volume', () => {
  const growVolume: Step = { do: 'GrowVolume', member: 'demo-2', volume: 'data-demo-2', uid: 'volume-demo-2', size: '2Gi' }
  const larger = three.withSpec({ storage: { ...three.cluster.spec.storage, size: '2Gi' } })

  test('is asked for by its claim, which says what it was asked for', async () => {
    const { take, objects } = world()
    await take(growVolume, larger)
    expect(objects.get('persistentvolumeclaims/data-demo-2')).toMatchObject({
      metadata: { annotations: { 'etcd-operator.dev/storage': 'size=2Gi,class=' } },
      spec: { resources: { requests: { storage: '2Gi' } } },
    })
  })

  test('is not asked for by another claim of that name', async () => {
    const other = { ...volume, metadata: { ...volume.metadata, uid: 'another' } }
    const { take, objects } = world({ ...all, 'persistentvolumeclaims/data-demo-2': other })
    await expect(take(growVolume, larger)).rejects.toMatchObject({ kind: 'conflict' })
    expect(objects.get('persistentvolumeclaims/data-demo-2')).toEqual(other)
  })

  test.each(['RequestRejected', 'QuotaExceeded', 'MissingPermission'] as const)(
    'that is refused (%s) is remembered with the words',
    (reason) => {
      const memory = new ClusterMemory()
      rememberRefused(memory, 'GrowVolume', growVolume, { reason, message: 'no' }, 7)
      expect(memory.snapshot().growthRefusals).toEqual(new Map([['volume-demo-2', { reason, message: 'no', bytes: 2 ** 31, at: 7 }]]))
      memory.forgetFailures()
      expect(memory.snapshot().growthRefusals.size).toBe(0)
    },
  )

  test('that an API server gave no answer about was not refused', () => {
    const memory = new ClusterMemory()
    rememberRefused(memory, 'GrowVolume', growVolume, { reason: 'NotAnswered', message: 'timeout' }, 7)
    expect(memory.snapshot().growthRefusals.size).toBe(0)
  })
})

describe('every write names the very object that was seen', () => {
  const writes: readonly (readonly [Step['do'], Step, string])[] = [
    ['FreezeBootstrap', freeze, 'etcdclusters/demo'],
    ['PinCluster', pin, 'etcdclusters/demo'],
    ['WriteConfig', writeConfig, 'configmaps/demo-members'],
    ['SetReplicas', setReplicas, 'statefulsets/demo'],
    ['UpdateTemplate', updateTemplate, 'statefulsets/demo'],
    ['DeletePod', deletePod, 'pods/demo-2'],
    ['DeletePod', forceDelete, 'pods/demo-2'],
    ['DeleteVolume', deleteVolume, 'persistentvolumeclaims/data-demo-2'],
  ]

  test.each(writes)('%s, by its uid and resourceVersion', async (_, step, key) => {
    const { take, demanded, objects } = world()
    const { uid, resourceVersion } = objects.get(key)?.metadata ?? {}
    await take(step)
    expect(demanded).toEqual([{ uid, resourceVersion }])
  })

  test.each(writes)('%s, and spares one that has changed since', async (_, step, key) => {
    const seen = Object.entries(all).find(([name]) => name === key)?.[1] ?? cluster
    const changed = { ...seen, metadata: { ...seen.metadata, resourceVersion: '99' } }
    const { take, objects } = world({ ...all, [key]: changed })
    await expect(take(step)).rejects.toMatchObject({ kind: 'conflict' })
    expect(objects.get(key)).toEqual(changed)
  })

  test.each([...writes, ['StopServing', stopServing, 'pods/demo-2'] as const])(
    '%s, and spares another in its place',
    async (_, step, key) => {
      const seen = Object.entries(all).find(([name]) => name === key)?.[1] ?? cluster
      const another = { ...seen, metadata: { ...seen.metadata, uid: 'another' } }
      const { take, objects } = world({ ...all, [key]: another })
      await expect(take(step)).rejects.toMatchObject({ kind: 'conflict' })
      expect(objects.get(key)).toEqual(another)
    },
  )

  test('StopServing by its uid: the kubelet changes a pod all the time, and the label may go from any state of it', async () => {
    const { take, demanded } = world()
    await take(stopServing)
    expect(demanded).toEqual([{ uid: 'pod-demo-2', resourceVersion: undefined }])
  })
})

describe('membership', () => {
  test('has another URL of a voter, and never of a learner, which the change would promote', async () => {
    const { take, members } = world()
    const url = peerUrl('demo-1').replace('http:', 'https:')
    await take({ do: 'UpdatePeerUrl', member: 'demo-1', id: idOf('demo-1'), peerUrl: url })
    expect(members.get(idOf('demo-1'))).toEqual({ peerUrl: url, isLearner: false })
    const learner = three.withMember('demo-2', { isLearner: true })
    await expect(take({ do: 'UpdatePeerUrl', member: 'demo-2', id: idOf('demo-2'), peerUrl: url }, learner)).rejects.toMatchObject({
      kind: 'conflict',
    })
  })

  const addLearner: Step = { do: 'AddLearner', member: 'demo-3', peerUrl: peerUrl('demo-3') }

  test('gets a learner', async () => {
    const { take, members } = world()
    await take(addLearner)
    expect([...members.values()]).toContainEqual({ peerUrl: peerUrl('demo-3'), isLearner: true })
  })

  test('adopts a member with this peer URL that an earlier try has added', async () => {
    const { take, members } = world()
    await take(addLearner)
    await take(addLearner)
    expect([...members.values()].filter((row) => row.peerUrl === peerUrl('demo-3'))).toHaveLength(1)
  })

  test('gets a voter', async () => {
    const { take, members } = world()
    await take({ do: 'PromoteLearner', member: 'demo-2', id: idOf('demo-2') })
    expect(members.get(idOf('demo-2'))?.isLearner).toBe(false)
  })

  test('does not take "no such member" for a promotion', async () => {
    const { take } = world()
    await expect(take({ do: 'PromoteLearner', member: 'demo-9', id: 'dead' })).rejects.toMatchObject({ kind: 'not-found' })
  })

  test('loses a member by its ID', async () => {
    const { take, members } = world()
    await take({ do: 'RemoveMember', member: 'demo-2', id: idOf('demo-2'), failedToJoin: false })
    expect([...members.keys()]).toEqual([idOf('demo-0'), idOf('demo-1')])
  })

  test('loses the NOSPACE alarms that it has from its snapshot, whoever raised them, and no other', async () => {
    const { take, alarms } = world()
    alarms.push({ memberId: 'dead', alarm: 'NOSPACE' }, { memberId: 'dead', alarm: 'CORRUPT' }, { memberId: 'beef', alarm: 'NOSPACE' })
    await take({ do: 'DisarmNoSpace', member: 'demo-0', id: idOf('demo-0') })
    expect(alarms).toEqual([{ memberId: 'dead', alarm: 'CORRUPT' }])
    await expect(take({ do: 'DisarmNoSpace', member: 'demo-0', id: 'another' })).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('loses each named entry of the CORRUPT alarm, that of no member too, and no other', async () => {
    const { take, alarms } = world()
    const named = ['0', 'dead', 'new'].map((memberId) => ({ memberId, alarm: 'CORRUPT' }) as const)
    alarms.push(...named, { memberId: 'dead', alarm: 'NOSPACE' })
    const step = { do: 'DisarmCorrupt', member: 'demo-0', entries: ['0', 'dead'] } as const
    await expect(take({ ...step, id: 'another' })).rejects.toMatchObject({ kind: 'conflict' })
    await take({ ...step, id: idOf('demo-0') })
    expect(alarms).toEqual([named[2], { memberId: 'dead', alarm: 'NOSPACE' }])
  })

  test('is allowed to go back, and forbidden again, by the very member that the step names', async () => {
    const { take, target } = world()
    const enable = { do: 'EnableDowngrade', member: 'demo-0', target: '3.6.0' } as const
    await expect(take({ ...enable, id: 'another' })).rejects.toMatchObject({ kind: 'conflict' })
    await expect(take({ ...enable, member: 'demo-1', id: idOf('demo-1') })).rejects.toMatchObject({ kind: 'unavailable' })
    expect(target()).toBeUndefined()
    await take({ ...enable, id: idOf('demo-0') })
    expect(target()).toBe('3.6.0')
    await expect(take({ do: 'CancelDowngrade', member: 'demo-0', id: 'another' })).rejects.toMatchObject({ kind: 'conflict' })
    await take({ do: 'CancelDowngrade', member: 'demo-0', id: idOf('demo-0') })
    expect(target()).toBeUndefined()
  })

  test('has its snapshots noted in the status, by compare-and-swap', async () => {
    const { take, objects } = world({ ...all, 'etcdclusters/demo': { ...cluster, status: { ready: '3/3' } } })
    await take({ do: 'NoteSnapshots', logsFrom: '3.6' })
    expect(objects.get('etcdclusters/demo')?.status).toEqual({ ready: '3/3', logsFrom: '3.6' })
    const changed = world({ ...all, 'etcdclusters/demo': { metadata: { ...cluster.metadata, resourceVersion: '2' } } })
    await expect(changed.take({ do: 'NoteSnapshots', logsFrom: '3.6' })).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('has what came of a wish noted in the status beside another wish, by compare-and-swap', async () => {
    const other = { value: 'today', state: 'Done', since: '2026-11-21T09:00:00Z' }
    const { take, objects } = world({ ...all, 'etcdclusters/demo': { ...cluster, status: { wishes: { defragment: other } } } })
    const step = { do: 'NoteWish', kind: 'moveLeader', mark: 'demo-1', state: 'Done', message: 'demo-1 leads' } as const
    await take(step)
    const moveLeader = { value: 'demo-1', state: 'Done', message: 'demo-1 leads', since: '2026-11-21T10:00:00Z' }
    expect(objects.get('etcdclusters/demo')?.status).toEqual({ wishes: { defragment: other, moveLeader } })
    const changed = world({ ...all, 'etcdclusters/demo': { metadata: { ...cluster.metadata, resourceVersion: '2' } } })
    await expect(changed.take(step)).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('is backed up before its version changes, once however often that is asked', async () => {
    const { take, objects } = world()
    const step = { do: 'CreateBackup', name: 'demo-abc', storage: { volume: { claimName: 'backups' } } } as const
    await take(step)
    await take(step)
    expect(objects.get('etcdbackups/demo-abc')?.spec).toEqual({
      cluster: 'demo',
      storage: step.storage,
      deletionPolicy: 'Retain',
      timeout: '30m',
    })
  })

  test('gets another leader', async () => {
    const { take, leader } = world()
    await take({ do: 'MoveLeader', member: 'demo-0', id: idOf('demo-0'), to: 'demo-1', toId: idOf('demo-1') })
    expect(leader()).toBe(idOf('demo-1'))
  })

  test.each([
    ['nobody leads', three.withLeader(undefined)],
    ['the leader’s pod is gone', three.withoutPod('demo-0').withAnswer('demo-1')],
    ['the leader’s pod has no address', three.withPod('demo-0', { ip: undefined })],
  ])('stays as it is while %s', async (_, view) => {
    const { take, members } = world()
    await expect(take(addLearner, view)).rejects.toMatchObject({ kind: 'unavailable', message: 'no leader can be reached' })
    expect(members.size).toBe(3)
  })

  test('is changed through the leader, whoever that is', async () => {
    const { take } = world()
    await expect(take(addLearner, three.withLeader('demo-1'))).rejects.toMatchObject({ message: 'http://10.0.0.2:2379 refused' })
  })
})

describe('a step of minutes', () => {
  const leader = { member: 'demo-0', id: idOf('demo-0') }

  test('is only begun, is remembered while it goes on, and ends with what it has won', async () => {
    const { take, memory, ended, database } = world()
    await take({ do: 'Compact', ...leader, revision: 400 })
    expect(memory.longStep).toMatchObject({ do: 'Compact', member: 'demo-0', revision: 400, bytesBefore: 1000 })
    expect(ended).toEqual([])
    await expect.poll(() => ended).toMatchObject([{ do: 'Compact', after: { bytes: 1000, bytesInUse: 600 }, failure: undefined }])
    expect(memory.longStep).toBeUndefined()

    await take({ do: 'Defragment', ...leader })
    await expect.poll(() => ended.length).toBe(2)
    expect(memory.snapshot().ended.get(`Defragment ${leader.id}`)).toMatchObject({ bytesBefore: 1000, after: { bytes: 600 } })
    expect(database.dbSize).toBe(600)
  })

  test('is not begun a second time, by whatever pass, while one goes on', async () => {
    const { take, ended } = world()
    await take({ do: 'Defragment', ...leader })
    await expect(take({ do: 'Compact', ...leader, revision: 1 })).rejects.toMatchObject({ kind: 'conflict' })
    await expect.poll(() => ended).toMatchObject([{ do: 'Defragment' }])
  })

  test('is not begun on another member that has the address by now', async () => {
    const { take, memory } = world()
    await expect(take({ do: 'Defragment', member: 'demo-0', id: 'another' })).rejects.toMatchObject({ kind: 'conflict' })
    expect(memory.longStep).toBeUndefined()
  })

  test('that fails is remembered with its cause', async () => {
    const { take, ended, refuses, memory } = world()
    refuses.defragment = 'no space left on device'
    await take({ do: 'Defragment', ...leader })
    await expect.poll(() => ended).toMatchObject([{ failure: 'no space left on device', after: { bytes: 1000 } }])
    expect(memory.longStep).toBeUndefined()
  })
})
