import { describe, expect, test } from 'vitest'
import { CONFIG_MAP, ETCD_CLUSTER, ETCD_RESTORE } from '../../../src/adapters/kube/kinds.ts'
import { acceptObject } from '../../../src/adapters/kube/reply.ts'
import { isHeavier, weigher } from '../../../src/adapters/kube/weight.ts'
import { isOversized } from '../../../src/model/oversized.ts'
import { answer, aServer } from './kube-server.ts'

/** 1.3 MB that become 28 MB of memory: what one user of one namespace may store. */
const dense = Array.from({ length: 430_000 }, () => ({}))
const metadata = { name: 'hostile', namespace: 'ns', uid: 'u', resourceVersion: '1' }

describe('one object takes little memory, whatever somebody stored in it', () => {
  test('the clusterSpec of an EtcdRestore is replaced by something that the API server refuses as a cluster', () => {
    const { spec } = acceptObject(ETCD_RESTORE, 'GET', { metadata, spec: { cluster: 'demo', clusterSpec: { a: dense } } })
    expect(isOversized(spec.clusterSpec)).toBe(true)
    expect(spec.cluster).toBe('demo')
  })

  test('so is the affinity of an EtcdCluster, and the rest of it is kept', () => {
    const { spec } = acceptObject(ETCD_CLUSTER, 'GET', {
      metadata,
      spec: { size: 3, pod: { labels: { a: 'b' }, affinity: { nodeAffinity: { a: dense } } } },
    })
    expect(isOversized(spec.pod.affinity)).toBe(true)
    expect(spec).toMatchObject({ size: 3, pod: { labels: { a: 'b' } } })
  })

  test('what is of an ordinary size stays as it is', () => {
    const clusterSpec = { size: 3, version: '3.6.16', storage: { size: '8Gi' }, pod: { affinity: { podAntiAffinity: {} } } }
    const spec = { cluster: 'demo', source: { backup: 'b1' }, clusterSpec }
    expect(acceptObject(ETCD_RESTORE, 'GET', { metadata, spec }).spec).toEqual(spec)
  })

  test('the copy that kubectl apply keeps in an annotation is left out, the other annotations stay', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}'.repeat(1000), mine: 'kept' }
    const map = acceptObject(CONFIG_MAP, 'GET', { metadata: { ...metadata, annotations, managedFields: [{}] } })
    expect(map.metadata).toEqual({ ...metadata, annotations: { mine: 'kept' } })
  })

  test('a value is weighed without recursion, and no further than the limit', () => {
    let nested: unknown = []
    for (let depth = 0; depth < 100_000; depth++) nested = [nested]
    expect(isHeavier(nested, 1_000_000)).toBe(true)
    expect(isHeavier({ a: 'b'.repeat(1_000) }, 2_000)).toBe(false)
    expect(isHeavier({ a: 'b'.repeat(3_000) }, 2_000)).toBe(true)
    expect(isHeavier(undefined, 100)).toBe(false)
  })
})

describe('a page of a list', () => {
  test('that would take much memory is given up and asked for in smaller pieces, down to single objects', async () => {
    const all = Array.from({ length: 6 }, (_, i) => ({ metadata: { ...metadata, name: `r${i}` }, spec: { clusterSpec: { a: dense } } }))
    const { kube, requests, signal } = await aServer(({ query }, response) => {
      const from = Number(query.continue ?? 0)
      const items = all.slice(from, from + Number(query.limit))
      const next = from + items.length
      answer(response, { metadata: { resourceVersion: '7', ...(next < all.length ? { continue: String(next) } : {}) }, items })
    })
    const { items } = await kube.list(ETCD_RESTORE, { namespace: 'ns' }, signal)
    expect(items.map((item) => item.metadata.name)).toEqual(all.map((item) => item.metadata.name))
    expect(items.every(({ spec }) => isOversized(spec.clusterSpec))).toBe(true)
    expect(requests.slice(0, 6).map(({ query }) => query.limit)).toEqual(['500', '125', '32', '8', '2', '1'])
  })

  test('of ordinary objects comes in one piece', async () => {
    const items = Array.from({ length: 500 }, (_, i) => ({
      metadata: { ...metadata, name: `m${i}` },
      data: { 'demo-0.yaml': 'x'.repeat(1_500) },
    }))
    const { kube, requests, signal } = await aServer((_, response) => answer(response, { metadata: { resourceVersion: '7' }, items }))
    expect((await kube.list(CONFIG_MAP, {}, signal)).items).toHaveLength(500)
    expect(requests).toHaveLength(1)
  })

  test('is weighed by its values more than by its text', () => {
    expect(weigher()(Buffer.from('"a long text without anything inside"'))).toBe(37)
    expect(weigher()(Buffer.from('[{},{}]'))).toBe(7 + 4 * 32)
    const weigh = weigher()
    weigh(Buffer.from('[{},'))
    expect(weigh(Buffer.from('{}]'))).toBe(7 + 4 * 32)
  })
})
