import type { CertificateUsage } from '../../model/tls/facts.ts'

/** A certificate and its private key (PKCS #8), both PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

export interface CaRequest {
  /** At most 57 characters for a CA, 64 for a leaf. */
  readonly commonName: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

export interface LeafRequest extends CaRequest {
  /** Empty: none. With client-cert-auth it is the name of etcd's user. */
  readonly commonName: string
  readonly usage: CertificateUsage
  /** DNS names, with or without a wildcard, and IP addresses. */
  readonly names: readonly string[]
}
