import type { Known } from '../known.ts'
import type { Owned } from '../owned.ts'
import type { TlsProblem } from './problem.ts'

/**
 * What is known of a cluster's certificates: public facts alone. A key is read, made and written by what carries a step out, and is in
 * none of these.
 */
export interface TlsFacts {
  /** `<cluster>-peer-ca` and `<cluster>-client-ca`; unknown while TLS is off, and where the operator may not read Secrets. */
  readonly peerCa: Known<Owned<CaFacts>>
  readonly clientCa: Known<Owned<CaFacts>>
  /** `<cluster>-peer-tls`, `<cluster>-server-tls` and `<cluster>-client`. */
  readonly peerTls: Known<Owned<CertificateSecretFacts>>
  readonly serverTls: Known<Owned<CertificateSecretFacts>>
  readonly client: Known<Owned<CertificateSecretFacts>>
  /** Where the certificates come from, if not from CAs of the operator. */
  readonly sources: TlsSources
  /** What probing has shown of each member's running process, by pod name. A pod that is not in here was not probed. */
  readonly members: ReadonlyMap<string, MemberTls>
}

/** Public facts of one certificate. */
export interface CertificateFacts {
  /** SHA-256 of the certificate, in lower-case hex. */
  readonly fingerprint: string
  /** Empty: it has none. */
  readonly commonName: string
  /** DNS names and IP addresses; IPv6 in its short form. */
  readonly names: readonly string[]
  /** Undefined: it says nothing, or allows any. */
  readonly usages: readonly CertificateUsage[] | undefined
  readonly isCa: boolean
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

export type CertificateUsage = 'server' | 'client'

/**
 * A CA of the operator with its successor, which every member trusts from its first start on.
 *
 *   [current, next] -> swap -> [old, current, next] -> the last leaf of `old` was renewed -> [current, next]
 */
export type CaFacts =
  | {
      readonly state: 'whole'
      /** Signs all leaves. */
      readonly current: CertificateFacts
      /** Signs nothing yet. */
      readonly next: CertificateFacts
      /** Signed the leaves before; trusted until none of them is in use. Undefined once it is trusted no more. */
      readonly old: CertificateFacts | undefined
      /** 1 at first, and one more after each swap. */
      readonly generation: number
      /** When `next` was made: at first, and at each swap. Milliseconds since the epoch. */
      readonly since: number
      /** The value of the annotation `rotate-ca` that the last swap was for; undefined: for none. */
      readonly rotation: string | undefined
    }
  /** It can't be read: no leaf is issued, and no CA made in its place. */
  | { readonly state: 'broken'; readonly problem: TlsProblem }

/** A Secret with a leaf, as members mount it or clients use it. */
export interface CertificateSecretFacts {
  /** Of `tls.crt`; undefined where it can't be read. */
  readonly leaf: CertificateFacts | undefined
  /** Of `dial.crt`, with which a member dials its peers; undefined where the Secret has none. */
  readonly dial: CertificateFacts | undefined
  /** Fingerprint of the certificate in `ca.crt` that has issued the leaf; undefined: none of them has. */
  readonly issuer: string | undefined
  readonly dialIssuer: string | undefined
  /** The certificates of `ca.crt`, in their order. */
  readonly bundle: readonly CertificateFacts[]
  /** When `ca.crt` was written as it is, milliseconds since the epoch; undefined where nothing tells. */
  readonly bundleSince: number | undefined
  /** When the leaf was written, milliseconds since the epoch; undefined where nothing tells. */
  readonly leafSince: number | undefined
  /** What makes it unfit to be mounted, apart from the dates; empty where it is fit. */
  readonly problems: readonly TlsProblem[]
}

export type TlsSources =
  /** CAs of the operator. */
  | { readonly from: 'operator' }
  /** Secrets that a person names in spec.tls.secrets; the operator mounts validated copies. Undefined: the spec names none for this use. */
  | {
      readonly from: 'secrets'
      readonly server: SourceFacts | undefined
      readonly peer: SourceFacts | undefined
      readonly clientCa: SourceFacts | undefined
    }
  /** Certificates of cert-manager, which the operator creates; their Secrets are copied as well. */
  | { readonly from: 'issuer'; readonly server: SourceFacts; readonly peer: SourceFacts; readonly client: SourceFacts }

/** A Secret of somebody else that the operator copies. */
export interface SourceFacts {
  readonly secret: string
  /** `version` changes with every change of the Secret. */
  readonly found: Known<{ readonly version: string; readonly facts: CertificateSecretFacts } | 'absent'>
}

/** What the running process of one member was seen to do. */
export interface MemberTls {
  /** UID of the pod that was probed: of an earlier pod nothing follows. */
  readonly uid: string
  readonly client: PortTls
  readonly peer: PortTls
}

/** What one port of a member was seen to do. */
export interface PortTls {
  /** Whether it answers without TLS. */
  readonly plain: Known<boolean>
  /** Fingerprint of the certificate that it serves; undefined: it doesn't speak TLS. */
  readonly served: Known<string | undefined>
  /** Whether its process accepts a certificate of this CA, by the CA's fingerprint: whether it has loaded that CA. */
  readonly accepts: ReadonlyMap<string, Known<boolean>>
}
