import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeEvent } from '../../src/act/record-event.ts'
import { ETCD_CLUSTER } from '../../src/adapters/kube/kinds.ts'
import { connectKube } from '../../src/adapters/kube.ts'
import { eventAbout } from '../../src/report/events.ts'
import { binaryPath } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run, until } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/**
 * What a person sees with a real kubectl and a real API server; the test writes what the operator would. The script is that of
 * docs/operations/status.md.
 */

const page = readFileSync('docs/operations/status.md', 'utf8')
const [, script = ''] = /```bash\n(# wait_for [\s\S]*?)```/.exec(page) ?? []
const folder = mkdtempSync(join(tmpdir(), 'kubectl-wait-'))
let server: ApiServer
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  server = await startApiServer()
  await ensureBinaries(['kubectl'], { progress: timedProgress() })
  symlinkSync(binaryPath('kubectl'), join(folder, 'kubectl'))
  env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, KUBECONFIG: server.kubeconfig('admin') }
  await kubectl('apply', '--server-side', '-f', 'deploy/crds.yaml')
  await until('the kinds are served', 60_000, () => kubectl('get', 'ec,ecb'), 200)
})
afterAll(async () => {
  await server?.cleanUp()
  rmSync(folder, { recursive: true, force: true })
})

function kubectl(...args: readonly string[]): Promise<string> {
  return run('kubectl', args, { env })
}

async function create(kind: 'EtcdCluster' | 'EtcdBackup', name: string, spec: object): Promise<void> {
  const manifest = { apiVersion: 'etcd-operator.dev/v1alpha1', kind, metadata: { name }, spec }
  await run('kubectl', ['create', '-f', '-'], { env, input: JSON.stringify(manifest) })
}

const aSpec = { size: 3, version: '3.6.16', storage: { size: '1Gi' } }

/** As the operator writes it; each condition `True` or `False` about a generation of the spec. */
async function say(object: string, conditions: Readonly<Record<string, 'True' | 'False'>>, observedGeneration = 1): Promise<void> {
  const rows = Object.entries(conditions).map(([type, status]) => ({
    type,
    status,
    reason: 'Test',
    message: `${type} is ${status}: the way out`,
    observedGeneration,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }))
  await kubectl('patch', object, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: { conditions: rows } }))
}

/** Runs the function of the page; `waits` tells whether it is still at it. */
function waitFor(condition: string, object: string, time: string) {
  const file = join(folder, 'wait.sh')
  writeFileSync(file, script)
  const child = spawn('bash', ['-c', '. "$0"; wait_for "$@"', file, condition, object, time], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)))
  const started = performance.now()
  const ended = new Promise<{ code: number | null; text: string; seconds: number }>((resolve) =>
    child.on('close', (code) => resolve({ code, text, seconds: (performance.now() - started) / 1000 })),
  )
  return { ended, waits: () => child.exitCode === null }
}

test('the page has the function', () => {
  expect(script).toContain('wait_for() {')
})

test('it ends with 0 once the condition holds', async () => {
  await create('EtcdCluster', 'good', aSpec)
  await say('ec/good', { Ready: 'False', Stalled: 'False' })
  const waiting = waitFor('Ready', 'ec/good', '120s')
  await say('ec/good', { Ready: 'True', Stalled: 'False' })
  const { code, text, seconds } = await waiting.ended
  expect({ code, text }).toEqual({ code: 0, text: 'etcdcluster.etcd-operator.dev/good condition met\n' })
  expect(seconds).toBeLessThan(60)
})

test('it ends early with 1 and the way out where a person has to act', async () => {
  await create('EtcdCluster', 'bad', aSpec)
  await say('ec/bad', { Ready: 'False', Stalled: 'False' })
  const waiting = waitFor('Ready', 'ec/bad', '300s')
  await say('ec/bad', { Ready: 'False', Stalled: 'True' })
  const { code, text, seconds } = await waiting.ended
  expect({ code, text }).toEqual({ code: 1, text: 'Stalled is True: the way out\n' })
  expect(seconds).toBeLessThan(150)
})

test('it is not taken in by what was said about an earlier spec', async () => {
  await create('EtcdCluster', 'changed', aSpec)
  await say('ec/changed', { Ready: 'True', Stalled: 'True' })
  await kubectl('patch', 'ec/changed', '--type=merge', '-p', '{"spec":{"size":5}}')
  const { code, text } = await waitFor('Ready', 'ec/changed', '3s').ended
  expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('timed out waiting for the condition') })
  const waiting = waitFor('Ready', 'ec/changed', '120s')
  expect(waiting.waits()).toBe(true)
  await say('ec/changed', { Ready: 'True', Stalled: 'False' }, 2)
  expect((await waiting.ended).code).toBe(0)
})

test('it says so at once where there is no such object', async () => {
  const { code, text } = await waitFor('Ready', 'ec/nobody', '120s').ended
  expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('"nobody" not found') })
})

test('a backup that failed ends it', async () => {
  await create('EtcdBackup', 'b1', { cluster: 'demo', storage: { volume: { claimName: 'backups' } } })
  await say('ecb/b1', { Complete: 'False', Stalled: 'True' })
  expect(await waitFor('Complete', 'ecb/b1', '120s').ended).toMatchObject({ code: 1, text: 'Stalled is True: the way out\n' })
})

test('the waits for a field and for an object that is yet to come end with them', async () => {
  const [field = '', object = ''] = [...page.matchAll(/`(kubectl wait --for=(?:jsonpath|create).*?)`/g)].map(([, command = '']) => command)
  await create('EtcdCluster', 'demo', aSpec)
  const waits = [field, object].map((command) => run('bash', ['-c', command], { env }))
  await kubectl('patch', 'ec/demo', '--subresource=status', '--type=merge', '-p', '{"status":{"readyMembers":5}}')
  const [, name = ''] = /ecb\/(\S+)/.exec(object) ?? []
  await create('EtcdBackup', name, { cluster: 'demo', storage: { volume: { claimName: 'backups' } } })
  expect(await Promise.all(waits)).toEqual([
    'etcdcluster.etcd-operator.dev/demo condition met\n',
    expect.stringContaining(`/${name} condition met`),
  ])
})

test('describe shows the Events of an object in the order in which they happened', async () => {
  await create('EtcdCluster', 'eventful', aSpec)
  const kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'events' })
  const object = await kube.get(ETCD_CLUSTER, { namespace: 'default', name: 'eventful' }, AbortSignal.timeout(20_000))
  if (object === undefined) throw new Error('the EtcdCluster is not there')
  const began = Date.now()
  const names = [...'ABCDEFGH'].map((letter) => `Step${letter}`)
  // Several within a second, and none waits for the one before.
  await Promise.all(
    names.map((reason, index) => {
      const event = eventAbout({ kind: 'EtcdCluster', object }, { type: 'Normal', reason, action: 'Test', note: 'done' })
      return writeEvent(kube, event, { identity: 'test', now: began + index * 300 })
    }),
  )
  const [, shown = ''] = (await kubectl('describe', 'ec/eventful')).split('Events:')
  expect([...shown.matchAll(/Normal +(\w+)/g)].map(([, reason]) => reason)).toEqual(names)
  await kube.close()
})
