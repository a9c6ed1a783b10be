import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { performBackup } from '../../../src/act/perform-backup.ts'
import { Failure } from '../../../src/adapters/failure.ts'
import { issueCa } from '../../../src/adapters/x509.ts'
import type { EtcdCluster } from '../../../src/api/etcd-cluster.ts'
import { aBackup, aFormedCluster, backupUid } from '../../builders/a-backup.ts'
import { now } from '../../builders/a-cluster.ts'
import { fakeKube } from './fake-kube.ts'

const image = { name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }
const never = new AbortController().signal
const day = 24 * 3600_000

async function aCa() {
  const life = { notBefore: now - day, notAfter: now + 365 * day }
  const [current, next] = [await issueCa({ commonName: 'c 1', ...life }), await issueCa({ commonName: 'c 2', ...life })]
  return { current, next }
}

const ours = [{ apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', name: 'demo', uid: aFormedCluster().metadata.uid }]

function aSecret(name: string, texts: Readonly<Record<string, string>>, ownerReferences: readonly object[] = ours) {
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]))
  return { metadata: { name, uid: `uid-${name}`, resourceVersion: '1', ownerReferences }, data }
}

async function perform(cluster: EtcdCluster) {
  const { current, next } = await aCa()
  const stored = {
    'secrets/demo-client-ca': aSecret('demo-client-ca', {
      'current.crt': current.cert,
      'current.key': current.key,
      'next.crt': next.cert,
      'next.key': next.key,
    }),
    'secrets/demo-client': aSecret('demo-client', { 'ca.crt': current.cert + next.cert }),
  }
  const { kube, objects } = fakeKube(stored)
  await performBackup({ kube, live: kube }, aBackup(), { do: 'CreateBackupJob', cluster, image }, never)
  const made = [...objects].find(([key]) => key.startsWith('secrets/b1-backup-'))?.[1]
  return { objects, made, current, next }
}

function textsOf(secret: object | undefined): Readonly<Record<string, string>> {
  return Object((secret ?? {}) as { stringData?: unknown }).stringData ?? {}
}

function speaking(mode: 'Off' | 'Required'): EtcdCluster {
  const cluster = aFormedCluster()
  return { ...cluster, status: { ...cluster.status, tls: { mode } } } as EtcdCluster
}

test('where members speak TLS the Job gets a certificate of its own, which soon ends, and its Secret goes with it', async () => {
  const { objects, made, current } = await perform(speaking('Required'))
  const job = objects.get('jobs/b1-backup')
  expect(made?.metadata.ownerReferences).toEqual([{ apiVersion: 'batch/v1', kind: 'Job', name: 'b1-backup', uid: job?.metadata.uid }])
  const { 'tls.crt': cert = '', 'ca.crt': ca } = textsOf(made)
  const leaf = new X509Certificate(cert)
  expect(leaf.checkIssued(new X509Certificate(current.cert))).toBe(true)
  expect(Date.parse(leaf.validTo) - now).toBeLessThan(3600_000)
  expect(ca).toContain(current.cert.trim())
  // Keys stand in the Secret alone.
  expect(JSON.stringify(job)).not.toContain('PRIVATE KEY')
})

test('it names root, so that a person may switch authentication on while the Job runs', async () => {
  const { made } = await perform(speaking('Required'))
  const { 'tls.crt': cert = '' } = textsOf(made)
  expect(new X509Certificate(cert).subject).toContain('CN=root')
})

test('where members speak in plain text there is no Secret', async () => {
  const { objects, made } = await perform(speaking('Off'))
  expect(objects.has('jobs/b1-backup')).toBe(true)
  expect(made).toBeUndefined()
})

test('an operator that was killed after the Secret leaves one that goes with the EtcdBackup', async () => {
  const { current } = await aCa()
  const { kube, objects } = fakeKube({
    'secrets/demo-client-ca': aSecret('demo-client-ca', { 'current.crt': current.cert, 'current.key': current.key }),
  })
  const killed = {
    ...kube,
    create: (...args: Parameters<typeof kube.create>) =>
      args[0].kind === 'Job' && args[3]?.dryRun !== true ? Promise.reject(new Error('killed')) : kube.create(...args),
  }
  const step = { do: 'CreateBackupJob', cluster: speaking('Required'), image } as const
  await expect(performBackup({ kube: killed as typeof kube, live: kube }, aBackup(), step, never)).rejects.toThrow('killed')
  const [, left] = [...objects].find(([key]) => key.startsWith('secrets/b1-backup-')) ?? []
  expect(left?.metadata.ownerReferences).toMatchObject([{ kind: 'EtcdBackup', uid: backupUid }])
})

test('a Job that the API server refuses leaves no Secret behind, however often it is tried', async () => {
  const { current } = await aCa()
  const { kube, objects } = fakeKube({
    'secrets/demo-client-ca': aSecret('demo-client-ca', { 'current.crt': current.cert, 'current.key': current.key }),
  })
  const refuse = () => Promise.reject(new Failure('rejected', 'exceeded quota: jobs'))
  const full = {
    ...kube,
    create: (...args: Parameters<typeof kube.create>) => (args[0].kind === 'Job' ? refuse() : kube.create(...args)),
  }
  const step = { do: 'CreateBackupJob', cluster: speaking('Required'), image } as const
  await expect(performBackup({ kube: full as typeof kube, live: kube }, aBackup(), step, never)).rejects.toThrow('exceeded quota')
  expect([...objects.keys()]).toEqual(['secrets/demo-client-ca'])
})

test('without a CA there is neither Job nor Secret, and the reason says so', async () => {
  const { kube, objects } = fakeKube({})
  const step = { do: 'CreateBackupJob', cluster: speaking('Required'), image } as const
  await expect(performBackup({ kube, live: kube }, aBackup(), step, never)).rejects.toMatchObject({
    kind: 'untrusted',
    message: expect.stringContaining('demo-client-ca'),
  })
  expect(objects.size).toBe(0)
})

test('a CA that somebody else put there makes no certificate, and is trusted by no Job', async () => {
  const { current } = await aCa()
  const theirs = { 'current.crt': current.cert, 'current.key': current.key, 'next.crt': current.cert }
  const { kube, objects } = fakeKube({
    'secrets/demo-client-ca': aSecret('demo-client-ca', theirs, []),
    'secrets/demo-client': aSecret('demo-client', { 'ca.crt': current.cert }),
  })
  const step = { do: 'CreateBackupJob', cluster: speaking('Required'), image } as const
  await expect(performBackup({ kube, live: kube }, aBackup(), step, never)).rejects.toMatchObject({ kind: 'untrusted' })
  expect(objects.size).toBe(2)
})
