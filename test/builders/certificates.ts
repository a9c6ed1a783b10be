import { type Known, known } from '../../src/model/known.ts'
import type { Owned } from '../../src/model/owned.ts'
import type {
  CaFacts,
  CertificateFacts,
  CertificateSecretFacts,
  LeafFacts,
  ServedCertificate,
  TlsFacts,
} from '../../src/model/tls/facts.ts'
import { tlsUnread } from '../../src/model/tls/unread.ts'
import { namesFor, type Use, type WholeCa } from '../../src/model/tls/uses.ts'
import { anEtcdCluster, now } from './a-cluster.ts'

const hour = 3600_000
const day = 24 * hour

/** Facts of certificates: CAs are named by a letter, their leaves by that letter and their use. */

export function aCertificate(fingerprint: string, more: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    fingerprint,
    commonName: `demo CA ${fingerprint}`,
    names: [],
    usages: undefined,
    isCa: true,
    notBefore: now - day,
    notAfter: now + 1825 * day,
    ...more,
  }
}

export function aCa(current: string, next: string, more: Partial<WholeCa> = {}): CaFacts {
  const whole = {
    current: aCertificate(current),
    next: aCertificate(next),
    old: undefined,
    generation: 1,
    since: now - day,
    rotation: undefined,
  }
  return { state: 'whole', ...whole, ...more }
}

export function aLeaf(use: Use, issuer: string, more: Partial<LeafFacts> = {}): LeafFacts {
  return {
    ...aCertificate(`${issuer}-${use}`, { commonName: '', isCa: false }),
    ...{ names: namesFor(anEtcdCluster(), use), usages: [use === 'client' ? 'client' : 'server'], hasKey: true, issuer },
    ...{ notBefore: now - day, notAfter: now + 89 * day },
    ...more,
  }
}

export function aSecret(
  use: Use,
  issuer: string,
  bundle: readonly string[],
  more: Partial<CertificateSecretFacts> = {},
): CertificateSecretFacts {
  return {
    leaf: aLeaf(use, issuer),
    dial: use === 'peer' ? aLeaf('peer', issuer, { names: [], usages: ['client'] }) : undefined,
    bundle: bundle.map((fingerprint) => aCertificate(fingerprint)),
    bundleSince: now - 2 * hour,
    copyOf: undefined,
    ...more,
  }
}

/** As a member serves it. */
export function aServed(fingerprint: string, notAfter = now + 89 * day): ServedCertificate {
  return { fingerprint, notAfter }
}

export function ours<T>(value: T, uid = 'uid'): Known<Owned<T>> {
  return known({ state: 'ours', uid, resourceVersion: '1', deleting: false, value })
}

export const absent: Known<Owned<never>> = known({ state: 'absent' })

/** Every Secret is as it is to be; the CAs of the peers are P and Q, those of clients and servers C and D. */
export function certificates(more: Partial<TlsFacts> = {}): TlsFacts {
  return {
    ...tlsUnread(''),
    ...{ peerCa: ours(aCa('P', 'Q')), clientCa: ours(aCa('C', 'D')) },
    ...{
      peerTls: ours(aSecret('peer', 'P', ['P', 'Q'])),
      serverTls: ours(aSecret('server', 'C', ['C', 'D'])),
      client: ours(aSecret('client', 'C', ['C', 'D'])),
    },
    ...more,
  }
}
