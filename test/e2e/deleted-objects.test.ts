import { expect } from 'vitest'
import {
  CONFIG_MAP,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  STATEFUL_SET,
  type StatefulSet,
} from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { scenario } from './harness.ts'
import { until } from './until.ts'

const objects: readonly { readonly kind: ResourceKind<KubeObject>; readonly name: string; readonly how?: readonly string[] }[] = [
  { kind: SERVICE, name: 'demo' },
  { kind: SERVICE, name: 'demo-peers' },
  { kind: POD_DISRUPTION_BUDGET, name: 'demo' },
  { kind: NETWORK_POLICY, name: 'demo' },
  { kind: CONFIG_MAP, name: 'demo-members' },
  { kind: POD, name: 'demo-1' },
  { kind: STATEFUL_SET, name: 'demo', how: ['--cascade=orphan'] },
  { kind: STATEFUL_SET, name: 'demo' },
]

scenario(
  'whatever is deleted by hand comes back, and nothing is lost',
  { seconds: 240 },
  async ({ k8s, namespace, cluster, writer, kubectl }) => {
    const demo = cluster('demo')
    await demo.create({ size: 3 })
    const { clusterID } = (await demo.untilReady()).status ?? {}
    const ids = (await demo.members()).map(({ id }) => id).toSorted()
    const clients = await writer()

    for (const { kind, name, how = [] } of objects) {
      const get = () => k8s.kube.get(kind, { namespace, name }, AbortSignal.timeout(5_000))
      const before = await get()
      await clients.phase(`${kind.kind} ${name}`)
      await kubectl(['delete', kind.plural, name, '--wait=false', ...how])
      await until(`${kind.kind} ${name} is back`, 60, async () => {
        const now = await get()
        const isNew = now !== undefined && now.metadata.uid !== before?.metadata.uid && now.metadata.deletionTimestamp === undefined
        return isNew && hasItsPods(now) ? now : undefined
      })
      const seen = await demo.untilReady(90)
      expect(seen.status, `after ${kind.kind} ${name}`).toMatchObject({ clusterID, members: 3, ready: '3/3' })
    }
    expect((await demo.members()).map(({ id }) => id).toSorted()).toEqual(ids)

    const report = await clients.verify()
    expect(report.verification.lost).toBe(0)
    expect(report.backwards).toBe(0)
  },
)

/** A StatefulSet that was made again takes a moment to adopt the pods that were left to it. */
function hasItsPods(object: KubeObject): boolean {
  const { spec, status } = object as StatefulSet
  return object.kind !== STATEFUL_SET.kind || status?.readyReplicas === spec?.replicas
}
