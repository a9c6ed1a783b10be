import { afterAll, beforeAll, expect, test } from 'vitest'
import { CERTIFICATE, SECRET } from '../../src/adapters/kube/kinds.ts'
import { preflight } from '../../src/model/tls/preflight.ts'
import { issuedCertificateName, issuedSecretName } from '../../src/model/tls/source-secrets.ts'
import { neededNames, type Use } from '../../src/model/tls/uses.ts'
import { issuedCertificate } from '../../src/objects/tls/issued-certificate.ts'
import { certificateFactsOf } from '../../src/observe/cluster/secret-facts.ts'
import { anEtcdCluster } from '../builders/a-cluster.ts'
import { binaryPath } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { timedProgress } from '../cluster/progress.ts'
import { buildCertManager, type CertManager, caIssuer, startCertManager } from '../e2e/cert-manager.ts'
import { type Kubernetes, openKubernetes } from '../e2e/kubernetes.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/** What the real controllers of cert-manager make of the Certificates that the operator asks for. Building them takes minutes. */
const isLong = process.env.TEST_LONG !== undefined

const namespace = 'default'
const { signal } = new AbortController()
let server: ApiServer
let k8s: Kubernetes
let certManager: CertManager

beforeAll(async () => {
  if (!isLong) return
  await ensureBinaries(['kubectl'], { progress: timedProgress() })
  server = await startApiServer()
  const kubectl = binaryPath('kubectl')
  k8s = openKubernetes({
    kubeconfig: server.kubeconfig('admin'),
    kubectl,
    provider: 'local',
    nodes: [],
    etcdVersions: [],
    images: [],
    bin: '',
  })
  await buildCertManager()
  certManager = await startCertManager(k8s)
  await caIssuer({ kubectl: (args, input) => k8s.kubectl(['--namespace', namespace, ...args], input) })
}, 1_800_000)
afterAll(async () => {
  await certManager?.stop()
  await k8s?.close()
  await server?.cleanUp()
})

const cluster = () => {
  const { metadata, ...rest } = anEtcdCluster({
    tls: { issuer: { name: 'ca', kind: 'Issuer' }, extraNames: ['etcd.example.com', '192.0.2.7'] },
  })
  return { ...rest, metadata: { ...metadata, namespace } }
}

test.skipIf(!isLong).each<Use>(['server', 'peer', 'client'])(
  'the certificate of the %s is signed, and fit for the members',
  async (use) => {
    const demo = cluster()
    await k8s.kube.create(CERTIFICATE, issuedCertificate(demo, use) as never, signal)
    const ref = { namespace, name: issuedSecretName(demo, use) }
    await expect.poll(() => k8s.kube.get(SECRET, ref, signal), { timeout: 60_000 }).toMatchObject({ type: 'kubernetes.io/tls' })
    const name = issuedCertificateName(demo, use)
    const ready = { type: 'Ready', status: 'True' }
    await expect
      .poll(() => k8s.kube.get(CERTIFICATE, { namespace, name }, signal), { timeout: 60_000 })
      .toMatchObject({ status: { conditions: expect.arrayContaining([expect.objectContaining(ready)]) } })

    const secret = await k8s.kube.get(SECRET, ref, signal)
    if (secret === undefined) throw new Error('it was there')
    const facts = certificateFactsOf(secret)
    expect(preflight(facts, { secret: ref.name, use, names: neededNames(demo, use), dials: false, now: Date.now() })).toEqual([])
    // etcd would take a common name for that of a user.
    expect(facts.leaf?.commonName).toBe('')
  },
)
