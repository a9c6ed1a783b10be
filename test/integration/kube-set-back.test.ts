import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONFIG_MAP, type ConfigMap } from '../../src/adapters/kube/kinds.ts'
import { leaseClient } from '../../src/adapters/kube/lease-client.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { systemClock as clock } from '../../src/runtime/clock.ts'
import { startLeaderElection } from '../../src/runtime/leader-election.ts'
import { startReflector } from '../../src/runtime/reflector.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const stop = new AbortController()
const { signal } = new AbortController()
const where = { namespace: 'default', labelSelector: 'set-back=this' }
const quiet = () => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'integration', callsPerSecond: 2_000, burst: 2_000 })
})
afterAll(async () => {
  stop.abort()
  await kube?.close()
  await server?.cleanUp()
})

const create = (name: string) =>
  kube.create(CONFIG_MAP, { metadata: { namespace: 'default', name, labels: { 'set-back': 'this' } } }, signal)

function follow() {
  const reflector = startReflector<ConfigMap>(
    {
      name: 'configmaps',
      list: (inner) => kube.list(CONFIG_MAP, where, inner),
      watch: (version, inner) => kube.watch(CONFIG_MAP, where, version, inner),
      onChange: quiet,
      clock,
      log,
    },
    stop.signal,
  )
  return { reflector, names: () => reflector.cache.list().map(({ metadata }) => metadata.name) }
}

/** Long enough that the leader leads on while the API server is started again. */
const leaseMs = 90_000
const forgotten = 1_000

test('a control plane that was restored from a copy leaves nobody blind: a write of our own or the Lease tells, and all is listed again', async () => {
  const writing = follow()
  const leading = follow()
  let setBacks = 0
  const client = leaseClient(kube, { namespace: 'default', name: 'set-back' })
  const election = startLeaderElection({
    client,
    identity: 'a',
    onElected: quiet,
    onLost: quiet,
    onSetBack: () => setBacks++,
    leaseMs,
    renewDeadlineMs: leaseMs - 10_000,
    clock,
    log,
  })
  await expect.poll(() => election.isLeader(), { timeout: 20_000 }).toBe(true)
  await create('kept')
  await server.copyData()
  // Many more than an API server writes by itself when it starts: its versions must not have passed those that were seen before.
  await Promise.all(Array.from({ length: forgotten }, (_, i) => create(`forgotten-${i}`)))
  await expect.poll(() => [writing.names().length, leading.names().length], { timeout: 40_000 }).toEqual([forgotten + 1, forgotten + 1])
  // Only a Lease that was renewed in the time that is forgotten can tell of it.
  const seen = await client.get(signal)
  await expect.poll(async () => (await client.get(signal))?.version, { timeout: 20_000 }).not.toBe(seen?.version)

  await server.setBack()
  await create('new')
  await expect.poll(() => setBacks, { timeout: 20_000 }).toBe(1)
  // The watches were opened again from a version that the server hasn't reached, and are silent.
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  expect([writing.names().length, leading.names().length]).toEqual([forgotten + 1, forgotten + 1])

  const note = writing.reflector.beforeWrite()
  note(await create('written'))
  await expect.poll(() => writing.names().toSorted(), { timeout: 10_000 }).toEqual(['kept', 'new', 'written'])
  leading.reflector.relist('the Lease has an older version than before')
  await expect.poll(() => leading.names().toSorted(), { timeout: 10_000 }).toEqual(['kept', 'new', 'written'])
  expect(election.isLeader()).toBe(true)
  await election.release()
})
