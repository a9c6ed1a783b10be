import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { messageOf } from '../../model/message-of.ts'
import type { MemberEndpoint } from '../../model/names.ts'
import type { ServedCertificate } from '../../model/tls/facts.ts'
import { Failure } from '../failure.ts'
import { atMost } from './at-most.ts'
import type { CallOptions } from './call-options.ts'
import { type CredentialStore, tlsOf } from './credentials.ts'
import type { EtcdProbes } from './probe-calls.ts'
import { refusesCertificate, tlsTrouble } from './tls-trouble.ts'

const probeDeadlineMs = 2_000

export function probeCalls(store: CredentialStore): EtcdProbes {
  return {
    async answersPlain(endpoint, options) {
      const answers = await Promise.all(greetings.map((greeting) => answerTo(endpoint, greeting, options)))
      return answers.some(isPlain)
    },

    servedCertificate: (endpoint, options) =>
      knock(
        endpoint,
        options,
        // The certificate is only looked at: nothing is sent, and nothing that the member says is believed.
        (address) => connectTls({ ...address, ...ownCertificate(endpoint, store), rejectUnauthorized: false }),
        (socket, done) => {
          socket.once('secureConnect', () => done(certificateOf(socket)))
          // With TLS 1.2 a member that refuses our certificate has shown its own already.
          socket.on('error', (error) => (isNoTls(error) ? done(undefined) : done(certificateOf(socket) ?? error)))
        },
      ),

    async acceptsCertificate(endpoint, options) {
      const tls = tlsOf(secure(endpoint), store)
      const servername = tls?.credentials.serverName ?? ''
      return knock(
        endpoint,
        options,
        (address) => connectTls({ ...address, secureContext: tls?.context, servername }),
        (socket, done) => {
          socket.once('secureConnect', () => socket.write(versionRequest))
          socket.once('data', (bytes: Buffer) => done(bytes.toString('latin1').startsWith('HTTP/1.1 200')))
          socket.on('error', (error) => done(refusesCertificate(messageOf(error)) ? false : error))
        },
      )
    },
  }
}

const versionRequest = 'GET /version HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\n\r\n'

/** How clients without TLS begin: HTTP/1.1, and the preface of HTTP/2 (RFC 9113, section 3.4) with empty settings. */
const greetings: readonly Buffer[] = [
  Buffer.from(versionRequest),
  Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]),
]

/** The first bytes that come back; empty where the connection was closed without any. */
function answerTo(endpoint: MemberEndpoint, greeting: Buffer, options: CallOptions | undefined): Promise<Buffer> {
  return knock<Socket, Buffer>(endpoint, options, connect, (socket, done) => {
    let connected = false
    socket.once('connect', () => {
      connected = true
      socket.write(greeting)
    })
    socket.once('data', done)
    socket.once('end', () => done(Buffer.alloc(0)))
    // A listener of TLS may close while the greeting is still on its way to it.
    socket.on('error', (error) => done(connected ? Buffer.alloc(0) : error))
  })
}

/** Anything but silence, an alert of TLS (content type 21), and what Go's server of HTTPS says to a client of HTTP, is an answer. */
function isPlain(answer: Buffer): boolean {
  return answer.length > 0 && answer[0] !== 21 && !answer.includes('Client sent an HTTP request to an HTTPS server')
}

type Done<T> = (result: T | Error) => void

/**
 * Of all clusters together. An operator that starts knocks at every port of every member; each knock costs milliseconds of its one thread, and
 * thousands at once would leave the renewal of its Lease no time.
 */
const inTurn = atMost(16)

/** Opens a connection in its turn, lets `listen` find out what there is to find out, and closes it, in time whatever happens. */
function knock<S extends Socket, T>(
  endpoint: MemberEndpoint,
  options: CallOptions = {},
  open: (address: { readonly host: string; readonly port: number }) => S,
  listen: (socket: S, done: Done<T>) => void,
): Promise<T> {
  return inTurn(() => knockNow(endpoint, options, open, listen))
}

function knockNow<S extends Socket, T>(
  { url }: MemberEndpoint,
  { deadlineMs = probeDeadlineMs, signal }: CallOptions,
  open: (address: { readonly host: string; readonly port: number }) => S,
  listen: (socket: S, done: Done<T>) => void,
): Promise<T> {
  const { hostname, port } = new URL(url)
  const bounded = AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal === undefined ? [] : [signal])])
  return new Promise<T>((resolve, reject) => {
    const fail = (kind: 'timeout' | 'unavailable' | 'untrusted', what: string) => reject(new Failure(kind, `${url}: ${what}`))
    if (bounded.aborted) return fail('unavailable', 'given up')
    const socket = open({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) })
    const giveUp = () => done(new Failure(signal?.aborted ? 'unavailable' : 'timeout', `${url}: no answer to a knock`))
    const done: Done<T> = (result) => {
      bounded.removeEventListener('abort', giveUp)
      socket.destroy()
      if (!(result instanceof Error)) return resolve(result)
      if (result instanceof Failure) return reject(result)
      const trouble = tlsTrouble(messageOf(result))
      return trouble === undefined ? fail('unavailable', messageOf(result)) : fail('untrusted', trouble)
    }
    bounded.addEventListener('abort', giveUp, { once: true })
    listen(socket, done)
    socket.once('close', () => done(new Error('the connection was closed')))
    return undefined
  })
}

/** The certificate of the endpoint's credentials, where there are any: with TLS 1.2 a member shows its own in full only to whom it accepts. */
function ownCertificate(endpoint: MemberEndpoint, store: CredentialStore) {
  const tls = endpoint.credentials === undefined ? undefined : store.of(endpoint.credentials)
  return tls === undefined ? {} : { secureContext: tls.context, servername: tls.credentials.serverName }
}

function secure({ url, credentials }: MemberEndpoint): MemberEndpoint {
  return { url: url.replace(/^http:/, 'https:'), ...(credentials === undefined ? {} : { credentials }) }
}

function certificateOf(socket: TLSSocket): ServedCertificate | undefined {
  const shown = socket.getPeerX509Certificate()
  return shown && { fingerprint: shown.fingerprint256.replaceAll(':', '').toLowerCase(), notAfter: Date.parse(shown.validTo) }
}

/** A listener that doesn't speak TLS answers with something else, or closes. */
function isNoTls(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined
  return code === 'ECONNRESET' || /wrong version number|packet length too long|http request|record layer failure/.test(messageOf(error))
}
