import { describe, expect, test } from 'vitest'
import type { Etcd, EtcdCount } from '../../../../src/adapters/etcd/calls.ts'
import type { KubeObject, ObjectRef, ResourceKind } from '../../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { annotation } from '../../../../src/api/labels.ts'
import { known, unknown } from '../../../../src/model/known.ts'
import { formatVerified } from '../../../../src/model/restore/verified-snapshot.ts'
import { ClusterMemory } from '../../../../src/observe/cluster/memory.ts'
import type { ClusterObjects } from '../../../../src/observe/cluster/objects.ts'
import { readRestore } from '../../../../src/observe/cluster/restore.ts'
import { liveReader } from '../../../../src/observe/watches/reader.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'
import { aStoredBackup, snapshot } from '../../../builders/a-restore.ts'
import { aRestoredCluster, atData, atMember } from '../../../builders/a-restored-cluster.ts'

const wished = aRestoredCluster()
const image = known({ name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] })
const owner = { apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', name: 'demo', uid: 'uid-demo' }
const metadata = (name: string, more: object = {}) => ({ name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '1', ...more })

const claim = { metadata: metadata('backups'), spec: { accessModes: ['ReadWriteOnce'] } }
const mountedBy = (name: string, node: string, labels: object = {}) => ({
  metadata: metadata(name, { labels }),
  spec: { nodeName: node, volumes: [{ name: 'x', persistentVolumeClaim: { claimName: 'backups' } }] },
})
const job = (name: string) => ({ metadata: metadata(name, { ownerReferences: [owner] }), status: { ready: 1 } })

/** An API server that keeps these objects, by `plural/name`, and notes what it was asked for. */
function world(objects: Readonly<Record<string, object>>, count?: EtcdCount) {
  const asked: string[] = []
  const kube = {
    async get(kind: ResourceKind<KubeObject>, { name }: ObjectRef) {
      asked.push(`${kind.plural}/${name}`)
      return objects[`${kind.plural}/${name}`]
    },
    async list(kind: ResourceKind<KubeObject>) {
      asked.push(kind.plural)
      return { items: Object.entries(objects).flatMap(([key, object]) => (key.startsWith(`${kind.plural}/`) ? [object] : [])) }
    },
  } as unknown as Kube // The two calls that are made here.
  const etcd = {
    async count(endpoint: { url: string }, revision: string) {
      asked.push(`count ${endpoint.url} ${revision}`)
      if (count === undefined) throw new Error('deadline exceeded')
      return count
    },
  } as unknown as Etcd
  const memory = new ClusterMemory()
  const look = ({ cluster, pods, statefulSet }: Scene) => {
    const seen = { cluster, statefulSet: statefulSet.state === 'ours' ? {} : undefined } as ClusterObjects
    const sources = { kube, etcd, now: () => 0, agentImage: async () => image }
    return readRestore(sources, liveReader(kube), seen, pods, memory, new AbortController().signal)
  }
  return { look, asked }
}

const backup = { 'etcdbackups/b1': aStoredBackup({ phase: 'Completed' }), 'persistentvolumeclaims/backups': claim }

test('a cluster without a restore, or with its ID, costs nothing', async () => {
  const { look, asked } = world({})
  expect(await look(aCluster())).toBeUndefined()
  expect(await look(aCluster().frozen())).toBeUndefined()
  expect(await look(atMember(wished).pinned())).toBeUndefined()
  expect(asked).toEqual([])
})

describe('the source', () => {
  test('is looked up, and where its volume can be mounted', async () => {
    const { look } = world({ ...backup, 'pods/shell': mountedBy('shell', 'n2') })
    expect(await look(wished)).toMatchObject({
      stage: 'source',
      facts: { backup: { metadata: { name: 'b1' } }, claim: { known: true, value: { state: 'present' } } },
      verification: { job: { state: 'absent' } },
      mounts: { oneNode: true, node: 'n2' },
    })
  })

  test('ties nobody to the node of a Job that is about to end', async () => {
    const { look } = world({ ...backup, 'pods/demo-verify-1': mountedBy('demo-verify-1', 'n1', { 'etcd-operator.dev/agent': 'verify' }) })
    expect(await look(wished)).toMatchObject({ mounts: { oneNode: true, node: undefined } })
  })

  test('that is gone is told as that', async () => {
    expect(await world({}).look(wished)).toMatchObject({ facts: { backup: undefined, claim: { known: false } } })
    const going = { ...claim, metadata: metadata('backups', { deletionTimestamp: 'now' }) }
    expect(await world({ ...backup, 'persistentvolumeclaims/backups': going }).look(wished)).toMatchObject({
      facts: { claim: { known: true, value: { state: 'deleting' } } },
    })
  })

  test('is not looked at again while its Job reads it', async () => {
    const { look, asked } = world({ ...backup, 'jobs/demo-verify': job('demo-verify') })
    expect(await look(wished)).toMatchObject({ verification: { job: { state: 'ours' } }, facts: { claim: { known: false } } })
    expect(asked.filter((what) => what.includes('/'))).toEqual(['etcdbackups/b1', 'jobs/demo-verify'])
  })

  test('that an EtcdRestore has read costs nothing', async () => {
    const verified = { source: 'backup b1', claimName: 'backups', path: 'demo/b1.db', snapshot }
    const annotations = { [annotation.verified]: formatVerified(verified) }
    const { look, asked } = world({})
    const made = wished.with({ cluster: { ...wished.cluster, metadata: { ...wished.cluster.metadata, annotations } } })
    expect(await look(made)).toMatchObject({ stage: 'source', verifiedByRestore: verified })
    expect(asked).toEqual([])

    const spec = { ...made.cluster.spec, bootstrap: { ...made.cluster.spec.bootstrap, restore: { backup: 'b2' } } }
    expect(await look(made.with({ cluster: { ...made.cluster, spec } })), 'of another backup').toMatchObject({
      verifiedByRestore: undefined,
    })
  })
})

describe('the Job that writes the data', () => {
  test('has to know where the backup can be mounted only before it is made', async () => {
    const { look, asked } = world({ ...backup, 'jobs/demo-restore': job('demo-restore') })
    expect(await look(atData(wished))).toMatchObject({ stage: 'data', run: { job: { state: 'ours' } } })
    expect(asked.filter((what) => what.includes('/'))).toEqual(['jobs/demo-restore', 'jobs/demo-verify'])
    expect(await world(backup).look(atData(wished))).toMatchObject({ run: { job: { state: 'absent' } }, mounts: { oneNode: true } })
  })

  test("of an earlier cluster, or somebody else's, is told from ours", async () => {
    const stateOf = async (ownerReferences: readonly object[]) => {
      const facts = await world({ 'jobs/demo-restore': { metadata: metadata('demo-restore', { ownerReferences }) } }).look(atData(wished))
      return facts?.stage === 'data' ? facts.run.job.state : undefined
    }
    expect(await stateOf([{ ...owner, uid: 'another' }])).toBe('earlier')
    expect(await stateOf([])).toBe('foreign')
  })
})

describe('the first member', () => {
  test('is asked for its keys at the restored revision, and only once', async () => {
    const { look, asked } = world({ 'jobs/demo-restore': job('demo-restore') }, { state: 'counted', keys: 27 })
    const counted = {
      stage: 'member',
      used: [{ job: 'demo-verify' }, { job: 'demo-restore', run: { job: { state: 'ours' } } }],
      count: known({ state: 'counted', keys: 27 }),
    }
    expect(await look(atMember(wished))).toMatchObject(counted)
    expect(await look(atMember(wished))).toMatchObject(counted)
    expect(asked.filter((what) => what.startsWith('count'))).toEqual(['count http://10.0.0.1:2379 1000000035'])
  })

  test('is asked again when it did not answer', async () => {
    const { look } = world({})
    expect(await look(atMember(wished))).toMatchObject({ count: unknown('deadline exceeded') })
    expect(await look(atMember(wished).withPod('demo-0', { etcd: { state: 'terminated' } }))).toMatchObject({
      count: unknown('it does not run'),
    })
  })
})
