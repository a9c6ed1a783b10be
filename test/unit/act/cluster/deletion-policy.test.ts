import { describe, expect, test } from 'vitest'
import { followDeletionPolicy, removeFinalizer } from '../../../../src/act/cluster/deletion-policy.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import type { EtcdCluster } from '../../../../src/api/etcd-cluster.ts'
import { liveReader } from '../../../../src/observe/watches/reader.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'
import { aRestoredCluster, atData } from '../../../builders/a-restored-cluster.ts'
import { fakeKube, type Stored } from '../fake-kube.ts'

const finalizer = 'etcd-operator.dev/volumes'
const someFinalizer = 'example.com/audit'
const owner = { apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', name: 'demo', uid: 'uid-demo' }
const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'uid-x' }

const kept = aCluster().running()
const going = aCluster({ storage: { deletionPolicy: 'Delete' } }).running()

/** The EtcdCluster of a view as it is stored, and three claims with these owners. */
function world({ cluster }: Scene, owners: readonly object[] = []) {
  const claims = claimsOf(owners)
  const { kube, objects, demanded } = fakeKube({ 'etcdclusters/demo': cluster as EtcdCluster & Stored, ...claims })
  return {
    follow: () => followDeletionPolicy(kube, liveReader(kube), cluster, new AbortController().signal),
    finalizers: () => objects.get('etcdclusters/demo')?.metadata.finalizers,
    ownersOfClaims: () => Object.keys(claims).map((key) => objects.get(key)?.metadata.ownerReferences),
    demanded,
  }
}

function claimsOf(owners: readonly object[]): Readonly<Record<string, Stored>> {
  const named = ['data-demo-0', 'data-demo-1', 'data-demo-2'].map((name): [string, Stored] => [
    `persistentvolumeclaims/${name}`,
    { metadata: { namespace: 'ns', name, uid: `uid of ${name}`, resourceVersion: '5', ownerReferences: owners } },
  ])
  return Object.fromEntries(named)
}

/** Somebody writes to data-demo-0 just before. */
function changedFirst(kube: Kube, args: Parameters<Kube['patch']>): ReturnType<Kube['patch']> {
  const [kind, ref, patch, signal, options] = args
  const stale = ref.name === 'data-demo-0' ? { ...patch, metadata: { ...patch.metadata, resourceVersion: 'old' } } : patch
  return kube.patch(kind, ref, stale, signal, options)
}

describe('the finalizer for volumes', () => {
  const rows: readonly (readonly [string, Scene, readonly string[] | undefined])[] = [
    ['is set with deletionPolicy Delete', going, [finalizer]],
    ['is set beside those of others', going.withFinalizers(someFinalizer), [someFinalizer, finalizer]],
    ['is set before a majority has ever answered', aCluster({ storage: { deletionPolicy: 'Delete' } }).starting(), [finalizer]],
    ['is set while no member answers', going.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2'), [finalizer]],
    ['is set while the cluster is paused', going.paused(), [finalizer]],
    ['is set while a restore is unfinished: its volume is nobody’s data', atData(aRestoredCluster()), [finalizer]],
    ['is removed when the restored cluster has its ID', atData(aRestoredCluster()).pinned().withFinalizers(finalizer), []],
    ['is not set with Retain', kept, undefined],
    ['is removed when the policy becomes Retain', kept.withFinalizers(someFinalizer, finalizer), [someFinalizer]],
    ['is removed although no member answers', kept.withFinalizers(finalizer).withoutMajority(), []],
    ['is removed although the cluster is paused', kept.withFinalizers(finalizer).paused(), []],
    ['is not set on what is being deleted: the API server refuses that', going.deleted(), undefined],
    ['is not removed by the way from what is being deleted', kept.withFinalizers(finalizer).deleted(), [finalizer]],
  ]
  test.each(rows)('%s', async (_, view, expected) => {
    const { follow, finalizers } = world(view)
    const cluster = await follow()
    expect(finalizers()).toEqual(expected)
    expect(cluster.metadata.finalizers).toEqual(expected)
  })

  test('is written over nothing that somebody else wrote meanwhile', async () => {
    const { follow, demanded } = world(going)
    await follow()
    expect(demanded).toEqual([{ uid: 'uid-demo', resourceVersion: '1' }])
  })

  test('costs no request when it is as it should be', async () => {
    const { follow, demanded } = world(going.withFinalizers(finalizer))
    await follow()
    expect(demanded).toEqual([])
  })
})

describe('claims that an earlier version gave to the EtcdCluster', () => {
  const rows: readonly (readonly [string, Scene])[] = [
    ['while all members answer', kept],
    ['while no member answers', kept.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2')],
    ['while the cluster is paused', kept.paused()],
    ['with deletionPolicy Delete as well, which the finalizer stands for', going],
    ['while the EtcdCluster is being deleted and its policy is Retain', kept.deleted()],
  ]
  test.each(rows)('are released at once %s', async (_, view) => {
    const { follow, ownersOfClaims } = world(view, [other, owner])
    await follow()
    expect(ownersOfClaims()).toEqual([[other], [other], [other]])
  })

  test('are released as they were seen', async () => {
    const { follow, demanded } = world(kept, [owner])
    await follow()
    expect(demanded.slice(0, 1)).toEqual([{ uid: 'uid of data-demo-0', resourceVersion: '5' }])
  })

  test('are released each by itself, although one of them has changed since', async () => {
    const { kube, objects } = fakeKube({ 'etcdclusters/demo': kept.cluster as EtcdCluster & Stored, ...claimsOf([owner]) })
    const changed = { ...kube, patch: async (...args: Parameters<typeof kube.patch>) => changedFirst(kube, args) } as typeof kube
    await expect(followDeletionPolicy(changed, liveReader(kube), kept.cluster, new AbortController().signal)).rejects.toMatchObject({
      kind: 'conflict',
    })
    const owners = ['data-demo-0', 'data-demo-1', 'data-demo-2'].map((name) => objects.get(`persistentvolumeclaims/${name}`))
    expect(owners.map((claim) => claim?.metadata.ownerReferences)).toEqual([[owner], [], []])
  })

  test('are released after the finalizer is there', async () => {
    const { follow, demanded } = world(going, [owner])
    await follow()
    expect(demanded.map(({ uid }) => uid)).toEqual(['uid-demo', 'uid of data-demo-0', 'uid of data-demo-1', 'uid of data-demo-2'])
  })

  test('stay with an EtcdCluster that is being deleted with them', async () => {
    const { follow, ownersOfClaims } = world(going.deleted(), [owner])
    await follow()
    expect(ownersOfClaims()).toEqual([[owner], [owner], [owner]])
  })

  test('are left alone when they have other owners', async () => {
    const { follow, ownersOfClaims, demanded } = world(kept, [other])
    await follow()
    expect(ownersOfClaims()).toEqual([[other], [other], [other]])
    expect(demanded).toEqual([])
  })
})

test('the EtcdCluster is let go of without touching the finalizers of others', async () => {
  const view = going.withFinalizers(someFinalizer, finalizer).deleted()
  const { kube, objects, demanded } = fakeKube({ 'etcdclusters/demo': view.cluster as EtcdCluster & Stored })
  const told: unknown[] = []
  const cachesAreTold = { ...kube, patch: async () => told.push('patch') } as unknown as typeof kube
  const context = { kube: cachesAreTold, live: kube, view, signal: new AbortController().signal }
  await removeFinalizer(context as unknown as Parameters<typeof removeFinalizer>[0]) // The parts that it uses.
  expect(objects.get('etcdclusters/demo')?.metadata.finalizers).toEqual([someFinalizer])
  expect(demanded).toEqual([{ uid: 'uid-demo', resourceVersion: '1' }])
  expect(told).toEqual([])
})
