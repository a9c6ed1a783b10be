import { type ClientHttp2Session, connect } from 'node:http2'
import type { MemberEndpoint } from '../../model/names.ts'
import { type CredentialStore, tlsOf } from './credentials.ts'

const sessionOptions = { settings: { enablePush: false } }

/** Begins a connection of HTTP/2; over TLS where the URL says `https`. */
export function dial(endpoint: MemberEndpoint, store: CredentialStore): ClientHttp2Session {
  const tls = tlsOf(endpoint, store)
  if (tls === undefined) return connect(endpoint.url, sessionOptions)
  // The context has the rest: CAs, own certificate, lowest version.
  return connect(endpoint.url, { ...sessionOptions, secureContext: tls.context, servername: tls.credentials.serverName })
}
