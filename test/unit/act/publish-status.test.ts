import { describe, expect, test } from 'vitest'
import { publishStatus } from '../../../src/act/publish-status.ts'
import { ETCD_CLUSTER } from '../../../src/adapters/kube/kinds.ts'
import { planCluster } from '../../../src/plan/cluster/policy.ts'
import { statusOf } from '../../../src/report/cluster/status.ts'
import { aCluster, type Scene } from '../../builders/a-cluster.ts'
import { fakeKube } from './fake-kube.ts'

const three = aCluster().running()
const { signal } = new AbortController()

/** The API server as it was when this view was taken. */
function serverOf(view: Scene, resourceVersion = '1') {
  const { metadata, status } = view.cluster
  return fakeKube({ 'etcdclusters/demo': { ...view.cluster, metadata: { ...metadata, resourceVersion }, status } })
}

describe('the status', () => {
  test('is written as it was made', async () => {
    const { kube, objects, demanded } = serverOf(three)
    const written = await publishStatus(kube, ETCD_CLUSTER, three.cluster, statusOf(three, planCluster(three)), signal)
    expect(objects.get('etcdclusters/demo')?.status).toEqual(statusOf(three, planCluster(three)))
    expect(written?.status).toEqual(statusOf(three, planCluster(three)))
    expect(demanded).toEqual([{ uid: 'uid-demo', resourceVersion: '1' }])
  })

  test('loses what is not known any more', async () => {
    const before = three.withStatus(statusOf(three, planCluster(three)))
    const lost = before.withoutMajority().silent('demo-0').silent('demo-1').silent('demo-2')
    const { kube, objects } = serverOf(before)
    await publishStatus(kube, ETCD_CLUSTER, lost.cluster, statusOf(lost, planCluster(lost)), signal)
    expect(objects.get('etcdclusters/demo')?.status).toEqual(statusOf(lost, planCluster(lost)))
  })

  test('is left alone when nothing differs', async () => {
    const written = three.withStatus(statusOf(three, planCluster(three)))
    const { kube, objects } = serverOf(written)
    expect(await publishStatus(kube, ETCD_CLUSTER, written.cluster, statusOf(written, planCluster(written)), signal)).toBeUndefined()
    expect(objects.get('etcdclusters/demo')?.metadata.resourceVersion).toBe('1')
  })

  test('of which the server drops a part, because its CRD is older, is written once, and again when there is news', async () => {
    const status = statusOf(three, planCluster(three))
    const { tls: _, ...kept } = status
    const { metadata } = three.cluster
    let writes = 0
    // A write that changes nothing returns the version that the object has had.
    const kube = { patch: async () => ({ ...three.cluster, metadata, status: kept, writes: ++writes }) } as never
    const stored = { ...three.cluster, status: kept as typeof status }
    for (let pass = 0; pass < 3; pass += 1) await publishStatus(kube, ETCD_CLUSTER, stored, { ...status }, signal)
    expect(writes).toBe(1)
    await publishStatus(kube, ETCD_CLUSTER, stored, { ...status, dbSize: '1Mi' }, signal)
    expect(writes).toBe(2)
  })

  test('of somebody who wrote in between is not overwritten', async () => {
    const { kube, objects } = serverOf(three, '2')
    await expect(publishStatus(kube, ETCD_CLUSTER, three.cluster, statusOf(three, planCluster(three)), signal)).rejects.toMatchObject({
      kind: 'conflict',
    })
    expect(objects.get('etcdclusters/demo')?.status).toEqual(three.cluster.status)
  })
})
