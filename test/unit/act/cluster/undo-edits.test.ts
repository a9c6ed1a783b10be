import { describe, expect, test } from 'vitest'
import { undoEdits } from '../../../../src/act/cluster/undo-edits.ts'
import type { KubeObject } from '../../../../src/adapters/kube/object.ts'
import { clientService, peerService } from '../../../../src/objects/cluster/services.ts'
import { podTemplate, statefulSet } from '../../../../src/objects/cluster/stateful-set.ts'
import { configMap } from '../../../../src/objects/etcd-config/member-config.ts'
import type { ClusterObjects } from '../../../../src/observe/cluster/objects.ts'
import { aCluster, anEtcdCluster, type Scene } from '../../../builders/a-cluster.ts'
import { fakeKube, type Stored } from '../fake-kube.ts'

const ours = { state: 'ours', uid: 'u', resourceVersion: '1', deleting: false, value: undefined } as const
const three = aCluster()
  .running()
  .withCurrentConfigs()
  .with({ others: ['demo', 'demo-peers'].map((name) => ({ kind: 'Service', name, object: ours })) })

type Changes = Readonly<Record<string, object>>

/** The objects of this cluster as they are stored, with what somebody has changed of them. */
function world(view: Scene, changes: Changes = {}) {
  const files = [...(view.config.state === 'ours' ? view.config.value.members : [])].map(([name, { text }]) => [`${name}.yaml`, text])
  const made = {
    'statefulsets/demo': statefulSet(three, 3),
    'configmaps/demo-members': configMap(view.cluster, Object.fromEntries(files)),
    'services/demo': clientService(view.cluster, true),
    'services/demo-peers': peerService(view.cluster),
  }
  const stored = Object.fromEntries(
    Object.entries(made).map(([key, manifest]): [string, Stored] => {
      const metadata = { ...manifest.metadata, uid: `uid of ${key}`, resourceVersion: '1' }
      return [key, { ...manifest, ...changes[key], metadata }]
    }),
  )
  const fake = fakeKube(stored)
  const seen = (key: string) => stored[key] as unknown as KubeObject | undefined
  const objects = {
    statefulSet: seen('statefulsets/demo'),
    configMap: seen('configmaps/demo-members'),
    clientService: seen('services/demo'),
    peerService: seen('services/demo-peers'),
  } as unknown as ClusterObjects // Those that are compared.
  const writes = undoEdits({ view, objects })
  const send = async () => {
    for (const write of writes) expect(write.remains(await write.send(fake.kube, new AbortController().signal))).toBeUndefined()
  }
  return { ...fake, writes, send }
}

const spec = (changes: object) => ({ 'statefulsets/demo': { spec: { ...(statefulSet(three, 3).spec as object), ...changes } } })
/** Somebody set the image. */
const template = (version: string) => {
  const made = structuredClone(podTemplate(anEtcdCluster({ version: '3.6.16' }))) as { spec: { containers: { image: string }[] } }
  for (const container of made.spec.containers) container.image = container.image.replace('3.6.16', version)
  return made
}

test('nothing is written while nobody has edited anything', () => {
  expect(world(three).writes).toEqual([])
})

describe('the StatefulSet', () => {
  test('gets its template back, which restarts nothing, and the field is named', async () => {
    const { writes, send, objects } = world(three, spec({ template: template('3.6.11') }))
    expect(writes).toMatchObject([
      { difference: expect.stringContaining('spec.containers[etcd].image is "gcr.io/etcd-development/etcd:v3.6.11"') },
    ])
    await send()
    expect(objects.get('statefulsets/demo')?.spec).toMatchObject({ template: template('3.6.16') })
  })

  test('keeps an image of a newer minor version that a member runs: an older one could not open its data', () => {
    const edited = spec({ template: template('3.7.3') })
    expect(world(three.withAnswer('demo-1', { version: '3.7.3' }), edited).writes).toEqual([])
    // A silent one is judged by what was started and what was last told of it, with a majority or without.
    const silent = three.withoutMajority().silent('demo-1')
    const crashed = {
      etcd: { state: 'waiting', reason: 'CrashLoopBackOff', message: '' },
      lastExit: { cause: 'other', message: '', at: 0 },
    } as const
    expect(world(silent.withPod('demo-1', { image: 'etcd:v3.7.3', ...crashed }), edited).writes).toEqual([])
    const creating = { etcd: { state: 'waiting', reason: 'ContainerCreating', message: '' } } as const
    expect(world(silent.withPod('demo-1', { image: 'etcd:v3.7.3', ...creating }), edited).writes).toEqual([])
    const row = { name: 'demo-1', version: '3.7.3', role: 'Voter', leader: false, ready: false, message: '' } as const
    expect(world(silent.withStatus({ memberStatus: [row] }), edited).writes).toEqual([])
  })

  test('gets its template back where the image could never be pulled', () => {
    const pulling = { etcd: { state: 'waiting', reason: 'ImagePullBackOff', message: '' }, image: 'etcd:v3.7.99' } as const
    expect(world(three.silent('demo-1').withPod('demo-1', pulling), spec({ template: template('3.7.99') })).writes).toHaveLength(1)
  })

  test('is left alone while its template waits for a roll', () => {
    expect(world(three.withSpec({ version: '3.6.17' })).writes).toEqual([])
  })

  test('never restarts pods nor deletes volumes by itself, whatever the spec asks for', async () => {
    const policy = { whenDeleted: 'Delete', whenScaled: 'Delete' }
    const edited = spec({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: policy,
    })
    const { send, objects } = world(three.withSpec({ version: '3.6.17' }), edited)
    await send()
    expect(objects.get('statefulsets/demo')?.spec).toMatchObject({
      updateStrategy: { type: 'OnDelete' },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    })
  })
})

describe('a member’s config', () => {
  const before = three.config.state === 'ours' ? (three.config.value.members.get('demo-1')?.text ?? '') : ''
  const edit = { hash: 'edited', text: `${before}max-txn-ops: 1\n` }

  test('gets its text back, in the state that it has', async () => {
    const { send, objects, writes } = world(three.withConfig('demo-1', edit).withConfig('demo-0', { hash: 'x' }))
    expect(writes).toMatchObject([{ difference: expect.stringContaining('demo-1.yaml') }])
    await send()
    expect(objects.get('configmaps/demo-members')?.data).toMatchObject({ 'demo-1.yaml': before })
  })

  test('is written only over the ConfigMap that was seen: another may hold members that refuse an empty volume', async () => {
    const { writes, kube } = world(three.withConfig('demo-1', edit).with({ config: { ...configOf(three), resourceVersion: '0' } }))
    expect(writes).toHaveLength(1)
    await expect(writes[0]?.send(kube, new AbortController().signal)).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('that begins a cluster is never written after the pin', () => {
    expect(world(three.withConfig('demo-1', { state: 'bootstrap', members: ['demo-1'], hash: 'x' })).writes).toEqual([])
  })

  test('is left alone while the spec waits for a roll', () => {
    const etcd = { ...three.cluster.spec.etcd, heartbeatInterval: '200ms' }
    expect(world(three.withSpec({ etcd })).writes).toEqual([])
  })
})

describe('a Service', () => {
  test('loses a further label in its selector, which would keep pods out', async () => {
    const { send, objects } = world(three, {
      'services/demo': { spec: { selector: { 'etcd-operator.dev/cluster': 'demo', 'etcd-operator.dev/serving': 'true', canary: 'yes' } } },
    })
    await send()
    expect(objects.get('services/demo')?.spec).toMatchObject({ selector: expect.not.objectContaining({ canary: 'yes' }) })
  })
})

function configOf(view: Scene) {
  if (view.config.state !== 'ours') throw new Error('no ConfigMap')
  const { members } = view.config.value
  return {
    ...view.config,
    value: { members: new Map([...members, ['demo-1', { ...[...members.values()][1], hash: 'x' }]]) as typeof members },
  }
}
