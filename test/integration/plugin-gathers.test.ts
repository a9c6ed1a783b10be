import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ETCD_BACKUP, ETCD_CLUSTER, LEASE, NETWORK_POLICY, POD, SECRET, STORAGE_CLASS } from '../../src/adapters/kube/kinds.ts'
import { microTime } from '../../src/adapters/kube/micro-time.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { restrictedContainer, restrictedPod } from '../../src/objects/restricted.ts'
import { asPerson, type PersonOptions } from '../client/person.ts'
import { until } from '../cluster/command.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/** What the plugin gathers: the archive for help, and the findings about the installation; on a real API server without nodes. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()
const namespace = 'default'
const canary = 'c4n4ry-9f8e7d6c'

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'plugin' })
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

const person = (line: string, options: Partial<PersonOptions> = {}) =>
  asPerson(line, { kubeconfig: server.kubeconfig('admin'), ...options })

/** Creates all objects of a file, by kinds that are known by their plural alone. */
async function apply(file: string): Promise<void> {
  const plurals: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies' }
  for (const document of loadAll(readFileSync(file, 'utf8')) as KubeObject[]) {
    const { kind = '', apiVersion = '' } = document
    const isInCluster = document.metadata.namespace === undefined
    const type: ResourceKind<KubeObject> = {
      apiVersion,
      kind,
      plural: plurals[kind] ?? `${kind.toLowerCase()}s`,
      ...(isInCluster ? { clusterScoped: true } : {}),
    }
    await kube.create(type, document, signal)
  }
}

test('doctor names what an empty cluster lacks, and ends with 3', async () => {
  const found = await person('doctor')
  expect(found.code).toBe(1)
  expect(found.stderr).toContain("the etcd operator isn't installed")
})

test('doctor tells what is wrong with an installation, line by line, until nothing is', async () => {
  for (const file of globSync('crds/*.yaml')) await apply(file)
  await until(
    'the kinds are served',
    60_000,
    async () =>
      kube.list(ETCD_CLUSTER, {}, signal).then(
        () => true,
        () => false,
      ),
    200,
  )
  const bare = await person('doctor')
  expect(bare.code).toBe(3)
  expect(bare.stdout).toMatch(/^fail {2}no operator is installed$/m)
  expect(bare.stdout).toMatch(/^fail {2}the operator has no pods$/m)
  expect(bare.stdout).toMatch(/^fail {2}there is no StorageClass/m)
  expect(bare.stdout).toMatch(/^ok {4}you may use every command in namespace default$/m)

  await apply('deploy/operator.yaml')
  const labels = { 'app.kubernetes.io/name': 'etcd-operator', 'app.kubernetes.io/component': 'operator' }
  const pod = {
    metadata: { namespace: 'etcd-operator-system', name: 'etcd-operator-x', labels },
    spec: {
      automountServiceAccountToken: false,
      securityContext: restrictedPod,
      containers: [{ name: 'operator', image: 'x', securityContext: restrictedContainer }],
    },
  }
  await until('the pod can be made', 30_000, () => kube.create(POD, pod as never, signal), 200)
  const waiting = {
    state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
    name: 'operator',
    image: 'x',
    imageID: '',
    ready: false,
    restartCount: 0,
  }
  const say = (status: object) => kube.patch(POD, pod.metadata, { status }, signal, { subresource: 'status' })
  await say({ containerStatuses: [waiting] })
  const pulling = await person('doctor')
  expect(pulling.stdout).toMatch(/^fail {2}the image of etcd-operator-x can't be pulled: no such image\n {6}docs\/operations\/air-gap.md/m)
  expect(pulling.stdout).toMatch(/^fail {2}no pod of the operator leads/m)
  expect(pulling.stdout).toMatch(/^ok {4}the operator has its rights in namespace default$/m)

  await say({ containerStatuses: [], conditions: [{ type: 'Ready', status: 'True' }] })
  const spec = { holderIdentity: 'etcd-operator-x', renewTime: microTime(Date.now()), leaseDurationSeconds: 15 }
  await kube.create(LEASE, { metadata: { namespace: 'etcd-operator-system', name: 'etcd-operator.dev' }, spec } as never, signal)
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
  await kube.create(
    STORAGE_CLASS,
    { metadata: { name: 'fast', annotations }, provisioner: 'x', allowVolumeExpansion: true } as never,
    signal,
  )
  const well = await person('doctor')
  expect(well.stdout).not.toMatch(/^(fail|warn)/m)
  expect(well.code).toBe(0)
  expect(JSON.parse((await person('doctor -o json')).stdout)).toMatchObject({
    findings: expect.arrayContaining([{ state: 'ok', text: 'StorageClass fast is the default' }]),
  })
})

test('doctor sees a policy that cuts members off, and rights that were taken from the operator', async () => {
  const demo = { metadata: { namespace, name: 'demo' }, spec: { version: '3.6.16', storage: { size: '1Gi' } } }
  await kube.create(ETCD_CLUSTER, demo as never, signal)
  const policy = { metadata: { namespace, name: 'deny' }, spec: { podSelector: {}, policyTypes: ['Egress'] } }
  const made = await kube.create(NETWORK_POLICY, policy as never, signal)
  const cut = await person('doctor')
  expect(cut).toMatchObject({ code: 3, stdout: expect.stringMatching(/^fail {2}NetworkPolicy deny lets members of demo send nothing/m) })
  await kube.delete(NETWORK_POLICY, made.metadata, { uid: made.metadata.uid }, signal)
  const binding: ResourceKind<KubeObject> = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    clusterScoped: true,
  }
  for (const name of ['etcd-operator.dev:operator', 'etcd-operator.dev:volume-deletion']) {
    const found = await kube.get(binding, { name }, signal)
    if (found !== undefined) await kube.delete(binding, { name }, { uid: found.metadata.uid }, signal)
  }
  const poor = async () => {
    const { stdout } = await person('doctor')
    return /^fail {2}the operator system:serviceaccount:etcd-operator-system:etcd-operator has no right .*create statefulsets\.apps/m.test(
      stdout,
    )
      ? stdout
      : undefined
  }
  expect(await until('the rights are gone', 20_000, poor, 500)).toMatch(/^warn|^fail/m)
})

test('whoever has no rights is told what is not known, and which commands do not work', async () => {
  const poor = await person('doctor', { kubeconfig: server.kubeconfig('nobody') })
  expect(`${poor.stdout}${poor.stderr}`).toMatch(/no right to|you may not/)
  expect(poor.code).not.toBe(0)
})

test('report holds the cluster and no secret of it', async () => {
  const data = {
    'tls.key': Buffer.from(`-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`).toString('base64'),
    password: Buffer.from(canary).toString('base64'),
  }
  const labels = { 'etcd-operator.dev/cluster': 'demo' }
  for (const name of ['demo-client', 'demo-server-tls', 'demo-etcd'])
    await kube.create(SECRET, { metadata: { namespace, name, labels }, data } as never, signal)
  await kube.patch(
    ETCD_CLUSTER,
    { namespace, name: 'demo' },
    { metadata: { annotations: { 'example.com/note': canary } }, spec: { pod: { annotations: { 'vault.example/secret': canary } } } },
    signal,
  )
  const env = [
    { name: 'POD_NAME', value: 'demo-0' },
    { name: 'SIDECAR_LOGIN', value: canary },
  ]
  const spec = { automountServiceAccountToken: false, containers: [{ name: 'etcd', image: 'x', env, args: [`--password=${canary}`] }] }
  await kube.create(POD, { metadata: { namespace, name: 'demo-0', labels, annotations: { note: canary } }, spec } as never, signal)
  await kube.create(POD, { metadata: { namespace, name: 'stranger', annotations: { note: 'not of demo' } }, spec } as never, signal)
  await kube.create(
    ETCD_BACKUP,
    { metadata: { namespace, name: 'b1' }, spec: { cluster: 'demo', storage: { volume: { claimName: 'backups' } } } } as never,
    signal,
  )

  const made = await person('report demo')
  expect(made.code).toBe(0)
  expect(made.stderr).toContain('look into them before you send them')
  const tar = (...args: readonly string[]) => execFileSync('tar', [...args], { input: made.bytes }).toString('utf8')
  const names = tar('-tz').trim().split('\n')
  for (const file of [
    'objects/etcdcluster.json',
    'objects/pods.json',
    'objects/etcdbackups.json',
    'objects/events.json',
    'secrets.txt',
    'versions.json',
    'plan.json',
    'missing.txt',
  ])
    expect(
      names.some((name) => name.endsWith(`/${file}`)),
      file,
    ).toBe(true)
  const all = tar('-xzO')
  expect(all).not.toContain(canary)
  expect(all).not.toContain(Buffer.from(canary).toString('base64'))
  expect(all).not.toContain(data['tls.key'])
  expect(all).toContain('"demo-0"')
  expect(all).toContain('"b1"')
  expect(all).not.toContain('stranger')
  // No kubelet runs here: what could not be read is said, and the rest is there.
  expect(all).toContain('metrics of demo-0: GET')
  expect(names.some((name) => name.endsWith('/logs/demo-0.log'))).toBe(true)
})

test('report needs a name that exists, and rights', async () => {
  expect(await person('report dmeo')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('did you mean demo?') })
  expect(await person('report demo', { kubeconfig: server.kubeconfig('nobody') })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('no right to get etcdclusters'),
  })
})
