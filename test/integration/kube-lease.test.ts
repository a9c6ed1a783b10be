import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LEASE } from '../../src/adapters/kube/kinds.ts'
import { leaseClient } from '../../src/adapters/kube/lease-client.ts'
import type { Draft, KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { until } from '../cluster/command.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/** Whoever isn't told, or has another name, waits for the whole of it: longer than anything is waited for here. */
const longLeaseMs = 120_000
const shortLeaseMs = 6_000

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const candidates: ChildProcess[] = []
let events: string[] = []

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'integration' })
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})
afterEach(() => {
  for (const candidate of candidates.splice(0)) candidate.kill('SIGKILL')
  events = []
})

function start(lease: string, identity: string, leaseMs = longLeaseMs): ChildProcess {
  const program = join(import.meta.dirname, 'kube-lease-candidate.ts')
  const child = spawn(process.execPath, [program, server.kubeconfig('admin'), lease, identity, String(leaseMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  candidates.push(child)
  child.stdout.on('data', (lines) => {
    for (const what of String(lines).trim().split('\n')) events.push(what)
  })
  return child
}

const happened = (what: string) => expect.poll(() => events, { timeout: 20_000, interval: 20 }).toContainEqual(expect.stringMatching(what))
const leaseOf = async (name: string) => (await kube.get(LEASE, { namespace: 'default', name }, new AbortController().signal))?.spec

test('SIGTERM hands leadership over without waiting for the Lease to end', async () => {
  const first = start('handover', 'a')
  await happened('a elected')
  start('handover', 'b')
  await happened('b started')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(await leaseOf('handover')).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 120, leaseTransitions: 0 })
  first.kill('SIGTERM')
  await happened('b elected')
  expect(await leaseOf('handover')).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
})

test('a killed process that is started again leads at once, because it has the same name', async () => {
  const first = start('restart', 'pod-1')
  await happened('pod-1 elected')
  start('restart', 'pod-2')
  await happened('pod-2 started')
  first.kill('SIGKILL')
  events = []
  start('restart', 'pod-1')
  await happened('pod-1 elected')
})

test('a process that is frozen past its Lease is followed by another, and exits when it wakes', async () => {
  const first = start('freeze', 'a', shortLeaseMs)
  await happened('a elected')
  start('freeze', 'b', shortLeaseMs)
  await happened('b started')
  first.kill('SIGSTOP')
  await happened('b elected')
  const exited = new Promise((resolve) => first.once('exit', resolve))
  first.kill('SIGCONT')
  expect(await exited).toBe(1)
  await happened('a lost')
  expect(await leaseOf('freeze')).toMatchObject({ holderIdentity: 'b' })
})

test('the Role of the operator lets it create, renew and watch its Lease, and no other', async () => {
  const { signal } = new AbortController()
  const documents = loadAll(readFileSync(join(import.meta.dirname, '../../deploy/base/leader-election-role.yaml'), 'utf8'))
  const [role, binding] = documents as [Draft<KubeObject>, Draft<KubeObject>]
  await kube.create(NAMESPACE, { metadata: { name: 'etcd-operator-system' } }, signal)
  await kube.create(ROLE, role, signal)
  const nobody = { ...binding, subjects: [{ kind: 'User', name: 'nobody', apiGroup: rbac }] }
  await kube.create(ROLE_BINDING, nobody, signal)
  const bound = connectKube({ kubeconfig: server.kubeconfig('nobody'), userAgent: 'integration' })
  const lease = leaseClient(bound, { namespace: 'etcd-operator-system', name: 'etcd-operator.dev' })
  const record = { holder: 'a', durationMs: 15_000, acquiredAtMs: 0, renewedAtMs: 0, transitions: 0 }
  try {
    // A new Role counts as soon as the authorizer has heard of it.
    const made = await until('the Lease may be created', 10_000, () => lease.create(record, signal).catch(() => undefined))
    const changes = lease.watch(made.version, signal)[Symbol.asyncIterator]()
    const heard = changes.next()
    await lease.update(made.version, { ...record, holder: 'b' }, signal)
    expect((await heard).value).toMatchObject({ record: { holder: 'b' } })
    const other = leaseClient(bound, { namespace: 'etcd-operator-system', name: 'another' })
    await expect(other.watch('0', signal).next()).rejects.toMatchObject({ kind: 'forbidden' })
    void changes.return?.(undefined)
  } finally {
    await bound.close()
  }
})

const rbac = 'rbac.authorization.k8s.io'
const ROLE: ResourceKind<KubeObject> = { apiVersion: `${rbac}/v1`, kind: 'Role', plural: 'roles' }
const ROLE_BINDING: ResourceKind<KubeObject> = { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', plural: 'rolebindings' }
