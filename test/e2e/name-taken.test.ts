import { expect } from 'vitest'
import { condition, isStalled } from './cluster-handle.ts'
import { scenario } from './harness.ts'

const foreign: readonly { readonly title: string; readonly says: RegExp; readonly object: object }[] = [
  {
    title: 'Service demo',
    says: /Service demo/,
    object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'demo' }, spec: { ports: [{ port: 80 }] } },
  },
  {
    title: 'ConfigMap demo-members',
    says: /ConfigMap demo-members/,
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'demo-members' }, data: { mine: 'yes' } },
  },
  {
    title: 'PersistentVolumeClaim data-demo-0',
    says: /PersistentVolumeClaim data-demo-0/,
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-demo-0' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  },
]

scenario(
  'objects of somebody else are never touched; the cluster waits until the name is free',
  { seconds: 90 },
  async ({ cluster, kubectl }) => {
    const demo = cluster('demo')
    for (const { object } of foreign) await kubectl(['create', '--filename', '-'], JSON.stringify(object))
    const before = await kubectl(['get', 'services,configmaps,persistentvolumeclaims', '--output', 'json'])
    await demo.create({ size: 1 })
    const seen = await demo.until('the names are said to be taken', 20, (one) => isStalled(one, 'NameTaken'))
    for (const { title, says } of foreign) expect(condition(seen, 'Stalled')?.message, title).toMatch(says)
    expect(objectsOf(await kubectl(['get', 'services,configmaps,persistentvolumeclaims', '--output', 'json']))).toEqual(objectsOf(before))
    expect(await demo.pods()).toEqual([])

    for (const { object } of foreign) await kubectl(['delete', '--filename', '-'], JSON.stringify(object))
    await demo.untilReady()
  },
)

function objectsOf(json: string): unknown {
  const { items } = JSON.parse(json) as { items: readonly { kind: string; metadata: { name: string; resourceVersion: string } }[] }
  return items
    .filter(({ metadata }) => metadata.name.includes('demo'))
    .map(({ kind, metadata }) => [kind, metadata.name, metadata.resourceVersion])
}
