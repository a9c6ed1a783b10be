import { describe, expect, test } from 'vitest'
import { type FailureKind, isFailure } from '../../../src/adapters/failure.ts'
import { whatIsInvalid } from '../../../src/adapters/kube/failures.ts'
import { CONFIG_MAP, ETCD_CLUSTER, LEASE, POD, STATEFUL_SET } from '../../../src/adapters/kube/kinds.ts'
import { leaseClient } from '../../../src/adapters/kube/lease-client.ts'
import { microTime } from '../../../src/adapters/kube/micro-time.ts'
import { uncheckedCluster } from '../../../src/adapters/kube/unchecked-cluster.ts'
import { NODE } from '../../cluster/kinds.ts'
import { answer, aPod, aServer, refuse } from './kube-server.ts'

const demo = { namespace: 'ns', name: 'demo' }
const anyCluster = uncheckedCluster({ metadata: demo, spec: { size: 'any' } })

test('reads one object, with the credentials and the name of this program', async () => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, { ...aPod('demo'), spec: { aFieldOfTheFuture: 1 } }))
  const pod = await kube.get(POD, demo, signal)
  expect(pod).toMatchObject({ metadata: { name: 'demo', uid: 'uid-of-demo' }, spec: { aFieldOfTheFuture: 1 } })
  expect(requests).toMatchObject([
    {
      method: 'GET',
      path: '/api/v1/namespaces/ns/pods/demo',
      query: {},
      headers: { authorization: 'Bearer secret-token', 'user-agent': 'test-agent', accept: 'application/json' },
    },
  ])
})

test('keeps no managedFields, which nobody reads', async () => {
  const { kube, signal } = await aServer((_, response) => answer(response, aPod('demo', { managedFields: [{ manager: 'x' }] })))
  expect((await kube.get(POD, demo, signal))?.metadata).not.toHaveProperty('managedFields')
})

test.each(['..', '.', '', '../secrets/s', 'a%2fb'])('an object of the name %j does not exist, and is not asked for', async (name) => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, aPod('demo')))
  expect(await kube.get(POD, { namespace: 'ns', name }, signal)).toBeUndefined()
  expect(requests).toEqual([])
})

test('an object that the server does not have is undefined', async () => {
  const { kube, signal } = await aServer((_, response) =>
    refuse(response, 404, 'NotFound', 'pods "demo" not found', { details: { name: 'demo', kind: 'pods' } }),
  )
  expect(await kube.get(POD, demo, signal)).toBeUndefined()
})

test('a 404 that says nothing about the object is not its absence', async () => {
  const { kube, signal } = await aServer((_, response) => response.writeHead(404).end('404 page not found\n'))
  const notServed = expect.objectContaining({ kind: 'not-found', message: expect.stringContaining('404 page not found') })
  await expect(kube.get(ETCD_CLUSTER, demo, signal)).rejects.toEqual(notServed)
  await expect(kube.delete(ETCD_CLUSTER, demo, { uid: 'u' }, signal)).rejects.toEqual(notServed)
})

test('creates, and only asks what would happen in a dry run', async () => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, aPod('demo'), 201))
  const object = { metadata: { ...demo, labels: { a: 'b' } }, data: { key: 'value' } }
  await kube.create(CONFIG_MAP, object, signal)
  await kube.create(CONFIG_MAP, object, signal, { dryRun: true })
  expect(requests).toMatchObject([
    {
      method: 'POST',
      path: '/api/v1/namespaces/ns/configmaps',
      query: { fieldManager: 'etcd-operator' },
      headers: { 'content-type': 'application/json' },
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { labels: { a: 'b' } }, data: { key: 'value' } },
    },
    { query: { dryRun: 'All' } },
  ])
})

test('lets the server refuse fields that the kind does not know, where that is asked for', async () => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, aPod('demo'), 201))
  await kube.create(ETCD_CLUSTER, anyCluster, signal, { strict: true, dryRun: true })
  await kube.create(ETCD_CLUSTER, anyCluster, signal)
  expect(requests.map(({ query }) => query)).toEqual([
    { fieldManager: 'etcd-operator', dryRun: 'All', fieldValidation: 'Strict' },
    { fieldManager: 'etcd-operator' },
  ])
})

test('applies as the field manager etcd-operator', async () => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, aPod('demo')))
  await kube.apply(STATEFUL_SET, { metadata: { ...demo, uid: 'u' }, spec: { replicas: 3 } }, signal, { force: true })
  await kube.apply(ETCD_CLUSTER, { metadata: demo, status: { ready: 1 } }, signal, { subresource: 'status' })
  expect(requests).toMatchObject([
    {
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/ns/statefulsets/demo',
      query: { fieldManager: 'etcd-operator', force: 'true' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { uid: 'u' }, spec: { replicas: 3 } },
    },
    { path: '/apis/etcd-operator.dev/v1alpha1/namespaces/ns/etcdclusters/demo/status', query: { fieldManager: 'etcd-operator' } },
  ])
  expect(requests[1]?.query).not.toHaveProperty('force')
})

test('refuses to apply an object without a name or namespace', async () => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, {}))
  await expect(kube.apply(POD, { metadata: { name: 'demo' } }, signal)).rejects.toMatchObject({ kind: 'bug' })
  await expect(kube.apply(POD, { metadata: { namespace: 'ns' } }, signal)).rejects.toMatchObject({ kind: 'bug' })
  expect(requests).toEqual([])
})

test('patches with the preconditions inside', async () => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, aPod('demo')))
  const patch = { metadata: { uid: 'u', resourceVersion: '9', annotations: { a: null } } }
  await kube.patch(POD, demo, patch, signal)
  await kube.patch(ETCD_CLUSTER, demo, { status: {} }, signal, { subresource: 'status' })
  expect(requests).toMatchObject([
    { method: 'PATCH', path: '/api/v1/namespaces/ns/pods/demo', headers: { 'content-type': 'application/merge-patch+json' }, body: patch },
    { path: '/apis/etcd-operator.dev/v1alpha1/namespaces/ns/etcdclusters/demo/status' },
  ])
})

test('deletes exactly the object that was meant; one that is gone already is fine', async () => {
  const { kube, requests, signal } = await aServer((request, response) =>
    request.path.endsWith('/demo')
      ? answer(response, { kind: 'Status', status: 'Success' })
      : refuse(response, 404, 'NotFound', 'not found', { details: { name: 'gone', kind: 'pods' } }),
  )
  await kube.delete(POD, demo, { uid: 'u', resourceVersion: '9' }, signal, { gracePeriodSeconds: 0, propagationPolicy: 'Orphan' })
  await kube.delete(POD, { namespace: 'ns', name: 'gone' }, { uid: 'u' }, signal)
  expect(requests[0]).toMatchObject({
    method: 'DELETE',
    body: { kind: 'DeleteOptions', preconditions: { uid: 'u', resourceVersion: '9' }, gracePeriodSeconds: 0, propagationPolicy: 'Orphan' },
  })
})

test('lists all pages, and fills in what items lack', async () => {
  const pages = [
    { metadata: { resourceVersion: '50', continue: 'second' }, items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }] },
    { metadata: { resourceVersion: '50' }, items: [{ metadata: { name: 'c' } }] },
  ]
  const { kube, requests, signal } = await aServer((_, response) => answer(response, pages[requests.length - 1]), { pageSize: 2 })
  const list = await kube.list(POD, { namespace: 'ns', labelSelector: 'a=b,c!=d', fieldSelector: 'spec.nodeName=n' }, signal)
  expect(list.resourceVersion).toBe('50')
  expect(list.items.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
    ['Pod', 'a'],
    ['Pod', 'b'],
    ['Pod', 'c'],
  ])
  const query = { labelSelector: 'a=b,c!=d', fieldSelector: 'spec.nodeName=n', limit: '2' }
  expect(requests.map((request) => request.query)).toEqual([query, { ...query, continue: 'second' }])
})

test('lists all namespaces, and cluster-scoped kinds', async () => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, { metadata: { resourceVersion: '1' }, items: [] }))
  await kube.list(STATEFUL_SET, {}, signal)
  await kube.list(NODE, {}, signal)
  expect(requests.map((request) => request.path)).toEqual(['/apis/apps/v1/statefulsets', '/api/v1/nodes'])
})

test('a limit ends a list early', async () => {
  const page = { metadata: { resourceVersion: '1', continue: 'more' }, items: [{ metadata: { name: 'a' } }] }
  const { kube, requests, signal } = await aServer((_, response) => answer(response, page))
  expect((await kube.list(POD, { limit: 1 }, signal)).items).toHaveLength(1)
  expect(requests.map((request) => request.query.limit)).toEqual(['1'])
})

test('a list whose pages expired begins anew', async () => {
  const pages = [
    { metadata: { resourceVersion: '50', continue: 'second' }, items: [{ metadata: { name: 'old' } }] },
    'gone',
    { metadata: { resourceVersion: '60' }, items: [{ metadata: { name: 'new' } }] },
  ]
  const { kube, signal, requests } = await aServer((_, response) => {
    const page = pages[requests.length - 1]
    if (page === 'gone') refuse(response, 410, 'Expired', 'The provided continue parameter is too old')
    else answer(response, page)
  })
  expect(await kube.list(POD, {}, signal)).toMatchObject({ resourceVersion: '60', items: [{ metadata: { name: 'new' } }] })
})

test.each<[number, string, string, FailureKind]>([
  [400, 'BadRequest', 'quantities must match', 'rejected'],
  [401, 'Unauthorized', 'Unauthorized', 'forbidden'],
  [403, 'Forbidden', 'pods "demo" is forbidden: User "me" cannot create resource "pods" in API group ""', 'forbidden'],
  [403, 'Forbidden', 'pods "demo" is forbidden: exceeded quota: tiny, requested: cpu=1', 'rejected'],
  [403, 'Forbidden', 'pods "demo" is forbidden: violates PodSecurity "restricted:latest"', 'rejected'],
  [404, 'NotFound', 'namespaces "ns" not found', 'not-found'],
  [409, 'AlreadyExists', 'configmaps "demo" already exists', 'conflict'],
  [409, 'Conflict', 'the object has been modified', 'conflict'],
  [410, 'Expired', 'too old', 'unavailable'],
  [413, 'RequestEntityTooLarge', 'limit is 3145728', 'rejected'],
  [415, 'UnsupportedMediaType', 'the body was in an unknown format', 'bug'],
  [422, 'Invalid', 'spec.size: Unsupported value: 2', 'rejected'],
  [429, 'TooManyRequests', 'please try again later', 'unavailable'],
  [500, 'InternalError', 'etcdserver: request timed out', 'unavailable'],
  [503, 'ServiceUnavailable', 'apiserver is shutting down', 'unavailable'],
  [504, 'Timeout', 'request did not complete within requested timeout', 'timeout'],
])('a %i %s (%s) is a failure of kind %4$s with the words of the server', async (code, reason, message, kind) => {
  const { kube, requests, signal } = await aServer((_, response) => refuse(response, code, reason, message))
  const failure = await kube.create(CONFIG_MAP, { metadata: demo }, signal).catch((error: unknown) => error)
  expect(failure).toMatchObject({ kind, message: `POST /api/v1/namespaces/ns/configmaps: ${message} (${code} ${reason})` })
  expect(failure).toMatchObject({ cause: { reason, code } })
  expect(isFailure(failure, kind)).toBe(true)
  expect(requests).toHaveLength(1)
})

test('the uid of another object is a conflict, though the server calls it invalid', async () => {
  const details = { name: 'demo', kind: 'pods', causes: [{ reason: 'FieldValueInvalid', field: 'metadata.uid' }] }
  const { kube, signal } = await aServer((_, response) => refuse(response, 422, 'Invalid', 'field is immutable', { details }))
  await expect(kube.patch(POD, demo, { metadata: { uid: 'old' } }, signal)).rejects.toMatchObject({ kind: 'conflict' })
})

test('writes the Lease with six digits and the version that it read, and takes the holder out when it is given back', async () => {
  const { kube, requests, signal } = await aServer((_, response) =>
    answer(response, { metadata: { name: 'lease', namespace: 'ns', resourceVersion: '8' } }),
  )
  const lease = leaseClient(kube, { namespace: 'ns', name: 'lease' })
  const record = { holder: 'pod-1', durationMs: 15_000, acquiredAtMs: 0, renewedAtMs: 1_500, transitions: 2 }
  expect((await lease.update('7', record, signal)).version).toBe('8')
  await lease.update('8', { ...record, holder: '' }, signal)
  await lease.create(record, signal)
  expect(requests).toMatchObject([
    {
      method: 'PATCH',
      path: '/apis/coordination.k8s.io/v1/namespaces/ns/leases/lease',
      body: {
        metadata: { resourceVersion: '7' },
        spec: {
          holderIdentity: 'pod-1',
          leaseDurationSeconds: 15,
          acquireTime: '1970-01-01T00:00:00.000000Z',
          renewTime: '1970-01-01T00:00:01.500000Z',
          leaseTransitions: 2,
        },
      },
    },
    { body: { spec: { holderIdentity: null } } },
    { method: 'POST', body: { kind: LEASE.kind, metadata: { name: 'lease' }, spec: { holderIdentity: 'pod-1' } } },
  ])
})

test('watches the one Lease, and hears of each write and of its deletion, but not of bookmarks', async () => {
  const metadata = { name: 'lease', namespace: 'ns' }
  const events = [
    { type: 'BOOKMARK', object: { metadata: { resourceVersion: '8' } } },
    { type: 'MODIFIED', object: { metadata: { ...metadata, resourceVersion: '9' }, spec: { holderIdentity: 'pod-1' } } },
    { type: 'DELETED', object: { metadata: { ...metadata, resourceVersion: '10' } } },
  ]
  const { kube, requests, signal } = await aServer((_, response) =>
    response.writeHead(200).end(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
  )
  const heard: unknown[] = []
  for await (const lease of leaseClient(kube, { namespace: 'ns', name: 'lease' }).watch('7', signal)) heard.push(lease)
  expect(heard).toMatchObject([{ version: '9', record: { holder: 'pod-1' } }, undefined])
  expect(requests).toMatchObject([
    {
      path: '/apis/coordination.k8s.io/v1/namespaces/ns/leases',
      query: { watch: 'true', fieldSelector: 'metadata.name=lease', resourceVersion: '7' },
    },
  ])
})

test('tells of each request what it did and how it was answered, and of its repeats', async () => {
  const told: string[] = []
  const onRequest = ({ verb, resource }: { verb: string; resource: string }, status: number | undefined) =>
    told.push(`${verb} ${resource} ${status}`)
  let answers = 0
  const { kube, signal } = await aServer(
    ({ query }, response) => {
      answers++
      if (answers === 1) refuse(response, 503, 'ServiceUnavailable', 'starting')
      else if (query.watch === 'true') response.writeHead(200).end()
      else if (answers === 5) response.destroy()
      else answer(response, { metadata: { name: 'demo', resourceVersion: '1' }, items: [] })
    },
    { onRequest },
  )
  await kube.get(POD, demo, signal)
  await kube.list(CONFIG_MAP, { namespace: 'ns' }, signal)
  for await (const _ of kube.watch(POD, { namespace: 'ns' }, '1', signal)) throw new Error('nothing is sent')
  await kube.patch(CONFIG_MAP, demo, {}, signal).catch(() => {})
  expect(told).toEqual(['get pods 503', 'get pods 200', 'list configmaps 200', 'watch pods 200', 'patch configmaps undefined'])
})

test('a MicroTime has six fraction digits', () => {
  expect(microTime(Date.UTC(2026, 1, 3, 4, 5, 6, 7))).toBe('2026-02-03T04:05:06.007000Z')
  expect(microTime(0.25)).toBe('1970-01-01T00:00:00.000250Z')
})

describe('what an object lacks for ever is told apart from what refuses it today', () => {
  test.each([
    [422, 'Invalid', 'spec.size: Unsupported value: 2', true],
    [400, 'BadRequest', 'strict decoding error: unknown field "spec.sise"', true],
    [403, 'Forbidden', 'exceeded quota: tiny', false],
    [409, 'AlreadyExists', 'exists', false],
    [500, 'InternalError', 'webhook is away', false],
  ] as const)('%i %s', async (code, reason, said, isInvalid) => {
    const { kube, signal } = await aServer((_, response) => refuse(response, code, reason, said))
    const failure: unknown = await kube.create(ETCD_CLUSTER, anyCluster, signal).catch((error: unknown) => error)
    expect(whatIsInvalid(failure)).toBe(isInvalid ? said : undefined)
  })
})
