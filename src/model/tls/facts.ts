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
  readonly sources: TlsSources
  /** The EtcdUsers of the cluster that have a certificate, or are to get one. */
  readonly users: readonly UserCertificate[]
  /** What probing has shown of each member's running process, by pod name. A pod that is not in here was not probed. */
  readonly members: ReadonlyMap<string, MemberTls>
}

/** The certificate of an EtcdUser, as its status tells. */
export interface UserCertificate {
  readonly name: string
  /** Fingerprint of the CA that issued it; undefined: none was issued yet, and then the CA that issues now will. */
  readonly issuer: string | undefined
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

/** A Secret with a leaf, as members mount it or clients use it. Whether it is fit for its use is judged by `preflight`. */
export interface CertificateSecretFacts {
  /** Of `tls.crt` and `tls.key`; undefined where one of them is missing or can't be read. */
  readonly leaf: LeafFacts | undefined
  /** Of `dial.crt` and `dial.key`, with which a member dials its peers; undefined where one of them is missing or can't be read. */
  readonly dial: LeafFacts | undefined
  /** The certificates of `ca.crt`, in their order; empty where it is missing or can't be read. */
  readonly bundle: readonly CertificateFacts[]
  /** When `ca.crt` was written as it is, milliseconds since the epoch; undefined where nothing tells. */
  readonly bundleSince: number | undefined
  /** The Secret that the leaf was copied from, and its version, as `sourceId` writes them; undefined: a CA of the operator issued it. */
  readonly copyOf: string | undefined
}

/** A certificate that is shown to others, with what its Secret holds beside it. */
export interface LeafFacts extends CertificateFacts {
  /** Whether the key beside it is its own. */
  readonly hasKey: boolean
  /** Fingerprint of the certificate in `ca.crt` that its chain leads to; undefined: it leads to none of them. */
  readonly issuer: string | undefined
}

/** Where a cluster's certificates come from. CAs of the operator exist in each case: its own identity and the users' come from them. */
export type TlsSources =
  | { readonly from: 'operator' }
  /** Secrets that a person names in spec.tls.secrets, or that cert-manager fills; the operator mounts validated copies of them. */
  | {
      readonly from: 'secrets' | 'issuer'
      readonly server: SourceFacts | undefined
      readonly peer: SourceFacts | undefined
      /** A Secret whose `ca.crt` signs further client certificates. */
      readonly clientCa: SourceFacts | undefined
      /** With an issuer alone. */
      readonly client: SourceFacts | undefined
    }

/** A Secret of somebody else that the operator copies. */
export interface SourceFacts {
  readonly secret: string
  /** The Certificate by which cert-manager is asked to fill the Secret; undefined: a person fills it. Unknown where that kind does not exist. */
  readonly request?: Known<Owned<RequestFacts>>
  /** `version` changes with every change of the Secret. */
  readonly found: Known<{ readonly version: string; readonly facts: CertificateSecretFacts } | 'absent'>
}

/** A Certificate of cert-manager. */
export interface RequestFacts {
  /** Hash of what it was made from. */
  readonly hash: string | undefined
  readonly isReady: boolean
  /** cert-manager's own words on why it is not ready; may be empty. */
  readonly message: string
}

/** What the running process of one member was seen to do. */
export interface MemberTls {
  /** UID of the pod that was probed: of an earlier pod nothing follows. */
  readonly uid: string
  readonly client: PortTls
  readonly peer: PortTls
}

export type ServedCertificate = Pick<CertificateFacts, 'fingerprint' | 'notAfter'>

/** What one port of a member was seen to do. */
export interface PortTls {
  /** Whether it answers without TLS. */
  readonly plain: Known<boolean>
  /** The certificate that it serves; undefined: it doesn't speak TLS. */
  readonly served: Known<ServedCertificate | undefined>
  /** Whether its process accepts a certificate of this CA, by the CA's fingerprint: whether it has loaded that CA. */
  readonly accepts: ReadonlyMap<string, Known<boolean>>
}
