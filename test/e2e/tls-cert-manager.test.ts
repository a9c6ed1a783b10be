import { X509Certificate } from 'node:crypto'
import { beforeAll, expect } from 'vitest'
import { readSecret } from '../client/secret-of-client.ts'
import { buildCertManager, caIssuer, startCertManager } from './cert-manager.ts'
import { condition } from './cluster-handle.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { until } from './until.ts'

// Building cert-manager takes minutes, so this is left to the long tests.
beforeAll(async () => {
  if (isLong) await buildCertManager()
}, 1_800_000)

scenario(
  'cert-manager signs the certificates of a cluster, and signs them anew',
  { seconds: 180, alone: true, skip: !isLong },
  async (stage) => {
    const certManager = await startCertManager(stage.k8s)
    await play(stage).finally(certManager.stop)
  },
)

async function play(stage: Stage): Promise<void> {
  const { k8s, kubectl, namespace } = stage
  const name = await caIssuer(stage)
  const demo = stage.cluster('demo')
  await demo.create({ size: 3, tls: { issuer: { name, kind: 'Issuer' } } })
  await demo.untilReady(120)
  await demo.until('it is proved', 30, (one) => condition(one, 'Encrypted')?.status === 'True')
  const client = await stage.writer()

  const authority = new X509Certificate((await readSecret(k8s, namespace, 'ca'))?.['tls.crt'] ?? '')
  const served = async () => new X509Certificate((await readSecret(k8s, namespace, 'demo-server-tls'))?.['tls.crt'] ?? '')
  const first = await served()
  expect(first.verify(authority.publicKey)).toBe(true)

  // As `cmctl renew` does it.
  await kubectl(['delete', 'secret', 'demo-server-issued'])
  await kubectl(['annotate', 'ec', 'demo', 'etcd-operator.dev/refresh=now'])
  await until('another certificate is served', 120, async () => {
    const now = await served()
    return now.serialNumber !== first.serialNumber && now.verify(authority.publicKey) ? now : undefined
  })
  expect(await client.verify()).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
  expect((await demo.pods()).map(({ status }) => status?.containerStatuses?.[0]?.restartCount)).toEqual([0, 0, 0])
}
