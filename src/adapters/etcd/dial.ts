import { type ClientHttp2Session, connect } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import type { MemberEndpoint } from '../../model/names.ts'
import { type CredentialStore, type Tls, tlsOf } from './credentials.ts'

const sessionOptions = { settings: { enablePush: false } }

/** Begins a connection of HTTP/2; over TLS where the URL says `https`. */
export function dial(endpoint: MemberEndpoint, store: CredentialStore): ClientHttp2Session {
  const tls = tlsOf(endpoint, store)
  return tls === undefined ? connect(endpoint.url, sessionOptions) : overTls(endpoint.url, tls)
}

function overTls(url: string, { context, credentials }: Tls): ClientHttp2Session {
  const { hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '') // As the URL has an IPv6 address.
  const socket = connectTls({ host, port: Number(port), secureContext: context, servername: credentials.serverName, ALPNProtocols: ['h2'] })
  const session = connect(url, { ...sessionOptions, createConnection: () => socket })
  // With TLS 1.3 a member refuses our certificate by an alert after the handshake. Node tells the socket alone, and closes nothing.
  socket.on('error', (error) => {
    session.destroy(error)
    socket.destroy(error)
  })
  return session
}
