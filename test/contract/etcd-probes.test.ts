import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import type { EtcdProbes } from '../../src/adapters/etcd/probe-calls.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import { anAuthority } from '../builders/authority.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { bundle, clusterKeys, inProfile, peerUrlOf, put, serverName } from './encrypted-members.ts'
import { aToken, eventually, startEtcdProcesses } from './etcd-processes.ts'

const versions = process.env.TEST_LONG ? etcdVersions : (['3.5.35', '3.6.16', '3.7.3'] as const)

/** Longer than the operator waits: the machine may be busy with other members. */
const patient = { deadlineMs: 20_000 }

describe.each(versions)('what the ports of etcd %s show', { concurrent: true }, (version) => {
  async function aMember(profile: TlsMode, { onTestFinished }: TestContext) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const member = await processes.member('m0')
    const keys = clusterKeys()
    const [nextPeerCa, nextClientCa] = [anAuthority('next peers'), anAuthority('next clients')]
    keys.write(member)
    const store = credentialStore()
    const etcd = connectEtcd(store)
    onTestFinished(() => etcd.close())
    const trusts = { peer: [keys.peerCa, nextPeerCa], client: [keys.clientCa, nextClientCa] }
    // Peers are dialled by IP here.
    const names = { peer: member.address, client: serverName }
    const putProbe = (name: string, port: 'peer' | 'client', by = trusts[port][0] ?? keys.peerCa) =>
      store.put(name, { ca: bundle(trusts[port]), serverName: names[port], own: by.issue({}) })
    putProbe('peer', 'peer')
    putProbe('next peer', 'peer', nextPeerCa)
    putProbe('client', 'client')
    putProbe('next client', 'client', nextClientCa)

    const start = async (state: 'bootstrap' | 'established') => {
      const founders = [{ name: 'm0', peerUrl: peerUrlOf(member, profile) }]
      member.start(state === 'bootstrap' ? { state, token: aToken, members: founders } : { state }, inProfile(profile))
      const metrics = { url: `http://${member.address}:2381` }
      await eventually('it serves', async () => (await etcd.raftStatus(metrics)).hasLeader || undefined)
      await eventually('it listens', () => etcd.servedCertificate(at(2379)).then(() => true))
    }
    const at = (port: number, credentials?: string) => ({
      url: `http://${member.address}:${port}`,
      ...(credentials === undefined ? {} : { credentials }),
    })
    await start('bootstrap')
    const knocks: EtcdProbes = {
      answersPlain: (endpoint, options = patient) => etcd.answersPlain(endpoint, options),
      servedCertificate: (endpoint, options = patient) => etcd.servedCertificate(endpoint, options),
      acceptsCertificate: (endpoint, options = patient) => etcd.acceptsCertificate(endpoint, options),
    }
    return { member, keys, nextPeerCa, nextClientCa, etcd: knocks, at, start, served: fingerprintIn(member.tlsFolder) }
  }

  test('plain ports show that they are plain', async (context) => {
    const { etcd, at } = await aMember('Off', context)
    for (const port of [2379, 2380]) {
      expect(await etcd.answersPlain(at(port))).toBe(true)
      expect(await etcd.servedCertificate(at(port))).toBeUndefined()
    }
    await expect(etcd.acceptsCertificate(at(2379, 'client'))).rejects.toMatchObject({ kind: expect.stringMatching(/^un/) })
  })

  test('a port that takes both shows both', async (context) => {
    const { etcd, at, served } = await aMember('Optional', context)
    expect(await etcd.answersPlain(at(2379))).toBe(true)
    expect((await etcd.servedCertificate(at(2379)))?.fingerprint).toBe(served('server'))
    expect(await etcd.acceptsCertificate(at(2379, 'client'))).toBe(true)
    expect(await etcd.answersPlain(at(2380))).toBe(true)
  })

  test('ports of TLS refuse plain clients, and show their certificate to whoever asks', async (context) => {
    const { etcd, at, served } = await aMember('Required', context)
    const rows = [
      [2379, 'client', 'server'],
      [2380, 'peer', 'peer'],
    ] as const
    for (const [port, credentials, folder] of rows) {
      expect(await etcd.answersPlain(at(port))).toBe(false)
      expect((await etcd.servedCertificate(at(port, credentials)))?.fingerprint).toBe(served(folder))
      expect((await etcd.servedCertificate(at(port)))?.fingerprint).toBe(served(folder))
      expect(await etcd.acceptsCertificate(at(port, credentials))).toBe(true)
      expect(await etcd.acceptsCertificate(at(port, `next ${credentials}`))).toBe(false)
    }
  })

  test('a CA counts from the next start on, a leaf from the next handshake on', async (context) => {
    const { member, keys, nextPeerCa, nextClientCa, etcd, at, start } = await aMember('Required', context)
    put(member, 'peer/ca.crt', bundle([keys.peerCa, nextPeerCa]))
    put(member, 'server/ca.crt', bundle([keys.clientCa, nextClientCa]))
    const leaf = keys.clientCa.issue({ usage: 'serverAuth', names: [`DNS:${serverName}`, `IP:${member.address}`] })
    put(member, 'server/tls.crt', leaf.cert)
    put(member, 'server/tls.key', leaf.key)
    expect((await etcd.servedCertificate(at(2379)))?.fingerprint).toBe(fingerprint(leaf.cert))
    expect(await etcd.acceptsCertificate(at(2379, 'next client'))).toBe(false)
    expect(await etcd.acceptsCertificate(at(2380, 'next peer'))).toBe(false)

    member.signal('SIGTERM')
    await member.ended()
    await start('established')
    for (const credentials of ['client', 'next client'] as const) expect(await etcd.acceptsCertificate(at(2379, credentials))).toBe(true)
    for (const credentials of ['peer', 'next peer'] as const) expect(await etcd.acceptsCertificate(at(2380, credentials))).toBe(true)
  })

  test('nothing is shown where nobody listens, and where a frozen member does not answer', async (context) => {
    const { member, etcd, at } = await aMember('Required', context)
    const ask = (port: number) => [
      etcd.answersPlain(at(port), { deadlineMs: 300 }),
      etcd.servedCertificate(at(port), { deadlineMs: 300 }),
      etcd.acceptsCertificate(at(port, 'client'), { deadlineMs: 300 }),
    ]
    for (const call of ask(9)) await expect(call).rejects.toMatchObject({ kind: 'unavailable' })
    await member.freeze()
    for (const call of ask(2379)) await expect(call).rejects.toMatchObject({ kind: 'timeout' })
    member.signal('SIGCONT')
  })
})

test('a member whose own certificate is of another CA is not believed', async ({ onTestFinished }) => {
  const processes = await startEtcdProcesses('3.6.16')
  onTestFinished(() => processes.cleanUp())
  const member = await processes.member('m0')
  const keys = clusterKeys()
  keys.write(member)
  member.start(
    { state: 'bootstrap', token: aToken, members: [{ name: 'm0', peerUrl: peerUrlOf(member, 'Required') }] },
    inProfile('Required'),
  )
  const store = credentialStore()
  store.put('client', { ...keys.credentials(), ca: anAuthority('other').cert })
  const etcd = connectEtcd(store)
  const endpoint = { url: `https://${member.address}:2379`, credentials: 'client' }
  await eventually('it listens', () => etcd.servedCertificate(endpoint))
  await expect(etcd.acceptsCertificate(endpoint)).rejects.toMatchObject({ kind: 'untrusted' })
})

test('a server of HTTPS that answers a client of HTTP is not plain', async ({ onTestFinished }) => {
  const server = createServer((socket) =>
    socket.on('error', () => {}).end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  expect(await connectEtcd().answersPlain({ url: `http://127.0.0.1:${address.port}` })).toBe(false)
})

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()
}

function fingerprintIn(folder: string): (port: 'server' | 'peer') => string {
  return (port) => fingerprint(readFileSync(join(folder, port, 'tls.crt'), 'utf8'))
}
