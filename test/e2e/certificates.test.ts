import { expect } from 'vitest'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { Pod } from '../../src/adapters/kube/kinds.ts'
import type { KeyPair } from '../../src/adapters/x509/request.ts'
import { issueCa, issueLeaf } from '../../src/adapters/x509.ts'
import { readSecret } from '../client/secret-of-client.ts'
import { clusterHandle, condition, isReady, isStalled, podOf, uidsOf } from './cluster-handle.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { testLabel } from './label.ts'
import { rest, until } from './until.ts'

const day = 24 * 3600_000
const life = { notBefore: Date.now() - day, notAfter: Date.now() + 30 * day }

scenario('no member trusts a CA that was revoked, nor the one whose key lay beside it', { seconds: 240, skip: !isLong }, async (stage) => {
  const { kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 1 })
  await demo.untilReady()
  await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'put', 'before', 'the revocation'])
  const [peer, client] = [await casIn(stage, 'demo-peer-ca'), await casIn(stage, 'demo-client-ca')]
  await kubectl(['annotate', 'ec', 'demo', 'etcd-operator.dev/rotate-ca=revoke'])
  await demo.until('each CA was exchanged twice', 180, ({ status }) => status?.tls?.caGeneration === 3)
  for (const ca of ['peer', 'client'])
    await until(
      `the revocation of the CA of ${ca}s is over`,
      120,
      async () =>
        (await kubectl(['get', 'secret', `demo-${ca}-ca`, '--output=jsonpath={.metadata.annotations}'])).includes('revoke, done') ||
        undefined,
    )
  await demo.untilReady()
  expect(await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'get', 'before', '--print-value-only'])).toBe('the revocation\n')
  if (stage.k8s.info.provider !== 'local') return
  const [pod] = await demo.pods()
  for (const ca of peer) expect(await accepts(stage, pod, 2380, ca)).toBe(false)
  for (const ca of client) expect(await accepts(stage, pod, 2379, ca)).toBe(false)
  for (const ca of await casIn(stage, 'demo-peer-ca')) expect(await accepts(stage, pod, 2380, ca)).toBe(true)
  for (const ca of await casIn(stage, 'demo-client-ca')) expect(await accepts(stage, pod, 2379, ca)).toBe(true)
})

scenario('a member that comes back with certificates that have expired is mended by a renewal alone', { seconds: 240 }, async (stage) => {
  const { kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  if (stage.k8s.info.provider !== 'local') return
  const others = uidsOf((await demo.pods()).filter(({ metadata }) => metadata.name !== 'demo-1'))
  // As if the operator had been away for as long as they were valid.
  await demo.change({ paused: true })
  await demo.until('it says that it is paused', 20, (seen) => isStalled(seen, 'Paused'))
  await expire(stage)
  for (const { metadata } of await demo.pods()) await kubectl(['annotate', 'pod', metadata.name, 'e2e/refresh=now'])
  for (const pod of await demo.pods())
    await until(`${pod.metadata.name} serves what has expired`, 150, async () => ((await servedUntil(pod)) < Date.now() ? true : undefined))
  await kubectl(['delete', 'pod', 'demo-1', '--grace-period=0', '--force'])
  const back = await until('demo-1 runs again', 60, async () => {
    const pod = await podOf(demo, 'demo-1')
    return pod.status?.containerStatuses?.[0]?.state?.running === undefined ? undefined : pod
  })
  // Nobody takes a new connection, so that it finds no peers.
  await rest(5)
  expect(isReady(await podOf(demo, 'demo-1'))).toBe(false)
  await demo.change({ paused: false })
  await demo.untilReady(150)
  expect((await podOf(demo, 'demo-1')).metadata.uid).toBe(back.metadata.uid)
  expect(uidsOf((await demo.pods()).filter(({ metadata }) => metadata.name !== 'demo-1'))).toEqual(others)
  // What a port serves is looked at every half minute while it is not what its Secret holds.
  await demo.until('every member shows its new certificate', 120, (one) => condition(one, 'CertificatesValid')?.status === 'True')
})

scenario('each kind of unfit Secret is told, and the members keep what is fit', { seconds: 180 }, async (stage) => {
  const { kubectl, namespace } = stage
  const demo = stage.cluster('demo')
  const ca = await issueCa({ commonName: 'ours', ...life })
  const wanted = [`*.demo-peers.${namespace}.svc`]
  const leaf = (more: object = {}) => issueLeaf(ca, { commonName: '', usage: 'server', names: wanted, ...life, ...more })
  const good = await leaf()
  const elsewhere = await issueCa({ commonName: 'elsewhere', ...life })
  const refresh = () => kubectl(['annotate', 'ec', 'demo', '--overwrite', `etcd-operator.dev/refresh=${Math.random()}`])
  const unfit: readonly (readonly [reason: string, pair: KeyPair, ca: string])[] = [
    ['KeyMismatch', { cert: good.cert, key: ca.key }, ca.cert],
    ['NameMissing', await leaf({ names: ['somewhere.else'] }), ca.cert],
    ['NotYetValid', await leaf({ notBefore: Date.now() + day }), ca.cert],
    ['Expired', await leaf({ notAfter: Date.now() - 3600_000 }), ca.cert],
    ['PeerCANotShared', good, elsewhere.cert],
    ['BadSecret', good, 'nonsense'],
  ]
  await demo.create({ size: 1, tls: { secrets: { peer: 'ours' } } })
  await demo.until('the missing Secret is told', 30, (one) => isStalled(one, 'BadSecret'))
  for (const [reason, pair, trusted] of unfit) {
    await bring(stage, pair, trusted)
    await refresh()
    await demo.until(`${reason} is told`, 30, (one) => isStalled(one, reason))
  }
  expect(await demo.pods()).toEqual([])
  await bring(stage, good, ca.cert)
  await demo.untilReady(90)

  const [reason, pair, trusted] = unfit[0] ?? []
  if (reason === undefined || pair === undefined || trusted === undefined) throw new Error('nothing is unfit')
  await bring(stage, pair, trusted)
  await refresh()
  const told = await demo.until('it is told', 30, (one) => isStalled(one, reason))
  expect(condition(told, 'CertificatesValid')).toMatchObject({ status: 'False' })
  expect(condition(told, 'Available')).toMatchObject({ status: 'True' })
  expect((await readSecret(stage.k8s, namespace, 'demo-peer-tls'))?.['tls.crt']).toBe(good.cert)
  await bring(stage, good, ca.cert)
  await refresh()
  await demo.untilReady(60)
})

scenario('a cluster of the same name in another namespace is no peer', { seconds: 120 }, async (stage) => {
  const { k8s, kubectl, namespace } = stage
  if (k8s.info.provider !== 'local') return
  const other = `${namespace}-other`
  await kubectl(['create', 'namespace', other])
  try {
    await kubectl(['label', 'namespace', other, `${testLabel}=e2e`, 'pod-security.kubernetes.io/enforce=restricted'])
    const [here, there] = [stage.cluster('demo'), clusterHandle(k8s, other, 'demo')]
    await Promise.all([here.create({ size: 1 }), there.create({ size: 1 })])
    await Promise.all([here.untilReady(90), there.untilReady(90)])
    const [mine, theirs] = [await dialOf(stage, namespace), await dialOf(stage, other)]
    const [pod] = await here.pods()
    expect(await acceptsPair(stage, pod, 2380, mine)).toBe(true)
    // What a member of the other cluster dials with.
    expect(await acceptsPair(stage, pod, 2380, theirs)).toBe(false)
    const client = await readSecret(k8s, other, 'demo-client')
    expect(await acceptsPair(stage, pod, 2379, { cert: client?.['tls.crt'] ?? '', key: client?.['tls.key'] ?? '' })).toBe(false)
  } finally {
    await kubectl(['delete', 'namespace', other, '--wait=false'])
  }
})

/** The CA that issues and its successor. */
async function casIn({ k8s, namespace }: Stage, secret: string): Promise<readonly KeyPair[]> {
  const texts = await readSecret(k8s, namespace, secret)
  return ['current', 'next'].map((which) => ({ cert: texts?.[`${which}.crt`] ?? '', key: texts?.[`${which}.key`] ?? '' }))
}

async function dialOf({ k8s }: Stage, namespace: string): Promise<KeyPair> {
  const texts = await readSecret(k8s, namespace, 'demo-peer-tls')
  return { cert: texts?.['dial.crt'] ?? '', key: texts?.['dial.key'] ?? '' }
}

/** Whether the member's process accepts a certificate of this CA on this port. */
async function accepts(stage: Stage, pod: Pod | undefined, port: number, ca: KeyPair): Promise<boolean> {
  return acceptsPair(stage, pod, port, await issueLeaf(ca, { commonName: '', usage: 'client', names: [], ...life }))
}

async function acceptsPair({ k8s, namespace }: Stage, pod: Pod | undefined, port: number, own: KeyPair): Promise<boolean> {
  const files = await readSecret(k8s, namespace, port === 2380 ? 'demo-peer-tls' : 'demo-server-tls')
  const store = credentialStore()
  store.put('one', { ca: files?.['ca.crt'] ?? '', serverName: `demo-0.demo-peers.${namespace}.svc`, own })
  const endpoint = { url: `https://${pod?.status?.podIP}:${port}`, credentials: 'one' }
  return connectEtcd(store).acceptsCertificate(endpoint, { deadlineMs: 10_000 })
}

/** Writes leaves of the cluster's own CAs that ended an hour ago. */
async function expire(stage: Stage): Promise<void> {
  const { kubectl, namespace } = stage
  const [[peer], [client]] = [await casIn(stage, 'demo-peer-ca'), await casIn(stage, 'demo-client-ca')]
  if (peer === undefined || client === undefined) throw new Error('the CAs are gone')
  const past = { notBefore: Date.now() - day, notAfter: Date.now() - 3600_000 }
  const names = [`*.demo-peers.${namespace}.svc`, `demo.${namespace}.svc`]
  const [shown, dial, server] = [
    await issueLeaf(peer, { commonName: '', usage: 'server', names, ...past }),
    await issueLeaf(peer, { commonName: '', usage: 'client', names: [], ...past }),
    await issueLeaf(client, { commonName: '', usage: 'server', names, ...past }),
  ]
  const write = (secret: string, stringData: object) =>
    kubectl(['patch', 'secret', secret, '--type=merge', '--patch', JSON.stringify({ stringData })])
  await write('demo-peer-tls', { 'tls.crt': shown.cert, 'tls.key': shown.key, 'dial.crt': dial.cert, 'dial.key': dial.key })
  await write('demo-server-tls', { 'tls.crt': server.cert, 'tls.key': server.key })
}

/** When the certificate ends that the member shows its peers, milliseconds since the epoch. */
async function servedUntil(pod: Pod): Promise<number> {
  const served = await connectEtcd(credentialStore()).servedCertificate({ url: `https://${pod.status?.podIP}:2380` }, { deadlineMs: 5_000 })
  return served?.notAfter ?? Number.POSITIVE_INFINITY
}

/** A person writes the Secret `ours`. */
async function bring({ kubectl }: Stage, { cert, key }: KeyPair, ca: string): Promise<void> {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'ours' },
    stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca },
  }
  await kubectl(['apply', '--filename', '-'], JSON.stringify(secret))
}
