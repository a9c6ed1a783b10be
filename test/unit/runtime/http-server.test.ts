import { afterEach, expect, test } from 'vitest'
import { type Check, type HttpServer, healthPages, metricsPages, parseAddress, startHttpServer } from '../../../src/runtime/http-server.ts'
import { recordedLog } from './virtual-clock.ts'

const well: Check = () => ({ ok: true, notes: [] })
const servers: HttpServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function serve(address: string, pages: Parameters<typeof startHttpServer>[1]) {
  const log = recordedLog()
  const server = await startHttpServer(address, pages, log)
  servers.push(server)
  return { log, at: (path: string, host = '127.0.0.1', init?: RequestInit) => fetch(`http://${host}:${server.port}${path}`, init) }
}

test('tells whether it is healthy and ready, and what a person should know', async () => {
  let state = { ok: false, notes: ['namespace a: not read', 'namespace b: not read'] }
  const { at } = await serve(':0', healthPages({ healthy: well, ready: () => state }))
  const notReady = await at('/readyz')
  expect([notReady.status, await notReady.text()]).toEqual([503, 'namespace a: not read\nnamespace b: not read\n'])
  state = { ok: true, notes: ['namespace b: refused'] }
  const ready = await at('/readyz')
  expect([ready.status, await ready.text()]).toEqual([200, 'ok\nnamespace b: refused\n'])
  expect(await (await at('/healthz')).text()).toBe('ok\n')
})

test('serves metrics with their content type', async () => {
  const { at } = await serve(':0', metricsPages({ contentType: 'text/plain; version=0.0.4', metrics: async () => 'up 1\n' }))
  const reply = await at('/metrics?name=up')
  expect([reply.headers.get('content-type'), await reply.text()]).toEqual(['text/plain; version=0.0.4', 'up 1\n'])
})

test('listens on IPv4 and, where there is one, on IPv6', async () => {
  const { at } = await serve(':0', healthPages({ healthy: well, ready: well }))
  expect((await at('/healthz', '127.0.0.1')).status).toBe(200)
  const six = await at('/healthz', '[::1]').catch(() => undefined)
  expect(six?.status ?? 200).toBe(200)
})

test('knows no other paths and no other methods', async () => {
  const { at } = await serve('127.0.0.1:0', healthPages({ healthy: well, ready: well }))
  expect((await at('/')).status).toBe(404)
  expect((await at('/healthz', undefined, { method: 'POST' })).status).toBe(404)
  expect(await (await at('/healthz', undefined, { method: 'HEAD' })).text()).toBe('')
})

test('a page that fails is a 500 and a log line, not a crash', async () => {
  const { at, log } = await serve(':0', { '/metrics': () => Promise.reject(new Error('collector')) })
  expect((await at('/metrics')).status).toBe(500)
  expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: 'page failed', fields: { path: '/metrics' } })
})

test('a port that is taken is an error of the start', async () => {
  const first = await startHttpServer('127.0.0.1:0', {}, recordedLog())
  servers.push(first)
  await expect(startHttpServer(`127.0.0.1:${first.port}`, {}, recordedLog())).rejects.toThrow('EADDRINUSE')
})

test.each([
  [':8080', { host: undefined, port: 8080 }],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['localhost:80', { host: 'localhost', port: 80 }],
  ['[::1]:8081', { host: '::1', port: 8081 }],
])('reads the address %s', (address, expected) => {
  expect(parseAddress(address)).toEqual(expected)
})

test.each(['8080', '', ':', ':99999', '::1:80', 'http://x:80'])('refuses the address "%s"', (address) => {
  expect(() => parseAddress(address)).toThrow('write it as')
})
