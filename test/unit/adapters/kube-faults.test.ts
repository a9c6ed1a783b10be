import { expect, test } from 'vitest'
import { CONFIG_MAP, LEASE, POD } from '../../../src/adapters/kube/kinds.ts'
import { answer, aPod, aServer, refuse } from './kube-server.ts'

const demo = { namespace: 'ns', name: 'demo' }

test('many calls, one after the other, share one or two connections', async () => {
  const { kube, signal, connections } = await aServer((_, response) => answer(response, aPod('demo')))
  for (let i = 0; i < 50; i++) await kube.get(POD, demo, signal)
  // One that is given back a moment too late lets a second one be opened.
  expect(connections()).toBeLessThanOrEqual(2)
})

test('many calls at once share a bounded number of connections', async () => {
  const { kube, requests, signal, connections } = await aServer((_, response) => {
    setImmediate(() => answer(response, aPod('demo')))
  })
  await Promise.all(Array.from({ length: 90 }, () => kube.get(POD, demo, signal)))
  expect(requests).toHaveLength(90)
  expect(connections()).toBeLessThanOrEqual(24)
})

test('a server that does not answer is a timeout, and its connection is not used again', async () => {
  const { kube, requests, signal, connections } = await aServer(
    (_, response) => {
      if (requests.length > 1) answer(response, aPod('demo'))
    },
    // The second call has no more: on a busy machine it needs some of it.
    { requestTimeoutMs: 2_000 },
  )
  await expect(kube.get(POD, demo, signal)).rejects.toMatchObject({
    kind: 'timeout',
    message: expect.stringContaining('no answer within 2000 ms'),
  })
  await kube.get(POD, demo, signal)
  expect(connections()).toBe(2)
})

test('an answer that stops in the middle is a timeout', async () => {
  const { kube, signal } = await aServer((_, response) => void response.writeHead(200).write('{"metadata":'), { requestTimeoutMs: 150 })
  await expect(kube.get(POD, demo, signal)).rejects.toMatchObject({ kind: 'timeout' })
})

test('a call ends with the signal of its pass', async () => {
  const { kube } = await aServer(() => {})
  const pass = new AbortController()
  const call = kube.create(CONFIG_MAP, { metadata: demo }, pass.signal)
  setImmediate(() => pass.abort(new Error('the pass is over')))
  await expect(call).rejects.toMatchObject({ message: expect.stringContaining('the pass is over') })
  await expect(kube.get(POD, demo, pass.signal)).rejects.toMatchObject({ message: expect.stringContaining('the pass is over') })
})

test('a refused connection is unavailable, with the cause in the message', async () => {
  const { kube, kubeconfig, signal } = await aServer(() => {})
  const { writeFileSync } = await import('node:fs')
  const { kubeconfigFor } = await import('./kube-server.ts')
  writeFileSync(kubeconfig, kubeconfigFor('http://127.0.0.1:1'))
  await expect(kube.get(POD, demo, signal)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('ECONNREFUSED') })
})

test('a connection that is reset: a read is repeated, a write is not, because it may have been carried out', async () => {
  const { kube, requests, signal } = await aServer((_, response) => {
    if (requests.length === 1 || requests.length === 3) response.destroy()
    else answer(response, aPod('demo'))
  })
  expect(await kube.get(POD, demo, signal)).toMatchObject({ metadata: { name: 'demo' } })
  await expect(kube.create(CONFIG_MAP, { metadata: demo }, signal)).rejects.toMatchObject({ kind: 'unavailable' })
  expect(requests.map((request) => request.method)).toEqual(['GET', 'GET', 'POST'])
})

test('a read is repeated at most twice', async () => {
  const { kube, requests, signal } = await aServer((_, response) => refuse(response, 503, 'ServiceUnavailable', 'starting'))
  await expect(kube.get(POD, demo, signal)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('starting') })
  expect(requests).toHaveLength(3)
})

test('a read that was put off by Retry-After is repeated then, if its deadline allows', async () => {
  const { kube, requests, signal } = await aServer((_, response) => {
    if (requests.length === 1) refuse(response, 429, 'TooManyRequests', 'busy', { headers: { 'retry-after': '0.05' } })
    else answer(response, aPod('demo'))
  })
  expect(await kube.get(POD, demo, signal)).toMatchObject({ metadata: { name: 'demo' } })
})

test('a wait that is longer than the deadline is left to the caller', async () => {
  const { kube, requests, signal } = await aServer(
    (_, response) => refuse(response, 429, 'TooManyRequests', 'busy', { headers: { 'retry-after': '30' } }),
    { requestTimeoutMs: 2_000 },
  )
  await expect(kube.get(POD, demo, signal)).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 30_000 })
  expect(requests).toHaveLength(1)
})

test('the wait may also stand in the body', async () => {
  const { kube, signal } = await aServer((_, response) =>
    refuse(response, 500, 'ServerTimeout', 'later', { details: { retryAfterSeconds: 3 } }),
  )
  await expect(kube.create(CONFIG_MAP, { metadata: demo }, signal)).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 3_000 })
})

test.each(['<html>502 from a proxy</html>', '', '[]', 'null', '{"metadata":{}}', '{"items":[]}'])(
  'the answer "%s" is no object',
  async (body) => {
    const { kube, signal } = await aServer((_, response) => response.writeHead(200).end(body))
    await expect(kube.get(POD, demo, signal)).rejects.toMatchObject({ kind: 'bug' })
    await expect(kube.list(POD, {}, signal)).rejects.toMatchObject({ kind: 'bug' })
  },
)

test('an error page that is no Status is quoted, but not at length', async () => {
  const { kube, signal } = await aServer((_, response) => response.writeHead(502).end(`<html>bad gateway${'x'.repeat(10_000)}`))
  const failure = await kube.create(CONFIG_MAP, { metadata: demo }, signal).catch((error: unknown) => error)
  expect(failure).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('<html>bad gateway') })
  expect(String(failure).length).toBeLessThan(400)
})

test('calls beyond the burst wait for their turn, the Lease goes first', async () => {
  const { kube, requests } = await aServer((_, response) => answer(response, aPod('demo')), { callsPerSecond: 0.001, burst: 2 })
  const pass = new AbortController()
  const calls = Array.from({ length: 6 }, () => kube.get(POD, demo, pass.signal))
  await Promise.all(calls.slice(0, 2))
  await kube.get(LEASE, { namespace: 'ns', name: 'lease' }, new AbortController().signal)
  pass.abort(new Error('the pass is over'))
  expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', ...Array(4).fill('rejected')])
  expect(requests.map(({ path }) => path.split('/').at(-1))).toEqual(['demo', 'demo', 'lease'])
})

test('a call whose turn comes goes out', async () => {
  const { kube, requests, signal } = await aServer((_, response) => answer(response, aPod('demo')), { callsPerSecond: 20, burst: 1 })
  const startMs = performance.now()
  await Promise.all(Array.from({ length: 4 }, () => kube.get(POD, demo, signal)))
  expect(requests).toHaveLength(4)
  // A timer may fire a moment early by the other clock.
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(3 * 50 - 5)
})
