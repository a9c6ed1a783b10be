import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { messageOf } from '../../model/message-of.ts'
import type { MemberEndpoint } from '../../model/names.ts'
import { Failure } from '../failure.ts'

/** What a client needs to speak TLS with members. All texts are PEM. */
export interface Credentials {
  /** The CAs, and the only ones, that may have issued the server's certificate; one or more. */
  readonly ca: string
  /** The DNS name that the server's certificate must hold: members are dialled by IP, which no certificate names. */
  readonly serverName: string
  /** The client's own certificate, followed by its intermediates, and its key. Absent: the client has no identity. */
  readonly own?: { readonly cert: string; readonly key: string }
}

/** Credentials by the name that `MemberEndpoint.credentials` gives. They are kept in memory alone, and nothing writes them anywhere. */
export interface CredentialStore {
  /**
   * Replaces what has this name: connections that are open go on, and every later one is opened with these.
   *
   * @throws Failure `untrusted` for texts that are no certificates, or a key of another certificate; what was there stays
   */
  put(name: string, credentials: Credentials): void
  /** Forgets all but these. */
  keepOnly(names: ReadonlySet<string>): void
  /** Undefined: there are none of this name. */
  of(name: string): Tls | undefined
}

/** How to open a connection with a set of credentials. */
export interface Tls {
  readonly context: SecureContext
  readonly credentials: Credentials
}

/** OpenSSL's form of one set has 58 kB, and most are used for a moment in hours: it lives only as long as a connection needs it. */
interface Kept {
  readonly credentials: Credentials
  context: WeakRef<SecureContext> | undefined
}

export function credentialStore(): CredentialStore {
  const kept = new Map<string, Kept>()
  return {
    put(name, credentials) {
      check(name, credentials)
      kept.set(name, { credentials, context: undefined })
    },
    keepOnly(names) {
      for (const name of kept.keys()) if (!names.has(name)) kept.delete(name)
    },
    of(name) {
      const found = kept.get(name)
      if (found === undefined) return undefined
      const context = found.context?.deref() ?? contextOf(found.credentials)
      found.context = new WeakRef(context)
      return { context, credentials: found.credentials }
    },
  }
}

/**
 * The TLS that this endpoint is dialled with; undefined for `http`.
 *
 * @throws Failure `untrusted` where the endpoint wants TLS and there are no credentials for it: Node would take the CAs of the system
 */
export function tlsOf({ url, credentials }: MemberEndpoint, store: CredentialStore): Tls | undefined {
  if (!url.startsWith('https:')) return undefined
  const found = credentials === undefined ? undefined : store.of(credentials)
  // Safety: no credentials means no connection, neither without TLS nor with a server that anybody vouches for.
  if (found === undefined)
    throw new Failure('untrusted', `${url} is dialled with credentials ${credentials ?? 'of no name'}, which aren't there`)
  return found
}

/** @throws Failure `untrusted` */
function check(name: string, { ca, own }: Credentials): void {
  try {
    // Safety: without a certificate that can be read, Node would trust nobody, or, for an empty text, all CAs of the system.
    const cas = certificatesIn(ca).map((certificate) => new X509Certificate(certificate))
    if (cas.length === 0) throw new RangeError('the text with the CAs holds no certificate')
    // Safety: Node takes an empty certificate as none, and the member would meet somebody without a name.
    if (own !== undefined && !new X509Certificate(own.cert).checkPrivateKey(createPrivateKey(own.key)))
      throw new RangeError('the key belongs to another certificate')
  } catch (error) {
    throw new Failure('untrusted', `credentials ${name} are unusable: ${messageOf(error)}`)
  }
}

function contextOf({ ca, own }: Credentials): SecureContext {
  return createSecureContext({
    ca,
    ...own,
    minVersion: 'TLSv1.2',
    // As etcd does: whatever stands in the bundle is trusted, also a CA that another one has issued.
    allowPartialTrustChain: true,
  })
}

function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
}
