import { expect } from 'vitest'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { condition, etcdVersion, isNow } from './cluster-handle.ts'
import { scenario } from './harness.ts'

/** Each cause is named with its member within this. */
const namedWithin = 30

scenario('an image that cannot be pulled is named, and heals with the spec', { seconds: 120 }, async ({ cluster }) => {
  const demo = cluster('demo')
  await demo.create({ size: 1, image: { repository: '127.0.0.1:1/no-such/etcd' } })
  await demo.until('the cause is named', namedWithin, says('ImagePullFailed', /demo-0.*spec\.image/))
  await demo.change({ image: { repository: 'gcr.io/etcd-development/etcd' } })
  await demo.untilReady()
})

scenario('a version that was never built is named, and heals with the spec', { seconds: 120 }, async ({ cluster }) => {
  const demo = cluster('demo')
  await demo.create({ size: 1, version: '3.6.999', image: { pullPolicy: 'Never' } })
  await demo.until('the cause is named', namedWithin, says('ImagePullFailed', /demo-0.*spec\.version/))
  await demo.change({ version: etcdVersion, image: { pullPolicy: 'IfNotPresent' } })
  await demo.untilReady()
})

scenario('members that fit on no node are named, and heal with the spec', { seconds: 120 }, async ({ cluster }) => {
  const demo = cluster('demo')
  await demo.create({ size: 1, pod: { nodeSelector: { disk: 'golden' } } })
  await demo.until('the cause is named', namedWithin, says('Unschedulable', /demo-0.*spec\.pod/))
  // A merge patch takes a key away by null.
  await demo.change({ pod: { nodeSelector: { disk: null } } })
  await demo.untilReady()
})

scenario(
  'a StorageClass that is missing is named, and heals when it is made',
  { seconds: 120 },
  async ({ cluster, kubectl, namespace, k8s }) => {
    const demo = cluster('demo')
    const className = `class-of-${namespace}`
    await demo.create({ size: 1, storage: { size: '1Gi', className } })
    await demo.until('the cause is named', namedWithin, says('StorageClassMissing', new RegExp(`demo-0.*${className}.*create it`)))
    try {
      const classes = JSON.parse(await k8s.kubectl(['get', 'storageclasses', '--output', 'json'])) as { items: { provisioner: string }[] }
      const provisioner = classes.items[0]?.provisioner
      const made = {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: className },
        provisioner,
        volumeBindingMode: 'WaitForFirstConsumer',
      }
      await kubectl(['create', '--filename', '-'], JSON.stringify(made))
      await demo.untilReady()
    } finally {
      await k8s.kubectl(['delete', 'storageclass', className, '--ignore-not-found'])
    }
  },
)

scenario('an exceeded quota is named, costs no running member anything, and heals when it is raised', { seconds: 120 }, async (stage) => {
  const demo = stage.cluster('demo')
  await stage.kubectl(['create', 'quota', 'small', '--hard=pods=1'])
  await demo.create({ size: 1 })
  await demo.untilReady()
  await demo.change({ size: 3 })
  const seen = await demo.until('the cause is named', namedWithin, says('QuotaExceeded', /demo-1.*exceeded quota/))
  expect(condition(seen, 'Available')?.status).toBe('True')
  expect(isNow(seen, 'Ready')).toBe(false)
  await stage.kubectl(['patch', 'quota', 'small', '--type=merge', '--patch', JSON.stringify({ spec: { hard: { pods: '9' } } })])
  expect((await demo.untilReady(90)).status?.members).toBe(3)
})

scenario('a second growth that no node takes costs no quorum, and is taken back', { seconds: 120 }, async ({ cluster }) => {
  const demo = cluster('demo')
  // Each member on another node, and one member more than there are nodes.
  const apart = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { 'etcd-operator.dev/cluster': 'demo' } } }
  await demo.create({
    size: 3,
    pod: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart] } } },
  })
  await demo.untilReady()
  await demo.change({ size: 5 })
  const stuck = await demo.until('the cause is named', namedWithin, says('Unschedulable', /demo-[34].*spec\.pod/))
  expect(condition(stuck, 'Available')?.status).toBe('True')
  expect(stuck.status?.members).toBe(3)
  await demo.change({ size: 3 })
  expect((await demo.untilReady()).status?.members).toBe(3)
})

/** Stalled, with this reason and a message that names the member and the way out; nextStep tells the same. */
function says(reason: string, text: RegExp): (seen: EtcdCluster) => boolean {
  return (seen) => {
    const stalled = condition(seen, 'Stalled')
    return stalled?.status === 'True' && stalled.reason === reason && text.test(stalled.message) && seen.status?.nextStep?.reason === reason
  }
}
