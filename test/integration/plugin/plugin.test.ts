import { afterAll, beforeAll, expect, test } from 'vitest'
import { CORE_EVENT, ETCD_CLUSTER } from '../../../src/adapters/kube/kinds.ts'
import { connectKube, type Kube } from '../../../src/adapters/kube.ts'
import { rfc3339 } from '../../../src/model/rfc3339.ts'
import { widthOf } from '../../../src/plugin/width.ts'
import { binaryPath } from '../../cluster/binaries.ts'
import { ensureBinaries } from '../../cluster/builds.ts'
import { until } from '../../cluster/command.ts'
import { timedProgress } from '../../cluster/progress.ts'
import { type ApiServer, startApiServer } from '../api-server.ts'
import { buildPlugin, linesOf, type Program, type Wish, withoutColours } from './program.ts'
import { installCrds, makeCluster, makeNamespace, otherKubeconfig, writeStatus } from './stage.ts'

/** kubectl etcd as somebody types it: the released file, a real terminal, and a real API server with objects whose status the test writes. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
let plugin: Program
let admin: string
const { signal } = new AbortController()
/** Whatever may move a cursor, ring, or set a title; and what turns the direction of writing. */
const dangerous = /[\p{Cc}\u202e]/u

beforeAll(async () => {
  await ensureBinaries(['kubectl'], { progress: timedProgress() })
  ;[server, plugin] = await Promise.all([startApiServer(), buildPlugin()])
  admin = server.kubeconfig('admin')
  kube = connectKube({ kubeconfig: admin, userAgent: 'plugin-test' })
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

const run = (line: string, wish: Wish = {}) => plugin.run(line.split(' '), { kubeconfig: admin, ...wish })

test('without the CRDs every command says that the operator is not installed', async () => {
  for (const line of ['status', 'status demo', 'backups', 'events demo', 'plan demo']) {
    const { code, err, out } = await run(line)
    expect([code, out], line).toEqual([1, ''])
    expect(err, line).toContain("the etcd operator isn't installed")
    expect(err, line).toContain('docs/operations/install.md')
  }
  expect(await run('version')).toMatchObject({ code: 0, out: expect.stringMatching(/^operator +not installed$/m) })
  await installCrds(kube)
  for (const name of ['prod', 'empty', 'evil']) await makeNamespace(kube, name)
})

test('an empty namespace is no error', async () => {
  expect(await run('status')).toEqual({ code: 0, err: '', out: 'no EtcdCluster in namespace default\n' })
  expect((await run('status demo')).err).toContain('there is none at all')
})

test('clusters are listed, described, and given to programs', async () => {
  await makeCluster(kube, { namespace: 'default' })
  await makeCluster(kube, {
    name: 'orders',
    namespace: 'prod',
    conditions: { Ready: 'False ApprovalNeeded', Stalled: 'True ApprovalNeeded' },
    members: [{}, {}, { role: 'Failed', ready: false, message: 'VolumeLost: its volume has no log' }],
    nextStep: { action: 'RemoveMember', member: 'orders-2', reason: 'ApprovalNeeded', message: 'removing orders-2' },
  })
  const list = linesOf((await run('status -A')).out)
  expect(list[0]).toMatch(/^NAMESPACE +NAME +STATE +READY/)
  expect(list[1]).toMatch(/^default +demo +ok +3\/3/)
  expect(list[2]).toMatch(/^prod +orders +needs you +2\/3/)
  expect(list[3]).toBe('orders needs you: kubectl etcd plan orders -n prod')

  const orders = linesOf((await run('status orders -n prod')).out)
  expect(orders[0]).toBe(
    'orders  etcd 3.6.16  2 of 3 members ready  leader orders-1  needs you ApprovalNeeded, none may fail  namespace prod',
  )
  expect(orders.find((line) => line.startsWith('orders-2'))).toMatch(/failed +failed .*VolumeLost: its volume has no log$/)
  expect(orders).toContain('You      let it begin: kubectl etcd approve orders')

  const { clusters } = JSON.parse((await run('status -A -o json')).out)
  expect(clusters).toMatchObject([
    { name: 'demo', state: 'ok', ready: true, needsYou: false, mayFail: 1 },
    { name: 'orders', state: 'needs you', ready: false, needsYou: true, mayFail: 0 },
  ])
  expect((await run('status demo --exit-code')).code).toBe(0)
  expect((await run('status orders -n prod --exit-code')).code).toBe(3)
  expect(linesOf((await run('members demo')).out)[2]).toMatch(/^demo-1 +leader +ok +8e9e05c521646941/)
  expect(linesOf((await run('top demo')).out)[1]).toMatch(/^demo-0 +voter +2.1Gi/)
})

test.each([40, 60, 80, 120])('a terminal of %i columns is never wider than it is, and has colours', async (columns) => {
  for (const line of ['status -A', 'status orders -n prod', 'members orders -n prod', 'top -A', '--help']) {
    const { code, out } = await run(line, { terminal: { columns } })
    expect(code, line).toBe(0)
    expect(out, line).toContain('\x1b[')
    expect(withoutColours(out).replaceAll(/\r?\n/g, ''), line).not.toMatch(dangerous)
    // A command that is to be copied stays in one piece.
    for (const shown of linesOf(out).filter((one) => !one.includes('kubectl etcd')))
      expect(widthOf(shown), shown).toBeLessThanOrEqual(columns)
  }
})

test('NO_COLOR, --no-color, TERM=dumb and a pipe have no colours; FORCE_COLOR has them in a pipe', async () => {
  const terminal = { columns: 80 }
  for (const [line, wish] of [
    ['status demo', { terminal, env: { NO_COLOR: '1' } }],
    ['status demo --no-color', { terminal }],
    ['status demo', {}],
  ] as const)
    expect((await run(line, wish)).out).not.toContain('\x1b')
  expect((await run('status demo', { env: { FORCE_COLOR: '1' } })).out).toContain('\x1b[32mok')
})

test('a wrong name, namespace, context or command is answered with what may have been meant', async () => {
  const errors = async (line: string, wish?: Wish) => {
    const { code, err, out } = await run(line, wish)
    expect(out).toBe('')
    return [code, ...linesOf(err)]
  }
  expect(await errors('status dmeo')).toEqual([1, 'error: there is no EtcdCluster "dmeo" in namespace default', '  did you mean demo?'])
  expect(await errors('plan orders')).toEqual([
    1,
    'error: there is no EtcdCluster "orders" in namespace default',
    '  orders is in namespace prod: -n prod',
  ])
  expect(await errors('members demo -n empty')).toContain('  demo is in namespace default: -n default')
  expect(await errors('statsu')).toEqual([
    2,
    'error: unknown command "statsu"',
    '  did you mean kubectl etcd status?',
    '  see kubectl etcd --help',
  ])
  expect(await errors('status --context nowhere')).toEqual([1, 'error: the kubeconfig has no context "nowhere"', '  there are: it'])
  expect(await errors('status ../../secrets')).toContain('error: there is no EtcdCluster "../../secrets" in namespace default')
  expect((await errors('status', { kubeconfig: '/nowhere' }))[1]).toBe('error: no kubeconfig: /nowhere does not exist')
  expect((await errors('status --kubeconfig /nowhere'))[1]).toBe('error: the kubeconfig /nowhere does not exist')
})

test('without a cluster that can be reached, the address, the context and a way out are named', async () => {
  const away = otherKubeconfig(admin, plugin.folder, 'away', (config) => {
    for (const { cluster } of config.clusters) cluster.server = 'https://127.0.0.1:1'
  })
  const { code, err } = await run('status', { kubeconfig: away })
  expect(code).toBe(1)
  expect(err).toContain("the API server https://127.0.0.1:1 (context it) can't be reached")
  expect(err).toContain('ECONNREFUSED')
  expect(err).toContain('kubectl cluster-info')
})

test('a certificate that is not trusted, and credentials that are not accepted, are told apart', async () => {
  const stranger = otherKubeconfig(admin, plugin.folder, 'stranger', (config) => {
    for (const { cluster } of config.clusters) Reflect.deleteProperty(cluster, 'certificate-authority-data')
  })
  expect((await run('status', { kubeconfig: stranger })).err).toContain('is not trusted')
  const expired = otherKubeconfig(admin, plugin.folder, 'expired', (config) => {
    for (const { user } of config.users) user.token = 'of-yesterday'
  })
  expect((await run('status', { kubeconfig: expired })).err).toContain('does not accept your credentials')
})

test('without a right the verb and the resource are named, and where', async () => {
  const nobody = server.kubeconfig('nobody')
  const errors = async (line: string) => linesOf((await run(line, { kubeconfig: nobody })).err)
  expect((await errors('status'))[0]).toBe('error: no right to list etcdclusters.etcd-operator.dev in namespace default (you are nobody)')
  expect((await errors('status -A'))[0]).toBe('error: no right to list etcdclusters.etcd-operator.dev in all namespaces (you are nobody)')
  expect((await errors('status demo'))[0]).toBe(
    'error: no right to get etcdclusters.etcd-operator.dev in namespace default (you are nobody)',
  )
  expect((await errors('backups')).join()).toContain('kubectl auth can-i list etcdbackups.etcd-operator.dev -n default')
  const { code, out } = await run('version', { kubeconfig: nobody })
  expect([code, linesOf(out)[1], linesOf(out)[2]]).toEqual([
    0,
    'operator  not known: no right to read Deployments',
    'CRDs      not known: no right to read CustomResourceDefinitions',
  ])
})

test('several kubeconfigs are one, as kubectl reads them', async () => {
  const second = otherKubeconfig(admin, plugin.folder, 'second', (config) => {
    for (const one of [...config.contexts, ...config.clusters, ...config.users]) one.name = `second-${one.name}`
    for (const { context } of config.contexts) Object.assign(context, { cluster: 'second-it', user: 'second-admin', namespace: 'prod' })
    config['current-context'] = 'second-it'
  })
  const kubeconfig = `/nowhere:${admin}:${second}`
  expect((await run('status', { kubeconfig })).out).toContain('demo')
  expect((await run('status --context second-it', { kubeconfig })).out).toContain('orders')
})

test('what an object says can neither move the cursor nor pretend to be another line', async () => {
  const evil = '\x1b]0;owned\x07\x1b[2J\x1b[1;1Hdemo  all is well\r\n\x9b31m\u202egnp'
  const seen = {
    name: 'hostile',
    namespace: 'evil',
    members: [{ message: evil, node: evil }],
    conditions: { Ready: `False Odd: ${evil}`, Stalled: `True Odd: ${evil}`, BackedUp: `False BackupOverdue: ${evil}` },
    nextStep: { action: 'Block', reason: evil, message: evil },
    status: { rollout: { updated: 1, total: 2, what: evil }, plan: [{ action: evil, reason: evil, message: evil, disrupts: true }] },
  }
  await makeCluster(kube, seen)
  const involvedObject = { kind: 'EtcdCluster', name: 'hostile', namespace: 'evil' }
  await kube.create(
    CORE_EVENT,
    { metadata: { name: 'hostile.1', namespace: 'evil' }, involvedObject, reason: evil, message: evil } as never,
    signal,
  )
  for (const line of ['status hostile', 'status -A -o wide', 'plan hostile', 'members hostile', 'events hostile']) {
    const [command = '', ...rest] = line.split(' ')
    const { code, out } = await plugin.run([command, ...rest, ...(line.includes('-A') ? [] : ['-n', 'evil'])], {
      kubeconfig: admin,
      terminal: { columns: 100 },
    })
    expect(code, line).toBe(0)
    expect(withoutColours(out).replaceAll('\r\n', ''), line).not.toMatch(dangerous)
    expect(
      linesOf(out).filter((one) => one.startsWith('demo  all')),
      line,
    ).toEqual([])
  }
  // For programs nothing is changed, and a terminal is safe all the same.
  const { out } = await run('status hostile -n evil -o json', { terminal: { columns: 100 } })
  expect(out.replaceAll('\r\n', '')).not.toMatch(dangerous)
  expect(JSON.parse(out).clusters[0].members[0].message).toBe(evil)
})

test('events are in order, and those of other objects are left out', async () => {
  const event = (name: string, kind: string, object: string, seconds: number, more: object = {}) => ({
    metadata: { name, namespace: 'default' },
    involvedObject: { kind, name: object, namespace: 'default' },
    reason: name.split('.')[1],
    message: `of ${object}`,
    type: 'Normal',
    lastTimestamp: rfc3339(Date.now() - seconds * 1000),
    ...more,
  })
  for (const one of [
    event('demo.Third', 'EtcdCluster', 'demo', 10),
    event('demo-0.First', 'Pod', 'demo-0', 300),
    event('data.Second', 'PersistentVolumeClaim', 'data-demo-0', 100, { type: 'Warning', count: 7 }),
    event('other.Other', 'Pod', 'demo-web-0', 5),
  ])
    await kube.create(CORE_EVENT, one as never, signal)
  const lines = linesOf((await run('events demo')).out)
  expect(lines.map((line) => /(First|Second|Third|Other|REASON)/.exec(line)?.[0])).toEqual(['REASON', 'First', 'Second', 'Third'])
  expect(lines[2]).toMatch(/^ *1\d\ds +Warning +Second +persistentvolumeclaim\/data-demo-0 +7 +of data-demo-0$/)
  expect(linesOf((await run('events demo --warnings')).out)).toHaveLength(2)
})

test('-w draws again when something changes, and ends with Ctrl-C', async () => {
  const watching = plugin.begin(['status', 'demo', '-w'], { kubeconfig: admin, terminal: { columns: 100, rows: 30 } })
  await until('it draws', 20_000, async () => watching.printed().includes('nothing to do') || undefined)
  await writeStatus(kube, { namespace: 'default', nextStep: { action: 'AddLearner', reason: 'ScalingUp', message: 'adding demo-3' } })
  await until('it draws again', 20_000, async () => watching.printed().includes('adding demo-3') || undefined)
  watching.interrupt()
  expect((await watching.ended).code).toBe(0)
  await writeStatus(kube, { namespace: 'default', status: { nextStep: null as never } })
})

test('plan only reads; --ahead holds the operator back and lets it go again', async () => {
  const seen = async () => (await kube.get(ETCD_CLUSTER, { namespace: 'default', name: 'demo' }, signal))?.metadata
  const before = await seen()
  expect((await run('plan demo')).code).toBe(0)
  expect((await seen())?.resourceVersion).toBe(before?.resourceVersion)

  const asking = plugin.begin(['plan', 'demo', '--ahead'], { kubeconfig: admin })
  await until(
    'the annotation is set',
    20_000,
    async () => (await seen())?.annotations?.['etcd-operator.dev/dry-run'] === 'true' || undefined,
  )
  const plan = [{ action: 'DeletePod', member: 'demo-0', reason: 'Rolling', message: 'restarting demo-0', disrupts: true }]
  await writeStatus(kube, { namespace: 'default', status: { plan } })
  const { code, out } = await asking.ended
  expect([code, linesOf(out).at(1)]).toEqual([0, 'then   1  DeletePod demo-0: restarting demo-0  (disrupts)'])
  expect((await seen())?.annotations?.['etcd-operator.dev/dry-run']).toBeUndefined()
})

test('Ctrl-C in the middle of plan --ahead leaves no dry run behind, and says that it was interrupted', async () => {
  const ref = { namespace: 'default', name: 'demo' }
  const annotation = async () => (await kube.get(ETCD_CLUSTER, ref, signal))?.metadata.annotations?.['etcd-operator.dev/dry-run']
  // No operator answers here.
  await kube.patch(ETCD_CLUSTER, ref, { status: { plan: null } }, signal, { subresource: 'status' })
  const asking = plugin.begin(['plan', 'demo', '--ahead'], { kubeconfig: admin, terminal: { columns: 80 } })
  await until('the annotation is set', 20_000, async () => (await annotation()) === 'true' || undefined)
  asking.interrupt()
  expect((await asking.ended).code).toBe(130)
  expect(await annotation()).toBeUndefined()
})

test("somebody else's dry run is shown as it is, and left alone", async () => {
  const ref = { namespace: 'default', name: 'demo' }
  await kube.patch(ETCD_CLUSTER, ref, { metadata: { annotations: { 'etcd-operator.dev/dry-run': 'true' } } }, signal)
  await writeStatus(kube, { namespace: 'default', status: { plan: [] } })
  expect((await run('plan demo --ahead')).out).toContain('no step is left to take')
  const after = await kube.get(ETCD_CLUSTER, ref, signal)
  expect(after?.metadata.annotations?.['etcd-operator.dev/dry-run']).toBe('true')
})

test('kubectl finds the plugin, hands everything on, and completes names of clusters', async () => {
  const shell = (script: string) => plugin.shell(script, { kubeconfig: admin, path: [binaryPath('kubectl').replace(/\/kubectl$/, '')] })
  expect((await shell('kubectl etcd status demo -o json')).out).toContain('"name": "demo"')
  expect((await shell('kubectl etcd statsu; echo $?')).out).toBe('2\n')
  expect((await shell('kubectl __complete etcd status d')).out).toBe('demo\n:4\n')
  expect((await shell('kubectl __complete etcd status -n prod ""')).out).toBe('orders\n:4\n')
  expect((await shell('kubectl __complete etcd st')).out).toContain('status\tshows')
})

test('the script for bash completes commands, clusters and namespaces', async () => {
  const candidates = async (...words: readonly string[]) => {
    const typed = words.map((word) => `"${word}"`).join(' ')
    const script = `source <(kubectl-etcd completion bash); COMP_WORDS=(kubectl-etcd ${typed}); COMP_CWORD=${words.length}; _kubectl_etcd; printf '%s\\n' "\${COMPREPLY[@]}"`
    return linesOf((await plugin.shell(script, { kubeconfig: admin })).out)
  }
  expect(await candidates('mem')).toEqual(['members'])
  expect(await candidates('status', '')).toEqual(['demo'])
  expect(await candidates('status', '-n', 'pr')).toEqual(['prod'])
  expect(await candidates('status', '-n', 'prod', '')).toEqual(['orders'])
  expect(await candidates('plan', 'demo', '--ah')).toEqual(['--ahead'])
  expect(await candidates('status', '--context', '')).toEqual(['it'])
})

test('a pager that is left early is no error', async () => {
  const { err, out } = await plugin.shell('set -o pipefail; kubectl-etcd --help | head -1; echo $?', { kubeconfig: admin })
  expect([err, out.split('\n').at(-2)]).toEqual(['', '0'])
})
