import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LeafRequest } from '../../../../src/adapters/x509/request.ts'
import {
  isIssuedBy,
  isKey,
  isKeyOf,
  issueCa,
  issueLeaf,
  readCertificates,
  splitCertificates,
  trustedBy,
} from '../../../../src/adapters/x509.ts'

const day = 24 * 3600_000
const now = Math.floor(Date.now() / 1000) * 1000
const lifetime = { notBefore: now - 5 * 60_000, notAfter: now + 90 * day }
const server: LeafRequest = {
  commonName: '',
  usage: 'server',
  names: ['demo.ns.svc', '*.demo-peers.ns.svc', 'localhost', '127.0.0.1', '::1'],
  ...lifetime,
}
const client: LeafRequest = { commonName: 'root', usage: 'client', names: [], ...lifetime }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'x509-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a CA and its leaves, as openssl sees them', () => {
  test.each([
    { usage: 'sslserver', leaf: server },
    { usage: 'sslclient', leaf: client },
    { usage: 'sslclient', leaf: { ...client, commonName: '' } },
  ])('a leaf for $usage with the name "$leaf.commonName" is valid to the letter', async ({ usage, leaf }) => {
    const ca = await aCa()
    const { cert } = await issueLeaf(ca, leaf)
    expect(verify(cert, ca.cert, ['-purpose', usage])).toContain('leaf.pem: OK')
  })

  test('a leaf for servers is none for clients, and the other way round', async () => {
    const ca = await aCa()
    expect(verify((await issueLeaf(ca, server)).cert, ca.cert, ['-purpose', 'sslclient'])).toContain('unsuitable certificate purpose')
    expect(verify((await issueLeaf(ca, client)).cert, ca.cert, ['-purpose', 'sslserver'])).toContain('unsuitable certificate purpose')
  })

  test('a leaf is valid for its names alone', async () => {
    const ca = await aCa()
    const { cert } = await issueLeaf(ca, server)
    for (const host of ['demo.ns.svc', 'demo-0.demo-peers.ns.svc'])
      expect(verify(cert, ca.cert, ['-verify_hostname', host])).toContain('OK')
    for (const ip of ['127.0.0.1', '::1']) expect(verify(cert, ca.cert, ['-verify_ip', ip])).toContain('OK')
    expect(verify(cert, ca.cert, ['-verify_hostname', 'other.ns.svc'])).toContain('hostname mismatch')
    expect(verify(cert, ca.cert, ['-verify_ip', '127.0.0.2'])).toContain('IP address mismatch')
  })

  test('a leaf can sign nothing', async () => {
    const ca = await aCa()
    const leaf = await issueLeaf(ca, client)
    const forged = await issueLeaf(leaf, { ...client, commonName: 'forged' })
    expect(verify(forged.cert, ca.cert, ['-untrusted', file('between.pem', leaf.cert)])).toContain('invalid CA certificate')
  })

  test('a CA of ours makes no other CA', async () => {
    const text = openssl(['x509', '-noout', '-text', '-in', file('ca.pem', (await aCa()).cert)])
    expect(text).toContain('CA:TRUE, pathlen:0')
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign\n/)
  })

  test('a CA outlives the year 2049', async () => {
    const ca = await issueCa({ commonName: 'demo peer CA', notBefore: now, notAfter: Date.UTC(2076, 0, 1) })
    expect(openssl(['x509', '-noout', '-enddate', '-in', file('ca.pem', ca.cert)])).toContain('Jan  1 00:00:00 2076 GMT')
    const { cert } = await issueLeaf(ca, { ...server, notAfter: Date.UTC(2060, 5, 1) })
    expect(verify(cert, ca.cert, [])).toContain('OK')
  })

  test('a CA of RSA that a person brings signs as well', async () => {
    const key = file('rsa.key', '')
    openssl([
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-subj',
      '/O=Example/CN=their CA',
      '-addext',
      'keyUsage=critical,keyCertSign',
      '-days',
      '1',
      '-out',
      join(folder, 'rsa.pem'),
    ])
    const ca = { cert: read('rsa.pem'), key: read('rsa.key') }
    expect(verify((await issueLeaf(ca, client)).cert, ca.cert, ['-purpose', 'sslclient'])).toContain('OK')
  })
})

describe('reading', () => {
  test('shows what was asked for', async () => {
    const ca = await aCa()
    const [facts] = readCertificates((await issueLeaf(ca, server)).cert) ?? []
    expect(facts).toEqual({
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      commonName: '',
      names: server.names,
      usages: ['server'],
      isCa: false,
      ...lifetime,
    })
    expect(readCertificates(ca.cert)?.[0]).toMatchObject({
      commonName: expect.stringMatching(/^demo client CA 1 [0-9a-f]{6}$/),
      isCa: true,
      usages: undefined,
    })
    expect(readCertificates((await issueLeaf(ca, client)).cert)?.[0]).toMatchObject({ commonName: 'root', names: [], usages: ['client'] })
  })

  test('two certificates never share a serial number or a key', async () => {
    const ca = await aCa()
    const two = await Promise.all([issueLeaf(ca, client), issueLeaf(ca, client)])
    expect(new Set(two.map(({ key }) => key)).size).toBe(2)
    expect(new Set(two.map(({ cert }) => openssl(['x509', '-noout', '-serial', '-in', file('one.pem', cert)]))).size).toBe(2)
  })

  test.each(['', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])('takes %j for no certificate', (text) => {
    expect(readCertificates(text)).toBeUndefined()
    expect(isIssuedBy(text, text)).toBe(false)
    expect(isKeyOf(text, text)).toBe(false)
    expect(isKey(text)).toBe(false)
    expect(trustedBy(text, text)).toBeUndefined()
  })

  test('one broken certificate spoils a bundle', async () => {
    const { cert } = await aCa()
    expect(readCertificates(`${cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`)).toBeUndefined()
    expect(splitCertificates(cert + cert)).toEqual([cert, cert])
  })

  test('knows who signed what, by the signature and not by the name', async () => {
    const [ca, other] = [await aCa(), await aCa()]
    const leaf = await issueLeaf(ca, client)
    expect(isIssuedBy(leaf.cert, ca.cert)).toBe(true)
    expect(isIssuedBy(leaf.cert, other.cert)).toBe(false)
    expect(isIssuedBy(ca.cert, leaf.cert)).toBe(false)
    expect(isKeyOf(leaf.key, leaf.cert)).toBe(true)
    expect(isKeyOf(ca.key, leaf.cert)).toBe(false)
    expect(trustedBy(leaf.cert, other.cert + ca.cert)?.fingerprint).toBe(readCertificates(ca.cert)?.[0]?.fingerprint)
    expect(trustedBy(leaf.cert, other.cert)).toBeUndefined()
  })

  test('follows a chain over the certificates that are sent with the leaf', async () => {
    const make = (name: string, issuer: string, extra: readonly string[]) =>
      openssl([
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        join(folder, `${name}.key`),
        '-subj',
        `/CN=${name}`,
        '-days',
        '1',
        '-out',
        join(folder, `${name}.pem`),
        ...(issuer === '' ? [] : ['-CA', join(folder, `${issuer}.pem`), '-CAkey', join(folder, `${issuer}.key`)]),
        ...extra,
      ])
    make('root', '', [])
    make('between', 'root', ['-addext', 'basicConstraints=critical,CA:TRUE'])
    make('leaf', 'between', ['-addext', 'basicConstraints=CA:FALSE'])
    const root = read('root.pem')
    expect(trustedBy(read('leaf.pem') + read('between.pem'), root)?.commonName).toBe('root')
    expect(trustedBy(read('leaf.pem'), root)).toBeUndefined()
  })

  test('a leaf is never issued with the key of another CA', async () => {
    const [ca, other] = [await aCa(), await aCa()]
    await expect(issueLeaf({ cert: ca.cert, key: other.key }, client)).rejects.toThrow('belongs to another certificate')
  })
})

function aCa() {
  return issueCa({ commonName: 'demo client CA 1', notBefore: now - 5 * 60_000, notAfter: now + 1825 * day })
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function read(name: string): string {
  return execFileSync('cat', [join(folder, name)], { encoding: 'utf8' })
}

function verify(leaf: string, ca: string, options: readonly string[]): string {
  return openssl(['verify', '-x509_strict', '-CAfile', file('ca.pem', ca), ...options, file('leaf.pem', leaf)])
}

function openssl(args: readonly string[]): string {
  try {
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    return String((error as { stdout?: string }).stdout) + String((error as { stderr?: string }).stderr)
  }
}
