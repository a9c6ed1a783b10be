import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CONFIG_MAP,
  CORE_EVENT,
  ETCD_CLUSTER,
  ETCD_USER,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SECRET,
  SERVICE,
  STATEFUL_SET,
} from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { type OperatorProcess, startOperator } from '../bench/fleet/operator-process.ts'
import { runNode, until } from '../cluster/command.ts'
import { canariesOf, findsIn } from '../e2e/canaries.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/**
 * S17: private keys and passwords are in Secrets, and nowhere else that a person or a program may read. The real operator, as far as it comes
 * without nodes: all of a cluster's Secrets, users that wait for it, one of them with a password, and Secrets that somebody spoils.
 */

const namespace = 'default'
const password = 'canary-4f1c8d0b6a2e'
const { signal } = new AbortController()
const own = ['peer-ca', 'client-ca', 'peer-tls', 'server-tls', 'client'].map((use) => `demo-${use}`)
let server: ApiServer
let kube: Kube & { close(): Promise<void> }
let operator: OperatorProcess
let dir: string

beforeAll(async () => {
  expect(await runNode(['scripts/build.ts'], { quiet: true })).toBe(0)
  dir = mkdtempSync(join(tmpdir(), 'canaries-'))
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'canaries' })
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions' } as const
  for (const definition of loadAll(readFileSync('deploy/crds.yaml', 'utf8')) as KubeObject[])
    await kube.create({ ...crd, clusterScoped: true }, definition, signal)
  for (const kind of [ETCD_CLUSTER, ETCD_USER] as readonly ResourceKind<KubeObject>[])
    await until('the kinds are served', 60_000, () => kube.list(kind, {}, signal).catch(() => undefined), 200)
  operator = await startOperator({ kubeconfig: server.kubeconfig('admin'), name: 'operator', logFile: join(dir, 'log') })
}, 600_000)
afterAll(async () => {
  await operator?.stop()
  await kube?.close()
  await server?.cleanUp()
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true })
})

test('no key and no password is told anywhere but in its Secret', async () => {
  await kube.create(SECRET, { metadata: { namespace, name: 'given' }, stringData: { password } } as never, signal)
  const spec = { version: '3.6.16', storage: { size: '1Gi' }, auth: { enabled: true } }
  await kube.create(ETCD_CLUSTER, { metadata: { namespace, name: 'demo' }, spec } as never, signal)
  for (const [name, words] of Object.entries({ generated: { generate: true }, chosen: { secretName: 'given', key: 'password' } })) {
    const wish = { cluster: 'demo', permissions: [{ access: 'ReadWrite', prefix: `${name}/` }], password: words }
    await kube.create(ETCD_USER, { metadata: { namespace, name }, spec: wish } as never, signal)
  }
  await expect.poll(namesOfSecrets, { timeout: 150_000 }).toEqual(expect.arrayContaining(own))
  await expect.poll(() => kube.get(STATEFUL_SET, { namespace, name: 'demo' }, signal), { timeout: 150_000 }).toBeDefined()
  const secrets = await all(SECRET)

  // Somebody puts a key where another belongs, and something that is none: what is told of that holds neither.
  const wrong = { 'tls.key': textOf(secrets, 'demo-client-ca', 'current.key') }
  await kube.patch(SECRET, { namespace, name: 'demo-server-tls' }, { stringData: wrong }, signal)
  await kube.patch(SECRET, { namespace, name: 'demo-client' }, { stringData: { 'tls.key': password } }, signal)
  await kube.patch(ETCD_CLUSTER, { namespace, name: 'demo' }, { metadata: { annotations: { 'etcd-operator.dev/refresh': 'now' } } }, signal)
  await expect
    .poll(async () => textOf(await all(SECRET), 'demo-server-tls', 'tls.key') !== wrong['tls.key'], { timeout: 150_000 })
    .toBe(true)
  await expect.poll(async () => textOf(await all(SECRET), 'demo-client', 'tls.key') !== password, { timeout: 150_000 }).toBe(true)

  const kinds = [CONFIG_MAP, STATEFUL_SET, SERVICE, POD_DISRUPTION_BUDGET, NETWORK_POLICY, CORE_EVENT, ETCD_CLUSTER, ETCD_USER]
  const objects = await Promise.all(kinds.map((kind) => all(kind as unknown as ResourceKind<KubeObject>)))
  const later = await all(SECRET)
  await operator.stop()
  const log = readFileSync(join(dir, 'log'), 'utf8')

  const canaries = canariesOf([...secrets, ...later] as Parameters<typeof canariesOf>[0])
  expect(canaries.length).toBeGreaterThan(14)
  // A search that finds nothing where all of it lies would prove nothing.
  expect(findsIn('the Secrets', JSON.stringify([secrets, later]), canaries)).toHaveLength(canaries.length)
  expect(objects.flat().length).toBeGreaterThan(8)
  expect(log).toContain('step done')
  expect(
    objects.flatMap((some) => some.flatMap((one) => findsIn(`${one.kind} ${one.metadata.name}`, JSON.stringify(one), canaries))),
  ).toEqual([])
  expect(findsIn('log of the operator', log, canaries)).toEqual([])
}, 600_000)

async function all<T extends KubeObject>(kind: ResourceKind<T>): Promise<readonly T[]> {
  return (await kube.list(kind, { namespace }, signal)).items
}

async function namesOfSecrets(): Promise<readonly string[]> {
  return (await all(SECRET)).map(({ metadata }) => metadata.name)
}

function textOf(secrets: readonly KubeObject[], name: string, key: string): string {
  const found = secrets.find(({ metadata }) => metadata.name === name) as { data?: Record<string, string> } | undefined
  return Buffer.from(found?.data?.[key] ?? '', 'base64').toString()
}
