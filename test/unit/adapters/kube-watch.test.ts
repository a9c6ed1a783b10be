import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { POD } from '../../../src/adapters/kube/kinds.ts'
import { aPod, aServer, refuse } from './kube-server.ts'

function send(response: ServerResponse, ...events: { type: string; object: unknown }[]): void {
  response.write(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
}

async function collect<E>(events: AsyncIterable<E>): Promise<E[]> {
  const all: E[] = []
  for await (const event of events) all.push(event)
  return all
}

test('asks for bookmarks and for an end after five to ten minutes', async () => {
  const { kube, requests, signal } = await aServer((_, response) => response.writeHead(200).end())
  await collect(kube.watch(POD, { namespace: 'ns', labelSelector: 'a=b' }, '42', signal))
  expect(requests).toMatchObject([
    {
      path: '/api/v1/namespaces/ns/pods',
      query: { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '42', labelSelector: 'a=b' },
    },
  ])
  const seconds = Number(requests[0]?.query.timeoutSeconds)
  expect(seconds).toBeGreaterThanOrEqual(300)
  expect(seconds).toBeLessThanOrEqual(600)
})

test('hands on events and bookmarks, and ends when the server ends it', async () => {
  const bookmark = { type: 'BOOKMARK', object: { kind: 'Pod', metadata: { resourceVersion: '99' } } }
  const { kube, signal } = await aServer((_, response) => {
    send(response.writeHead(200), { type: 'ADDED', object: aPod('a') }, { type: 'MODIFIED', object: aPod('a') })
    send(response, { type: 'DELETED', object: aPod('a') }, bookmark)
    response.end()
  })
  expect(await collect(kube.watch(POD, {}, '1', signal))).toMatchObject([
    { type: 'added', object: { metadata: { name: 'a' } } },
    { type: 'modified', object: { metadata: { name: 'a' } } },
    { type: 'deleted', object: { metadata: { name: 'a' } } },
    { type: 'bookmark', resourceVersion: '99' },
  ])
})

test('puts events together that arrive in pieces, also within a letter', async () => {
  const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: aPod('größe') })}\n`)
  const { kube, signal } = await aServer((_, response) => {
    response.writeHead(200)
    const pieces = Array.from({ length: line.length }, (_, i) => line.subarray(i, i + 1))
    const next = () => {
      const piece = pieces.shift()
      if (piece === undefined) response.end()
      else response.write(piece, next)
    }
    next()
  })
  expect(await collect(kube.watch(POD, {}, '1', signal))).toMatchObject([{ object: { metadata: { name: 'größe' } } }])
})

test.each(['as an event', 'as a status'])('a version that is too old, said %s, is the event "expired"', async (how) => {
  const { kube, signal } = await aServer((_, response) => {
    if (how === 'as a status') refuse(response, 410, 'Expired', 'too old resource version')
    else send(response.writeHead(200), { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
  })
  expect(await collect(kube.watch(POD, {}, '1', signal))).toEqual([{ type: 'expired' }])
})

test('another error of the server is a failure', async () => {
  const { kube, signal } = await aServer((_, response) => {
    send(response.writeHead(200), {
      type: 'ERROR',
      object: { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd is away' },
    })
  })
  await expect(collect(kube.watch(POD, {}, '1', signal))).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('etcd is away'),
  })
})

test('a watch that is put off says for how long', async () => {
  const { kube, signal } = await aServer((_, response) =>
    refuse(response, 429, 'TooManyRequests', 'busy', { headers: { 'retry-after': '5' } }),
  )
  await expect(collect(kube.watch(POD, {}, '1', signal))).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 5_000 })
})

test('a watch that may not be opened is forbidden', async () => {
  const message = 'pods is forbidden: User "me" cannot watch resource "pods"'
  const { kube, signal } = await aServer((_, response) => refuse(response, 403, 'Forbidden', message))
  await expect(collect(kube.watch(POD, {}, '1', signal))).rejects.toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining(message),
  })
})

test('a connection that is reset is a failure, after the events that came before', async () => {
  const { kube, signal } = await aServer((_, response) => {
    send(response.writeHead(200), { type: 'ADDED', object: aPod('a') })
    setTimeout(() => response.destroy(), 20)
  })
  const seen: string[] = []
  const watching = (async () => {
    for await (const event of kube.watch(POD, {}, '1', signal)) seen.push(event.type)
  })()
  await expect(watching).rejects.toMatchObject({ kind: 'unavailable' })
  expect(seen).toEqual(['added'])
})

test('an event that is cut off is a failure', async () => {
  const { kube, signal } = await aServer((_, response) => response.writeHead(200).end('{"type":"ADDED","object":{"meta'))
  await expect(collect(kube.watch(POD, {}, '1', signal))).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('broke off'),
  })
})

test.each(['<html>\n', '{"type":"ADDED"}\n', '{"type":"ADDED","object":{}}\n', '{"type":"NEW","object":{}}\n'])(
  'the line %s is no event',
  async (line) => {
    const { kube, signal } = await aServer((_, response) => response.writeHead(200).end(line))
    await expect(collect(kube.watch(POD, {}, '1', signal))).rejects.toMatchObject({ kind: 'bug' })
  },
)

test('ends quietly with its signal, and lets the connection go', async () => {
  let closed = () => {}
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve
  })
  const { kube } = await aServer((_, response) => {
    send(response.writeHead(200), { type: 'ADDED', object: aPod('a') })
    response.on('close', closed)
  })
  const stop = new AbortController()
  for await (const event of kube.watch(POD, {}, '1', stop.signal)) if (event.type === 'added') stop.abort()
  await isClosed
})

test('lets the connection go when the reader stops reading', async () => {
  let closed = () => {}
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve
  })
  const { kube, signal } = await aServer((_, response) => {
    send(response.writeHead(200), { type: 'ADDED', object: aPod('a') })
    response.on('close', closed)
  })
  for await (const _ of kube.watch(POD, {}, '1', signal)) break
  await isClosed
})

test('a server that does not answer at all is a timeout', async () => {
  const { kube, signal } = await aServer(() => {}, { requestTimeoutMs: 150 })
  await expect(collect(kube.watch(POD, {}, '1', signal))).rejects.toMatchObject({ kind: 'timeout' })
})

test('a watch outlives the deadline of calls, and many watches do not hold up a call', async () => {
  const open: ServerResponse[] = []
  const { kube, signal } = await aServer(
    (request, response) => {
      if (request.query.watch) open.push(response.writeHead(200).on('error', () => {}))
      else response.end(JSON.stringify(aPod('a')))
      response.flushHeaders()
    },
    { requestTimeoutMs: 3000 },
  )
  const stop = new AbortController()
  const watches = Array.from({ length: 40 }, () => collect(kube.watch(POD, {}, '1', stop.signal)))
  await expect.poll(() => open.length).toBe(40)
  const startMs = performance.now()
  while (performance.now() - startMs < 3300) await kube.get(POD, { namespace: 'ns', name: 'a' }, signal)
  for (const response of open) response.end(`${JSON.stringify({ type: 'ADDED', object: aPod('late') })}\n`)
  for (const events of await Promise.all(watches)) expect(events).toMatchObject([{ object: { metadata: { name: 'late' } } }])
})
