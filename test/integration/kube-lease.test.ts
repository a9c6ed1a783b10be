import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LEASE } from '../../src/adapters/kube/kinds.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/** Half of the candidates' Lease: whoever isn't told, or has another name, waits for the whole of it. */
const longBeforeItsEndMs = 3_000

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const candidates: ChildProcess[] = []
let events: { what: string; atMs: number }[] = []

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

function start(lease: string, identity: string): ChildProcess {
  const program = join(import.meta.dirname, 'kube-lease-candidate.ts')
  const child = spawn(process.execPath, [program, server.kubeconfig('admin'), lease, identity], { stdio: ['ignore', 'pipe', 'inherit'] })
  candidates.push(child)
  child.stdout.on('data', (lines) => {
    for (const what of String(lines).trim().split('\n')) events.push({ what, atMs: performance.now() })
  })
  return child
}

const happened = (what: string) =>
  expect.poll(() => events.map((event) => event.what), { timeout: 20_000, interval: 20 }).toContainEqual(expect.stringMatching(what))
const timeOf = (what: string) => events.find((event) => event.what.startsWith(what))?.atMs ?? Number.NaN
const leaseOf = async (name: string) => (await kube.get(LEASE, { namespace: 'default', name }, new AbortController().signal))?.spec

test('SIGTERM hands leadership over without waiting for the Lease to end', async () => {
  const first = start('handover', 'a')
  await happened('a elected')
  start('handover', 'b')
  await happened('b started')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(await leaseOf('handover')).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 6, leaseTransitions: 0 })
  first.kill('SIGTERM')
  await happened('b elected')
  expect(timeOf('b elected') - timeOf('a stopping')).toBeLessThan(longBeforeItsEndMs)
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
  expect(timeOf('pod-1 elected') - timeOf('pod-1 started')).toBeLessThan(longBeforeItsEndMs)
})

test('a process that is frozen past its Lease is followed by another, and exits when it wakes', async () => {
  const first = start('freeze', 'a')
  await happened('a elected')
  start('freeze', 'b')
  await happened('b started')
  first.kill('SIGSTOP')
  await happened('b elected')
  const exited = new Promise((resolve) => first.once('exit', resolve))
  first.kill('SIGCONT')
  expect(await exited).toBe(1)
  await happened('a lost')
  expect(await leaseOf('freeze')).toMatchObject({ holderIdentity: 'b' })
})
