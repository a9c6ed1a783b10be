import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { CONFIG_MAP, type ConfigMap } from '../../src/adapters/kube/kinds.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { startReflector } from '../../src/runtime/reflector.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()
const namespace = 'default'
const labelSelector = 'reflect=this'
const watchSeconds = 6
const watchdogMs = 9_000
const quiet = () => {}

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'integration', watchSeconds, requestTimeoutMs: 3_000 })
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})
beforeEach(async () => {
  const { items } = await kube.list(CONFIG_MAP, { namespace, labelSelector }, signal)
  await Promise.all(items.map(({ metadata }) => kube.delete(CONFIG_MAP, metadata, { uid: metadata.uid }, signal)))
})

const create = (name: string) => kube.create(CONFIG_MAP, { metadata: { namespace, name, labels: { reflect: 'this' } } }, signal)
const remove = ({ metadata }: ConfigMap) => kube.delete(CONFIG_MAP, metadata, { uid: metadata.uid }, signal)

async function reflect() {
  const changes: string[] = []
  const warnings: string[] = []
  const counts = { lists: 0, watches: 0 }
  const stop = new AbortController()
  const reflector = startReflector<ConfigMap>(
    {
      name: 'configmaps',
      list(inner) {
        counts.lists++
        return kube.list(CONFIG_MAP, { namespace, labelSelector }, inner)
      },
      watch(version, inner) {
        counts.watches++
        return kube.watch(CONFIG_MAP, { namespace, labelSelector }, version, inner)
      },
      onChange(object, old) {
        const what = object === undefined ? 'deleted' : old === undefined ? 'added' : 'changed'
        changes.push(`${what} ${(object ?? old)?.metadata.name} ${(object ?? old)?.metadata.uid}`)
      },
      watchdogMs,
      clock: systemClock,
      log: { debug: quiet, info: quiet, warn: (fields) => warnings.push(String(fields.err)), error: quiet },
    },
    stop.signal,
  )
  await reflector.synced
  const names = () => reflector.cache.list().map((map) => map.metadata.name)
  const end = async () => {
    stop.abort()
    await reflector.stopped
  }
  return { changes, warnings, counts, names, end, reflector }
}

test('follows what happens', async () => {
  const { changes, names, end } = await reflect()
  const a = await create('a')
  await expect.poll(names).toEqual(['a'])
  await remove(a)
  await expect.poll(names).toEqual([])
  expect(changes).toEqual([`added a ${a.metadata.uid}`, `deleted a ${a.metadata.uid}`])
  await end()
})

test('a quiet watch costs nothing but being opened again: bookmarks keep it alive and up to date', async () => {
  const { warnings, counts, names, end } = await reflect()
  const seconds = 12
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  expect(warnings).toEqual([])
  expect(counts.lists).toBe(1)
  // The client asks for a time by chance, of at least half of what it was given.
  expect(counts.watches).toBeLessThanOrEqual(1 + Math.floor(seconds / (watchSeconds / 2)))
  await create('late')
  await expect.poll(names).toEqual(['late'])
  await end()
})

test('a server that hangs is noticed by the watchdog, and what was missed is made up for', async () => {
  const { warnings, counts, names, end, reflector } = await reflect()
  await create('before')
  await expect.poll(names).toEqual(['before'])
  server.signal('SIGSTOP')
  await expect.poll(() => warnings.join(), { timeout: 20_000, interval: 200 }).toContain('nothing heard')
  expect(names()).toEqual(['before'])
  expect(reflector.silentMs()).toBeGreaterThan(watchdogMs - 1_000)
  server.signal('SIGCONT')
  await create('after')
  await expect.poll(() => names().sort(), { timeout: 20_000 }).toEqual(['after', 'before'])
  expect(counts.lists).toBe(1)
  await end()
})

test('a server that is killed and started again: the cache serves on, then catches up, and knows a new object by its uid', async () => {
  const { changes, warnings, names, end } = await reflect()
  const first = await create('same-name')
  await expect.poll(names).toEqual(['same-name'])
  server.signal('SIGKILL')
  await expect.poll(() => warnings.join(), { timeout: 20_000 }).toContain('ECONNREFUSED')
  expect(names()).toEqual(['same-name'])
  await server.restart()
  await remove(first)
  const second = await create('same-name')
  const expected = [
    `added same-name ${first.metadata.uid}`,
    `deleted same-name ${first.metadata.uid}`,
    `added same-name ${second.metadata.uid}`,
  ]
  await expect.poll(() => changes, { timeout: 40_000 }).toEqual(expected)
  await end()
})
