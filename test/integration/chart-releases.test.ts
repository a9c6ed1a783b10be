import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ETCD_CLUSTER, SECRET } from '../../src/adapters/kube/kinds.ts'
import type { Draft } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { binaryPath } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run, until } from '../cluster/command.ts'
import { chart, type Helm, openHelm, type Release, usual, type Values } from '../cluster/helm.ts'
import { timedProgress } from '../cluster/progress.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { monitoringKinds } from './monitoring-kinds.ts'

/** Releases of the chart on a real API server, one beside the other and one after the other. No pod runs here. */

// Each test calls helm and kubectl a dozen times, and a busy machine takes seconds for each.
vi.setConfig({ testTimeout: 300_000 })

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
let helm: Helm
const { signal } = new AbortController()

beforeAll(async () => {
  await ensureBinaries(['kubectl'], { progress: timedProgress() })
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'chart' })
  helm = await openHelm(server.kubeconfig('admin'))
  for (const namespace of ['team-a', 'team-b']) await kubectl(['create', 'namespace', namespace])
})
afterAll(async () => {
  helm?.cleanUp()
  await kube?.close()
  await server?.cleanUp()
})

test('all that the chart can make is taken by the API server, field by field', async () => {
  await kubectl(['create', 'namespace', usual.namespace])
  await kubectl(['apply', '--server-side', ...(await monitoringKinds()).flatMap((file) => ['--filename', file])])
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', 'podmonitors.monitoring.coreos.com'])
  const rendered = await helm.run(['template', usual.name, chart, '--namespace', usual.namespace], everything)
  const namespaced = await helm.run(['template', usual.name, chart, '--namespace', usual.namespace], {
    ...everything,
    watchNamespaces: ['team-a', 'team-b'],
  })
  for (const manifests of [rendered, namespaced]) {
    const objects = manifests.match(/^kind: /gm)?.length
    const answers = await kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '--filename', '-'], manifests)
    expect(answers.match(/ serverside-applied \(server dry run\)$/gm)).toHaveLength(objects ?? 0)
  }
})

test('a release comes, stands alone, goes without what people made, and comes again', async () => {
  const notes = await install(usual)
  expect(notes).toContain('kubectl --namespace etcd-operator-system rollout status deployment/etcd-operator')
  expect(notes).toContain('"helm uninstall etcd-operator" removes the operator alone: the CRDs stay, and with them every EtcdCluster')
  await until('EtcdClusters are served', 30_000, () => kube.list(ETCD_CLUSTER, {}, signal).catch(() => undefined), 200)
  // The manifest that the notes begin with.
  const [, manifest = ''] = /<<'EOF'\n(.*?)\n *EOF/s.exec(notes) ?? []
  const shown = load(manifest) as EtcdCluster
  expect(shown.metadata).toEqual({ name: 'demo', namespace: 'default' })
  const draft: Draft<EtcdCluster> = { ...shown, metadata: { namespace: 'team-a', name: 'demo' } }
  const { metadata } = await kube.create(ETCD_CLUSTER, draft, signal, { strict: true })

  // The API server takes no object above 1.5 MiB, and etcd may be set to less.
  const stored = await kube.get(SECRET, { namespace: usual.namespace, name: 'sh.helm.release.v1.etcd-operator.v1' }, signal)
  expect(Buffer.byteLength(stored?.data?.release ?? '')).toBeGreaterThan(10_000)
  expect(Buffer.byteLength(stored?.data?.release ?? '')).toBeLessThan(500_000)

  const notOurs = /exists and cannot be imported into the current release: invalid ownership metadata/
  expect(await refusal({ name: 'second', namespace: usual.namespace })).toMatch(notOurs)
  expect(await refusal({ name: 'second', namespace: 'elsewhere' }, { crds: { enabled: false } })).toMatch(notOurs)
  expect(await refusal({ name: 'second', namespace: 'elsewhere' }, { crds: { enabled: false }, watchNamespaces: ['team-b'] })).toContain(
    'an operator of all namespaces is installed already (release etcd-operator in namespace etcd-operator-system): two operators would look after the EtcdClusters in team-b',
  )

  await upgrade(usual, { watchNamespaces: ['team-a'] })
  expect(await kubectl(['get', 'clusterroles', '--output', 'name'])).not.toContain('etcd-operator.dev:operator\n')
  await upgrade(usual, { log: { level: 'debug' } })
  expect(await kubectl(['get', 'clusterroles', '--output', 'name'])).toContain('etcd-operator.dev:operator\n')

  expect(await uninstall(usual)).toContain('CustomResourceDefinition')
  expect(await kubectl(['get', 'deployments,clusterroles', '--all-namespaces', '--output', 'name'])).not.toContain('etcd-operator')
  expect((await kube.get(ETCD_CLUSTER, { namespace: 'team-a', name: 'demo' }, signal))?.metadata).toEqual(metadata)

  await install(usual)
  expect((await kube.get(ETCD_CLUSTER, { namespace: 'team-a', name: 'demo' }, signal))?.metadata).toEqual(metadata)
  await uninstall(usual)
})

test('two releases look after namespaces of their own, and no third one after theirs', async () => {
  const [a, b, third] = ['op-a', 'op-b', 'op-c'].map((namespace): Release => ({ name: 'etcd', namespace })) as [Release, Release, Release]
  // The CRDs that the release before has left belong to whom takes them.
  await install(a, { watchNamespaces: ['team-a'] }, '--take-ownership')
  expect(await refusal(b, { watchNamespaces: ['team-b'] })).toMatch(/CustomResourceDefinition .* invalid ownership metadata/)
  await install(b, { watchNamespaces: ['team-b'], crds: { enabled: false } })
  expect(await refusal(third, { watchNamespaces: ['team-b'], crds: { enabled: false } })).toMatch(
    /Role "etcd-operator.dev:operator" in namespace "team-b" exists/,
  )
  expect(await refusal(third, { crds: { enabled: false } })).toMatch(
    /an operator of some namespaces is installed in namespace op-[ab]: set watchNamespaces/,
  )
  const roles = await kubectl([
    'get',
    'roles',
    '--all-namespaces',
    '--output',
    'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}',
  ])
  expect(roles).toContain('team-a/etcd-operator.dev:operator team-a/etcd-operator.dev:volume-deletion team-b/etcd-operator.dev:operator')
  for (const release of [a, b]) await uninstall(release)
})

test('what deploy/install.yaml has installed is taken over when it is asked for', async () => {
  await kubectl(['apply', '--server-side', '--force-conflicts', '--filename', 'deploy/install.yaml'])
  expect(await refusal(usual)).toContain('invalid ownership metadata')
  expect(await refusal({ name: 'etcd', namespace: 'op-a' }, { watchNamespaces: ['team-a'], crds: { enabled: false } })).toContain(
    'an operator of all namespaces is installed already (without Helm, or not by this chart)',
  )
  // Fields that kubectl has written are kubectl's until somebody insists.
  await install(usual, {}, '--take-ownership', '--force-conflicts')
  await upgrade(usual, { replicas: 1 }, '--force-conflicts')
  await uninstall(usual)
})

test('without crds.keep the kinds go with the release', async () => {
  const notes = await install(usual, { crds: { keep: false } }, '--take-ownership', '--force-conflicts')
  expect(notes).toContain('WARNING: crds.keep is false. "helm uninstall etcd-operator" deletes the CRDs')
  await uninstall(usual)
  await until('the CRDs are gone', 60_000, async () =>
    (await kubectl(['get', 'crds', '--output', 'name'])).includes('etcd-operator.dev') ? undefined : true,
  )
})

const everything: Values = {
  image: { digest: `sha256:${'0a'.repeat(32)}` },
  imagePullSecrets: [{ name: 'registry' }],
  log: { level: 'debug', format: 'pretty' },
  etcdImageRepository: 'registry.example.com/etcd',
  priorityClassName: 'system-cluster-critical',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
  podAnnotations: { team: 'db' },
  podLabels: { team: 'db' },
  networkPolicy: {
    enabled: true,
    metrics: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 443, protocol: 'TCP' }] }],
  },
  podMonitor: { operator: true, members: true },
  prometheusRule: { enabled: true },
  monitoringLabels: { release: 'kps' },
  dashboards: { enabled: true, annotations: { grafana_folder: 'etcd' } },
}

function install({ name, namespace }: Release, values: Values = {}, ...flags: readonly string[]): Promise<string> {
  return helm.run(['install', name, chart, '--namespace', namespace, '--create-namespace', ...flags], values)
}

function upgrade({ name, namespace }: Release, values: Values, ...flags: readonly string[]): Promise<string> {
  return helm.run(['upgrade', name, chart, '--namespace', namespace, ...flags], values)
}

function uninstall({ name, namespace }: Release): Promise<string> {
  return helm.run(['uninstall', name, '--namespace', namespace])
}

/** What helm says where it installs nothing. */
function refusal(release: Release, values: Values = {}): Promise<string> {
  return install(release, values).then(
    () => 'installed',
    (error: unknown) => String(error),
  )
}

function kubectl(args: readonly string[], input?: string): Promise<string> {
  return run(binaryPath('kubectl'), ['--kubeconfig', server.kubeconfig('admin'), ...args], input === undefined ? {} : { input })
}
