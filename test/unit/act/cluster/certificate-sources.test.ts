import { describe, expect, test } from 'vitest'
import type { KeyPair, LeafRequest } from '../../../../src/adapters/x509/request.ts'
import { issueCa, issueLeaf, readCertificate } from '../../../../src/adapters/x509.ts'
import { sourceProblems } from '../../../../src/model/tls/source-problems.ts'
import { tlsTrouble } from '../../../../src/model/tls/tls-trouble.ts'
import { awaitCertificates, reportCertificates } from '../../../../src/plan/cluster/await-certificates.ts'
import { ensureCertificates } from '../../../../src/plan/cluster/without-majority/ensure-certificates.ts'
import { certificatesValid } from '../../../../src/report/cluster/certificates-valid.ts'
import { aCluster, now, type SpecWish } from '../../../builders/a-cluster.ts'
import { inShort } from '../../../builders/decides.ts'
import { Room } from './certificate-room.ts'

const day = 24 * 3600_000
const life = { notBefore: now - day, notAfter: now + 30 * day }
const names = { server: ['demo.ns.svc', '*.demo-peers.ns.svc'], peer: ['*.demo-peers.ns.svc'] }
const theirs: SpecWish = { tls: { mode: 'Required', secrets: { server: 'our-server', peer: 'our-peers', clientCA: 'our-clients' } } }

describe('Secrets that a person brings', () => {
  test('are checked, and copied into those that members mount', async () => {
    const { room, ca } = await begun()
    await room.untilQuiet(ensureCertificates)
    expect(tlsTrouble(await room.view())).toBeUndefined()
    for (const [copy, source] of [
      ['demo-server-tls', 'our-server'],
      ['demo-peer-tls', 'our-peers'],
    ] as const)
      expect(room.text(copy, 'tls.crt')).toBe(room.text(source, 'tls.crt'))
    expect(room.text('demo-server-tls', 'ca.crt')).toContain(room.text('our-clients', 'ca.crt'))
    expect(room.text('demo-client', 'ca.crt')).toContain(ca.cert)
    expect(room.text('demo-peer-tls', 'ca.crt')).toContain(ca.cert)
    // With which members dial each other is still the operator's: it has no names.
    expect(readCertificate(room.text('demo-peer-tls', 'dial.crt'))?.names).toEqual([])
  })

  test('that are missing let no pod begin', async () => {
    const { room } = await begun()
    room.server.secrets.delete('our-peers')
    await room.untilQuiet(ensureCertificates)
    const view = await room.view()
    expect(inShort(awaitCertificates(view))).toBe('block BadSecret')
    expect(tlsTrouble(view)?.message).toMatch(
      /^Secret our-peers does not exist: create Secret our-peers, or take spec.tls.secrets.peer out/,
    )
  })

  test.each<{ what: string; leaf: Partial<LeafRequest>; with?: 'other-key' | 'other-ca'; reason: string; condition: string }>([
    { what: 'lacks a name', leaf: { names: ['demo.ns.svc'] }, reason: 'NameMissing', condition: 'BadSecret' },
    { what: 'is for clients', leaf: { usage: 'client' }, reason: 'BadSecret', condition: 'BadSecret' },
    { what: 'has expired', leaf: { notAfter: now - 1 }, reason: 'Expired', condition: 'Expired' },
    { what: 'is of tomorrow', leaf: { notBefore: now + day }, reason: 'NotYetValid', condition: 'BadSecret' },
    { what: 'has another key', leaf: {}, with: 'other-key', reason: 'KeyMismatch', condition: 'BadSecret' },
    { what: 'is of a CA that others do not have', leaf: {}, with: 'other-ca', reason: 'PeerCANotShared', condition: 'BadSecret' },
  ])('a peer certificate that $what is refused, and the last good copy stays', async ({ leaf, with: other, reason, condition }) => {
    const { room, ca } = await begun()
    await room.untilQuiet(ensureCertificates)
    const good = room.text('demo-peer-tls', 'tls.crt')
    const issuer = other === 'other-ca' ? await issueCa({ commonName: 'somebody', ...life }) : ca
    const pair = await issueLeaf(issuer, { commonName: '', usage: 'server', names: names.peer, ...life, ...leaf })
    const key = other === 'other-key' ? ca.key : pair.key
    room.server.put('our-peers', { 'tls.crt': pair.cert, 'tls.key': key, 'ca.crt': ca.cert })
    await room.untilQuiet(ensureCertificates)
    expect(room.text('demo-peer-tls', 'tls.crt')).toBe(good)
    const view = await room.view()
    expect(sourceProblems(view).map((problem) => problem.reason)).toEqual([reason])
    expect(tlsTrouble(view)).toBeUndefined()
    expect(inShort(reportCertificates(view))).toBe(`block ${reason}`)
    expect(certificatesValid(view)).toMatchObject({ status: 'False', reason: condition })
  })

  test('that are unfit before the cluster has begun are told with the way out, and with what ends the wait', async () => {
    const { room } = await begun()
    const ca = await issueCa({ commonName: 'theirs', ...life })
    await bring(room, 'our-peers', ca, ['elsewhere.example.com'])
    await room.untilQuiet(ensureCertificates)
    const decision = awaitCertificates(await room.view())
    expect(decision).toMatchObject({
      kind: 'block',
      reason: 'NameMissing',
      message: expect.stringContaining('mend Secret our-peers, or take'),
    })
    expect(decision).toMatchObject({ message: expect.stringContaining('the cluster begins as soon as the Secret is fit') })
    room.scene = aCluster({ tls: { mode: 'Required' } }).frozen()
    await room.untilQuiet(ensureCertificates)
    expect(awaitCertificates(await room.view())).toBeUndefined()
  })

  test('a peer certificate of a new CA waits until the members have loaded that CA', async () => {
    const { room } = await begun()
    await room.untilQuiet(ensureCertificates)
    const good = room.text('demo-peer-tls', 'tls.crt')
    const other = await issueCa({ commonName: 'next year', ...life })
    await bring(room, 'our-peers', other, names.peer)
    room.scene = aCluster(theirs).running()
    room.later(3600_000)
    await room.untilQuiet(ensureCertificates)
    expect(room.text('demo-peer-tls', 'tls.crt')).toBe(good)
    // It is trusted at once, so that the next restart loads it.
    expect(room.text('demo-peer-tls', 'ca.crt')).toContain(other.cert)
    expect(sourceProblems(await room.view())).toMatchObject([{ reason: 'CaNotLoaded' }])
    room.later(3600_000)
    room.scene = room.scene.with({ pods: room.scene.pods.map((pod) => ({ ...pod, uid: `${pod.uid}-2`, createdAt: room.scene.now })) })
    await room.untilQuiet(ensureCertificates)
    expect(room.text('demo-peer-tls', 'tls.crt')).toBe(room.text('our-peers', 'tls.crt'))
    expect(sourceProblems(await room.view())).toEqual([])
  })

  test('that are asked for no more give way to certificates of the operator', async () => {
    const { room } = await begun()
    await room.untilQuiet(ensureCertificates)
    room.scene = aCluster({ tls: { mode: 'Required' } }).frozen()
    await room.untilQuiet(ensureCertificates)
    expect(room.text('demo-server-tls', 'tls.crt')).not.toBe(room.text('our-server', 'tls.crt'))
    expect(tlsTrouble(await room.view())).toBeUndefined()
  })
})

describe('an issuer of cert-manager', () => {
  const asked: SpecWish = { tls: { mode: 'Required', issuer: { name: 'ca', kind: 'ClusterIssuer' } } }

  test('is asked for three Certificates, whose Secrets are copied', async () => {
    const room = new Room(aCluster(asked).frozen())
    room.server.requests = new Map()
    expect(await room.untilQuiet(ensureCertificates)).toEqual([
      ...['CreateCa demo-peer-ca', 'CreateCa demo-client-ca'],
      ...['RequestCertificate demo-peer', 'RequestCertificate demo-server', 'RequestCertificate demo-client'],
    ])
    expect(inShort(awaitCertificates(await room.view()))).toBe('block BadSecret')
    expect(room.server.requests.get('demo-server')?.spec).toMatchObject({
      secretName: 'demo-server-issued',
      issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' },
      ipAddresses: ['127.0.0.1', '::1'],
      usages: ['digital signature', 'server auth'],
    })
    expect(room.server.requests.get('demo-client')?.spec).not.toHaveProperty('commonName')
    const ca = await issueCa({ commonName: 'issuer', ...life })
    await bring(room, 'demo-server-issued', ca, names.server)
    await bring(room, 'demo-peer-issued', ca, names.peer)
    await bring(room, 'demo-client-issued', ca, [], 'client')
    await room.untilQuiet(ensureCertificates)
    expect(tlsTrouble(await room.view())).toBeUndefined()
    expect(room.text('demo-client', 'tls.crt')).toBe(room.text('demo-client-issued', 'tls.crt'))
    expect(room.text('demo-server-tls', 'ca.crt')).toContain(ca.cert)
  })

  test('that does not exist here is told in words', async () => {
    const room = new Room(aCluster(asked).frozen())
    await room.untilQuiet(ensureCertificates)
    expect(awaitCertificates(await room.view())).toMatchObject({
      kind: 'block',
      reason: 'BadSecret',
      message: expect.stringContaining('install cert-manager'),
    })
  })
})

async function begun(): Promise<{ readonly room: Room; readonly ca: KeyPair }> {
  const room = new Room(aCluster(theirs).frozen())
  const ca = await issueCa({ commonName: 'theirs', ...life })
  await bring(room, 'our-server', ca, names.server)
  await bring(room, 'our-peers', ca, names.peer)
  room.server.put('our-clients', { 'ca.crt': (await issueCa({ commonName: 'clients', ...life })).cert })
  return { room, ca }
}

async function bring(room: Room, secret: string, ca: KeyPair, of: readonly string[], usage: 'server' | 'client' = 'server'): Promise<void> {
  const { cert, key } = await issueLeaf(ca, { commonName: '', usage, names: of, ...life })
  room.server.put(secret, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca.cert })
}
