import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { performBackup } from '../../src/act/perform-backup.ts'
import { JOB, SECRET, type Secret } from '../../src/adapters/kube/kinds.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { isIssuedBy } from '../../src/adapters/x509.ts'
import { annotation } from '../../src/api/labels.ts'
import { tlsTrouble } from '../../src/model/tls/tls-trouble.ts'
import { textOf } from '../../src/observe/cluster/secret-facts.ts'
import { exchangeCas } from '../../src/plan/cluster/change/exchange-cas.ts'
import type { Decision } from '../../src/plan/cluster/step.ts'
import { ensureCertificates } from '../../src/plan/cluster/without-majority/ensure-certificates.ts'
import { aBackup, aFormedCluster } from '../builders/a-backup.ts'
import { aCluster, type Scene } from '../builders/a-cluster.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { Room } from '../unit/act/cluster/certificate-room.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/** A cluster's Secrets, made, renewed and exchanged at a real API server. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()
const hour = 3600_000

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('audited'), userAgent: 'certificates' })
  await kube.create(NAMESPACE, { metadata: { name: 'ns' } }, signal)
}, 300_000)
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

test('Secrets are made, one is made again, and a CA is exchanged, with no other right than to get, create and patch them', async () => {
  const room = new Room(aCluster({ tls: { mode: 'Required' } }).running(), kube)
  expect(await room.untilQuiet(ensureCertificates)).toHaveLength(5)
  expect(tlsTrouble(await room.view())).toBeUndefined()
  expect((await read('demo-peer-tls')).type).toBe('kubernetes.io/tls')
  expect((await read('demo-client-ca')).type).toBe('Opaque')

  const { uid } = (await read('demo-client')).metadata
  await kube.delete(SECRET, { namespace: 'ns', name: 'demo-client' }, { uid }, signal)
  expect(await room.untilQuiet(ensureCertificates)).toEqual(['WriteCertificates demo-client'])

  // As a person restores it from a copy.
  const { uid: caUid, resourceVersion } = (await read('demo-peer-ca')).metadata
  const restored = { metadata: { uid: caUid, resourceVersion, ownerReferences: [] } }
  await kube.patch(SECRET, { namespace: 'ns', name: 'demo-peer-ca' }, restored, signal)
  expect(await room.untilQuiet(ensureCertificates)).toEqual(['OwnSecret demo-peer-ca'])
  expect((await read('demo-peer-ca')).metadata.ownerReferences).toMatchObject([{ kind: 'EtcdCluster', name: 'demo', uid: 'uid-demo' }])

  const next = textOf(await read('demo-peer-ca'), 'next.crt')
  room.trust(await Promise.all(['demo-peer-ca', 'demo-client-ca'].map(read)))
  room.annotate({ [annotation.rotateCa]: '1' })
  room.later(hour)
  const first = exchangeCas(await room.view())
  const stale = await room.view()
  expect(await room.untilQuiet(all)).toContain('ExchangeCa demo-peer-ca')
  expect(isIssuedBy(textOf(await read('demo-peer-tls'), 'tls.crt'), next)).toBe(true)
  // A second operator that decided the same a moment ago changes nothing.
  await expect(room.carryOut(stale, first)).rejects.toMatchObject({ kind: 'conflict' })
  room.later(2 * hour)
  expect(await room.untilQuiet(all)).toContain('RetireCa demo-peer-ca')
  expect(Object.keys((await read('demo-peer-ca')).data ?? {})).not.toContain('old.crt')

  const verbs = readFileSync(server.auditLog, 'utf8')
    .trim()
    .split('\n')
    .map((line): { verb: string; objectRef?: { resource: string; name?: string } } => JSON.parse(line))
    .filter(({ objectRef }) => objectRef?.resource === 'secrets')
  // The test itself has deleted one.
  expect(new Set(verbs.map(({ verb }) => verb))).toEqual(new Set(['get', 'create', 'patch', 'delete']))
  expect(verbs.every(({ verb, objectRef }) => verb === 'create' || objectRef?.name !== undefined)).toBe(true)
}, 120_000)

test('the Job of a backup gets a Secret of its own, which goes with it, by the same rights', async () => {
  const room = new Room(aCluster({ tls: { mode: 'Required' } }).running(), kube)
  await room.untilQuiet(ensureCertificates)
  const { cluster, now } = await room.view()
  const formed = { ...cluster, status: { ...aFormedCluster().status, tls: { mode: 'Required' as const } } }
  const image = { name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }
  const view = { ...aBackup(), now }
  await performBackup({ kube, live: kube }, view, { do: 'CreateBackupJob', cluster: formed, image }, signal)

  const job = await kube.get(JOB, { namespace: 'ns', name: 'b1-backup' }, signal)
  const [volume] = job?.spec?.template.spec?.volumes?.flatMap(({ secret }) => secret?.secretName ?? []) ?? []
  const secret = await read(volume ?? 'none')
  expect(secret.metadata.ownerReferences).toMatchObject([{ kind: 'Job', name: 'b1-backup', uid: job?.metadata.uid }])
  expect(Object.keys(secret.data ?? {}).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key'])
  expect(isIssuedBy(textOf(secret, 'tls.crt'), textOf(await read('demo-client-ca'), 'current.crt'))).toBe(true)
  expect(JSON.stringify(job)).not.toContain('PRIVATE KEY')
})

test('where cert-manager is not installed, the operator says so', async () => {
  const room = new Room(aCluster({ tls: { mode: 'Required', issuer: { name: 'ca' } } }).running(), kube)
  const { sources } = (await room.view()).tls
  expect(sources).toMatchObject({
    from: 'issuer',
    server: { request: { known: false, why: expect.stringContaining('install cert-manager') } },
  })
})

function all(view: Scene): Decision | undefined {
  return ensureCertificates(view) ?? exchangeCas(view)
}

async function read(name: string): Promise<Secret> {
  const secret = await kube.get(SECRET, { namespace: 'ns', name }, signal)
  if (secret === undefined) throw new Error(`no Secret ${name}`)
  return secret
}
