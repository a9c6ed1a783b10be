import { createSecureServer, type Http2Session, type SecureServerOptions } from 'node:http2'
import { type AddressInfo, createServer } from 'node:net'
import { inspect } from 'node:util'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { openConnection } from '../../../src/adapters/etcd/connection.ts'
import { type Credentials, credentialStore } from '../../../src/adapters/etcd/credentials.ts'
import { connectEtcd } from '../../../src/adapters/etcd.ts'
import { type Authority, anAuthority, type Pair } from '../../builders/authority.ts'

const serverName = 'demo.ns.svc'
let [ours, theirs]: readonly Authority[] = []
let [server, client]: readonly Pair[] = []

beforeAll(() => {
  ours = anAuthority('ours')
  theirs = anAuthority('theirs')
  server = ours.issue({ usage: 'serverAuth', names: [`DNS:${serverName}`] })
  client = ours.issue({ cn: 'root' })
})

const good = (): Credentials => ({ ca: pem(ours), serverName, own: pair(client) })

/** A member that takes clients with a certificate of `ours`, and answers with the name of the client. */
async function aMember(options: SecureServerOptions = {}): Promise<{ url: string; sessions: Set<Http2Session> }> {
  const settings: SecureServerOptions = { ...pair(server), ca: pem(ours), requestCert: true, rejectUnauthorized: true, ...options }
  const listening = createSecureServer(settings)
  const sessions = new Set<Http2Session>()
  listening.on('session', (session) => sessions.add(session))
  listening.on('stream', (stream) => {
    const { CN } = Object(Object(stream.session?.socket).getPeerCertificate()).subject ?? {}
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    const text = Buffer.from(String(CN))
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), text]))
  })
  listening.on('sessionError', () => {})
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    listening.close()
  })
  return { url: `https://127.0.0.1:${(listening.address() as AddressInfo).port}`, sessions }
}

async function ask(url: string, credentials: Credentials, name = 'demo'): Promise<string> {
  const store = credentialStore()
  store.put('demo', credentials)
  const connection = openConnection({ url, credentials: name }, store)
  onTestFinished(() => connection.close())
  return (await connection.call('/x', Buffer.alloc(0), { deadlineMs: 2_000 })).toString()
}

/** How connectEtcd reports what goes wrong with a call. */
async function failureOf(url: string, credentials: Credentials | undefined): Promise<unknown> {
  const store = credentialStore()
  if (credentials !== undefined) store.put('demo', credentials)
  const etcd = connectEtcd(store)
  onTestFinished(() => etcd.close())
  return etcd.status({ url, credentials: 'demo' }).then(
    () => 'answered',
    (error: unknown) => error,
  )
}

test('a member is dialled by its IP, and its certificate has to hold the name', async () => {
  const { url } = await aMember()
  expect(await ask(url, good())).toBe('root')
  expect(await failureOf(url, { ...good(), serverName: 'other.ns.svc' })).toMatchObject({
    kind: 'untrusted',
    message: expect.stringContaining("doesn't hold the name"),
  })
})

test('a client without a certificate is let in where none is asked for', async () => {
  const { url } = await aMember({ requestCert: false, rejectUnauthorized: false })
  expect(await ask(url, { ca: pem(ours), serverName })).toBe('undefined')
})

const refusals: readonly [what: string, options: () => SecureServerOptions, credentials: () => Credentials, says: string][] = [
  ['a CA that is not trusted', () => ({}), () => ({ ...good(), ca: pem(theirs) }), "of a CA that isn't trusted here"],
  [
    'a certificate that has expired',
    () => pair(ours?.issue({ usage: 'serverAuth', names: [`DNS:${serverName}`], days: -1 })),
    good,
    'has expired',
  ],
  [
    "a client's certificate",
    () => pair(ours?.issue({ cn: serverName, names: [`DNS:${serverName}`] })),
    good,
    'may not be used by a server',
  ],
]

test.each(refusals)('a server with %s is not spoken to', async (_, options, credentials, says) => {
  const { url, sessions } = await aMember(options())
  expect(await failureOf(url, credentials())).toMatchObject({ kind: 'untrusted', message: expect.stringContaining(says) })
  expect([...sessions].filter((session) => !session.destroyed)).toEqual([])
})

test('without credentials there is no connection, whoever vouches for the server', async () => {
  const { url } = await aMember({ requestCert: false, rejectUnauthorized: false })
  expect(await failureOf(url, undefined)).toMatchObject({ kind: 'untrusted', message: expect.stringContaining("which aren't there") })
  await expect(ask(url, good(), 'another')).rejects.toMatchObject({ kind: 'untrusted' })
})

test('a port without TLS is no member that can be spoken to with TLS', async () => {
  const server = createServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  expect(await failureOf(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, good())).toMatchObject({ kind: 'untrusted' })
})

test('credentials can be replaced while connections are open: the next one is opened with the new ones', async () => {
  const { url, sessions } = await aMember()
  const store = credentialStore()
  store.put('demo', good())
  const connection = openConnection({ url, credentials: 'demo' }, store)
  onTestFinished(() => connection.close())
  const who = async () => (await connection.call('/x', Buffer.alloc(0), { deadlineMs: 2_000 })).toString()
  expect(await who()).toBe('root')
  store.put('demo', { ...good(), own: pair(ours?.issue({ cn: 'next' })) })
  expect(await who()).toBe('root')
  for (const session of sessions) session.destroy()
  await expect.poll(who).toBe('next')
})

test('a connection that is closed is gone at the member, too', async () => {
  const { url, sessions } = await aMember()
  const store = credentialStore()
  store.put('demo', good())
  const connection = openConnection({ url, credentials: 'demo' }, store)
  await connection.call('/x', Buffer.alloc(0), { deadlineMs: 2_000 })
  connection.close()
  await expect.poll(() => [...sessions].every((session) => session.destroyed)).toBe(true)
})

test('a text that is no certificate is refused, and what was there stays', async () => {
  const store = credentialStore()
  store.put('demo', good())
  const before = store.of('demo')?.credentials
  const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  const wrong: readonly Credentials[] = [
    { ...good(), ca: '' },
    { ...good(), ca: 'garbage' },
    { ...good(), ca: pem(ours) + damaged },
    { ...good(), own: { cert: pem(client), key: pair(server).key } },
    { ...good(), own: { cert: '', key: '' } },
  ]
  for (const credentials of wrong) expect(() => store.put('demo', credentials)).toThrow(expect.objectContaining({ kind: 'untrusted' }))
  expect(store.of('demo')?.credentials).toBe(before)
  store.keepOnly(new Set())
  expect(store.of('demo')).toBeUndefined()
})

test('what writes a store writes no key', () => {
  const store = credentialStore()
  store.put('demo', good())
  expect(JSON.stringify(store) + inspect(store, { depth: 9, showHidden: true })).not.toContain('PRIVATE')
})

function pem(one: Pair | undefined): string {
  return pair(one).cert
}

function pair(one: Pair | undefined): Pair {
  if (one === undefined) throw new Error('not made yet')
  return { cert: one.cert, key: one.key }
}
