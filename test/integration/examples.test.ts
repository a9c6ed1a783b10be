import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Access } from '../../src/adapters/kube/access.ts'
import { chooseAccess } from '../../src/adapters/kube/choose-access.ts'
import { until } from '../cluster/command.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/** Every example as `kubectl apply --server-side` sends it, to a real API server: taken, without a warning, and with no unknown field. */

const root = join(import.meta.dirname, '..', '..')
const examples = globSync('examples/*.yaml', { cwd: root }).toSorted()

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
}

interface Answer {
  readonly status: number
  readonly warnings: string | string[] | undefined
  readonly says: string
}

let server: ApiServer
let access: Access
let dispatcher: Agent

beforeAll(async () => {
  server = await startApiServer()
  access = await chooseAccess(server.kubeconfig('admin'))()
  dispatcher = new Agent({ connect: access.tls })
  for (const definition of manifestsIn('deploy/crds.yaml')) expect(await apply(definition)).toMatchObject({ status: 201 })
  await until('the kinds are served', 60_000, async () => {
    const [first] = examples.flatMap(manifestsIn)
    return first !== undefined && (await apply(first, 'default', '&dryRun=All')).status < 300
  })
})
afterAll(async () => {
  await dispatcher?.close()
  await server?.cleanUp()
})

test('there are examples for each kind', () => {
  const kinds = new Set(examples.flatMap(manifestsIn).map(({ kind }) => kind))
  expect([...kinds].toSorted()).toEqual([
    'EtcdBackup',
    'EtcdBackupSchedule',
    'EtcdCluster',
    'EtcdRestore',
    'EtcdUser',
    'PersistentVolumeClaim',
  ])
})

test.each(examples)('%s is taken as it stands', async (path) => {
  const namespace = path.replaceAll(/[^a-z]+/g, '-')
  expect(await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })).toMatchObject({ status: 201 })
  const manifests = manifestsIn(path)
  expect(manifests.length).toBeGreaterThan(0)
  // Twice: the second time nothing differs.
  for (const status of [201, 200])
    for (const manifest of manifests) expect(await apply(manifest, namespace), manifest.kind).toMatchObject({ status, warnings: undefined })
})

test('a field that no kind has, or a value out of its bounds, would be found', async () => {
  const [cluster] = manifestsIn('examples/cluster.yaml')
  const refused = async (spec: object) => (await apply({ ...cluster, spec } as Manifest, 'default', '&dryRun=All')).says
  expect(await refused({ version: '3.6.16', storage: { size: '1Gi' }, sise: 3 })).toMatch(/field not declared in schema|unknown field/)
  expect(await refused({ version: '3.6.16', storage: { size: '1Gi' }, size: 2 })).toContain('spec.size must be 1, 3, 5 or 7')
})

function manifestsIn(path: string): readonly Manifest[] {
  return loadAll(readFileSync(join(root, path), 'utf8')).filter(Boolean) as Manifest[] // Files of this project.
}

async function apply(manifest: Manifest, namespace?: string, query = ''): Promise<Answer> {
  const { apiVersion, kind, metadata } = manifest
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`
  const path = `${group}${place}/${kind.toLowerCase()}s/${metadata.name}?fieldManager=examples&fieldValidation=Strict${query}`
  const { statusCode, headers, body } = await request(access.server + path, {
    method: 'PATCH',
    headers: { ...access.headers, 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(manifest),
    dispatcher,
  })
  return { status: statusCode, warnings: headers.warning, says: await body.text() }
}
