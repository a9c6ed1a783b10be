import { expect, test } from 'vitest'
import { Failure } from '../../../../src/adapters/failure.ts'
import { CONFIG_MAP, PERSISTENT_VOLUME_CLAIM, POD, STATEFUL_SET } from '../../../../src/adapters/kube/kinds.ts'
import type { KubeObject } from '../../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { label } from '../../../../src/api/labels.ts'
import { startCaches } from '../../../../src/observe/watches/caches.ts'
import { readinessOf } from '../../../../src/observe/watches/readiness.ts'
import { recordedLog, VirtualClock } from '../../runtime/virtual-clock.ts'

const { signal } = new AbortController()

/** An API server with objects in namespaces, some of which may not be read. Its watches are silent until they are ended. */
class FakeApi {
  readonly refused = new Set<string>()
  readonly objects: { readonly plural: string; readonly object: KubeObject }[] = []
  lists = 0
  version = 10
  endWatches: (() => void)[] = []

  put(plural: string, namespace: string, name: string, labels: Record<string, string> = {}, more: object = {}): void {
    const metadata = { namespace, name, uid: `uid-${name}`, resourceVersion: String(++this.version), creationTimestamp: '', labels }
    const object: KubeObject & { spec: object } = { metadata, spec: { cluster: 'demo' }, ...more }
    this.objects.push({ plural, object })
  }

  readonly kube = {
    list: async (kind: { plural: string }, where: { namespace?: string }) => {
      this.lists++
      this.#check(kind.plural, where.namespace)
      const items = this.objects.filter(({ plural, object }) => plural === kind.plural && isIn(object, where.namespace))
      return { items: items.map(({ object }) => object), resourceVersion: String(this.version) }
    },
    watch: (kind: { plural: string }, where: { namespace?: string }, _: string, inner: AbortSignal) => this.#watch(kind, where, inner),
    patch: async (_: unknown, ref: { name: string; namespace: string }) => ({
      metadata: { ...ref, uid: `uid-${ref.name}`, resourceVersion: String(++this.version), labels: { [label.cluster]: 'demo' } },
    }),
  } as unknown as Kube

  async *#watch(kind: { plural: string }, where: { namespace?: string }, inner: AbortSignal) {
    this.#check(kind.plural, where.namespace)
    await new Promise<void>((resolve) => {
      this.endWatches.push(resolve)
      inner.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  #check(plural: string, namespace = ''): void {
    if (this.refused.has(namespace)) throw new Failure('forbidden', `GET ${plural}: User "me" cannot list resource`)
  }
}

function isIn(object: KubeObject, namespace: string | undefined): boolean {
  return namespace === undefined || object.metadata.namespace === namespace
}

function theCaches(api: FakeApi, ...namespaces: string[]) {
  const clock = new VirtualClock()
  const log = recordedLog()
  const caches = startCaches({ kube: api.kube, namespaces, clock, log }, signal)
  let isReady = false
  caches.ready.then(() => {
    isReady = true
  })
  const woken: string[] = []
  const follow = () => caches.follow(({ controller, key }) => woken.push(`${controller} ${key}`))
  return { clock, log, caches, woken, follow, isReady: () => isReady, readiness: () => readinessOf(caches.scopes()) }
}

test('a namespace that may not be read holds up no other: its objects are looked at as soon as it may be', async () => {
  const api = new FakeApi()
  api.put('etcdclusters', 'team-a', 'one')
  api.put('etcdclusters', 'team-b', 'two')
  api.refused.add('team-b')
  const { clock, log, caches, woken, follow, isReady, readiness } = theCaches(api, 'team-a', 'team-b')
  expect(readiness()).toMatchObject({ ok: false, notes: ['namespace team-a: the caches are not filled yet', expect.anything()] })
  await clock.advance(0)
  expect(isReady()).toBe(true)
  expect(readiness()).toEqual({
    ok: true,
    notes: [expect.stringMatching(/^namespace team-b: not looked after, because reading it was refused: GET \w+: User "me" cannot list/)],
  })
  expect(log.lines.filter(({ level, fields }) => level === 'warn' && 'refusal' in fields)).toHaveLength(1)
  follow()
  expect(woken).toEqual(['cluster team-a/one'])
  expect([caches.knows('team-a'), caches.knows('team-b')]).toEqual([true, false])

  api.refused.clear()
  await clock.advance(60_000)
  expect(readiness()).toEqual({ ok: true, notes: [] })
  expect(woken).toEqual(['cluster team-a/one', 'cluster team-b/two'])
  expect(caches.knows('team-b')).toBe(true)
})

test('nothing is ready while all that is to be watched is refused', async () => {
  const api = new FakeApi()
  api.refused.add('')
  const { clock, isReady, readiness } = theCaches(api)
  await clock.advance(120_000)
  expect(isReady()).toBe(false)
  expect(readiness()).toMatchObject({ ok: false, notes: [expect.stringContaining('all namespaces: not looked after')] })
  api.refused.clear()
  await clock.advance(60_000)
  expect(isReady()).toBe(true)
})

test('a namespace that is deleted later, with the rights in it, is left alone, and looked at when it is back', async () => {
  const api = new FakeApi()
  api.put('etcdclusters', 'team-a', 'one')
  api.put('etcdclusters', 'team-b', 'two')
  const { clock, caches, woken, follow, readiness } = theCaches(api, 'team-a', 'team-b')
  await clock.advance(0)
  follow()
  woken.length = 0
  api.refused.add('team-b')
  for (const end of api.endWatches.splice(0)) end()
  await clock.advance(60_000)
  expect(readiness()).toMatchObject({ ok: true, notes: [expect.stringContaining('namespace team-b')] })
  expect([caches.knows('team-a'), caches.knows('team-b')]).toEqual([true, false])
  api.refused.clear()
  await clock.advance(60_000)
  expect(woken).toEqual(['cluster team-b/two'])
})

test('nobody is woken before somebody follows, and then everything that is there', async () => {
  const api = new FakeApi()
  api.put('etcdclusters', 'ns', 'demo')
  api.put('etcdbackups', 'ns', 'b1')
  const { clock, caches, woken, follow } = theCaches(api)
  await clock.advance(0)
  await caches.kube.patch(POD, { namespace: 'ns', name: 'demo-0' }, {}, signal)
  expect(woken).toEqual([])
  follow()
  expect(woken).toEqual(['cluster ns/demo', 'backup ns/b1'])
  await caches.kube.patch(POD, { namespace: 'ns', name: 'demo-1' }, {}, signal)
  expect(woken.slice(2)).toEqual(['cluster ns/demo'])
})

test('a write that returns an older version than was seen before means an API server that was set back: its kind is listed again', async () => {
  const api = new FakeApi()
  api.put('configmaps', 'ns', 'demo-members', { [label.cluster]: 'demo' })
  api.version = 500
  const { clock, caches } = theCaches(api)
  await clock.advance(5_000)
  const { lists } = api
  api.version = 100
  api.objects.length = 0
  await caches.kube.patch(CONFIG_MAP, { namespace: 'ns', name: 'demo-members' }, {}, signal)
  await clock.advance(0)
  expect(api.lists).toBe(lists + 1)
  expect(await caches.reader.ofCluster(CONFIG_MAP, 'ns', 'demo', signal)).toEqual([])
})

test('everything is listed again when it is told that the API server was set back, and now and then without being told', async () => {
  const api = new FakeApi()
  api.put('etcdclusters', 'ns', 'forgotten')
  const { clock, caches } = theCaches(api)
  await clock.advance(5_000)
  const kinds = api.lists
  api.objects.length = 0
  caches.relist('told')
  await clock.advance(0)
  expect(api.lists).toBe(2 * kinds)
  expect(caches.clusters.all()).toEqual([])
  for (let minute = 0; minute < 30; minute++) {
    await clock.advance(60_000)
    for (const end of api.endWatches.splice(0)) end()
  }
  expect(api.lists).toBe(3 * kinds)
})

test('of ConfigMaps the members’ configs are kept, cut off where they are far too long, and of Jobs not what their pods are made from', async () => {
  const api = new FakeApi()
  const ours = { [label.cluster]: 'demo' }
  const long = 'x'.repeat(500_000)
  const data = { 'demo-0.yaml': 'name: demo-0', 'demo-1.yaml': long, notes: long }
  api.put('configmaps', 'ns', 'demo-members', ours, { data, binaryData: { blob: long } })
  api.put('configmaps', 'ns', 'somebody-s', ours, { data })
  api.put('jobs', 'ns', 'b1', ours, { spec: { backoffLimit: 3, template: { spec: { containers: [{ env: [{ value: long }] }] } } } })
  const { clock, caches } = theCaches(api)
  await clock.advance(0)
  const maps = await caches.reader.ofCluster(CONFIG_MAP, 'ns', 'demo', signal)
  expect(maps.map((map) => map.data)).toEqual([{ 'demo-0.yaml': 'name: demo-0', 'demo-1.yaml': 'x'.repeat(16 * 1024) }, undefined])
  expect(JSON.stringify(maps).length).toBeLessThan(20_000)
  expect(caches.jobs.get('ns', 'b1')?.spec).toEqual({ backoffLimit: 3, template: {} })
})

test('of a labelled object that takes far more memory than any of a cluster only its name and its identity are kept', async () => {
  const api = new FakeApi()
  const ours = { [label.cluster]: 'demo' }
  const spec = { replicas: 0, template: { spec: { imagePullSecrets: Array.from({ length: 100_000 }, () => ({})) } } }
  api.put('statefulsets', 'ns', 'demo', { ...ours, other: 'x' }, { spec })
  api.put('persistentvolumeclaims', 'ns', 'data-demo-0', ours, { spec: { volumeName: 'x'.repeat(200_000) } })
  const { clock, caches } = theCaches(api)
  await clock.advance(0)
  const [set] = await caches.reader.ofCluster(STATEFUL_SET, 'ns', 'demo', signal)
  expect(set?.metadata).toMatchObject({ name: 'demo', uid: 'uid-demo', labels: ours })
  expect(JSON.stringify(set).length).toBeLessThan(500)
  const [claim] = await caches.reader.ofCluster(PERSISTENT_VOLUME_CLAIM, 'ns', 'demo', signal)
  expect(claim?.spec?.volumeName).toHaveLength(200_000)
})
