import { expect } from 'vitest'
import { ETCD_CLUSTER } from '../../src/adapters/kube/kinds.ts'
import { volumesFinalizer } from '../../src/api/labels.ts'
import { PERSISTENT_VOLUME } from '../cluster/kinds.ts'
import { type ClusterHandle, condition, isStalled } from './cluster-handle.ts'
import { scenario } from './harness.ts'
import { until } from './until.ts'

scenario('a deleted cluster leaves its volumes, and comes back from them with its data', { seconds: 150 }, async ({ cluster, writer }) => {
  const demo = cluster('demo')
  await demo.create({ size: 3 })
  const { clusterID } = (await demo.untilReady()).status ?? {}
  const clients = await writer()
  await until('a thousand writes are acknowledged', 60, async () => ((await clients.report()).acknowledged > 1000 ? true : undefined))
  await clients.pause()
  const before = await clients.verify()
  expect(before).toMatchObject({ verification: { lost: 0 } })

  await demo.delete()
  expect((await demo.volumes()).map(({ metadata }) => metadata.name).toSorted()).toEqual(['data-demo-0', 'data-demo-1', 'data-demo-2'])

  // Made again under its name: nothing starts on data that may be somebody's last copy.
  await demo.create({ size: 3 })
  const refused = await demo.until('the volumes are found', 30, (seen) => isStalled(seen, 'RetainedVolumesFound'))
  expect(refused.status?.nextStep?.message).toMatch(/data-demo-0, data-demo-1, data-demo-2.*Adopt.*delete/)
  expect(await demo.pods()).toEqual([])

  await demo.change({ bootstrap: { existingVolumes: 'Adopt' } })
  const adopted = await demo.untilReady()
  expect(adopted.status).toMatchObject({ clusterID, members: 3 })
  // Other CAs: the clients' certificates are those of the cluster that is there now.
  await clients.refresh()
  const after = await clients.verify()
  expect(after).toMatchObject({ acknowledged: before.acknowledged, verification: { lost: 0, checked: before.acknowledged } })
})

scenario('deletionPolicy Delete takes the volumes along', { seconds: 90 }, async ({ k8s, cluster }) => {
  const demo = cluster('demo')
  await demo.create({ size: 1, storage: { size: '1Gi', deletionPolicy: 'Delete' } })
  await demo.untilReady()
  const [volume] = (await demo.volumes()).map((claim) => claim.spec?.volumeName ?? '')
  await demo.delete()
  await until('the claim and its volume are gone', 60, async () => {
    const left = await k8s.kube.get(PERSISTENT_VOLUME, { name: volume ?? '' }, AbortSignal.timeout(5_000))
    return left === undefined && (await demo.volumes()).length === 0 ? true : undefined
  })
})

scenario(
  'the policy of the last moment counts, although no majority answers',
  { seconds: 120 },
  async ({ k8s, namespace, kubectl, cluster }) => {
    const demo = cluster('demo')
    await demo.create({ size: 3, storage: { size: '1Gi', deletionPolicy: 'Delete' } })
    expect((await demo.untilReady()).metadata.finalizers).toEqual([volumesFinalizer])
    // As earlier versions left it: the garbage collector would take the claim with the EtcdCluster.
    const { uid } = (await demo.get()).metadata
    const owner = { apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', name: 'demo', uid }
    const body = JSON.stringify({ metadata: { ownerReferences: [owner] } })
    await kubectl(['patch', 'persistentvolumeclaim', 'data-demo-2', '--type=merge', '-p', body])
    await until('the claim has no owner', 20, async () => ((await ownersOf(demo)).length === 0 ? true : undefined))

    await kubectl(['delete', 'persistentvolumeclaim', 'data-demo-0', 'data-demo-1', '--wait=false'])
    await kubectl(['delete', 'pod', 'demo-0', 'demo-1', '--wait=false'])
    await demo.until('the majority is lost', 60, (seen) => condition(seen, 'Available')?.status === 'False')
    await demo.change({ storage: { deletionPolicy: 'Retain' } })
    await k8s.kube.delete(ETCD_CLUSTER, { namespace, name: 'demo' }, { uid }, AbortSignal.timeout(5_000))
    await until('the EtcdCluster is gone', 30, async () =>
      (await k8s.kube.get(ETCD_CLUSTER, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))) === undefined ? true : undefined,
    )
    await until('its pods are gone', 60, async () => ((await demo.pods()).length === 0 ? true : undefined))
    const left = (await demo.volumes()).map(({ metadata }) => [metadata.name, metadata.deletionTimestamp])
    expect(left).toContainEqual(['data-demo-2', undefined])
  },
)

async function ownersOf(demo: ClusterHandle): Promise<readonly unknown[]> {
  return (await demo.volumes()).flatMap(({ metadata }) => metadata.ownerReferences ?? [])
}
