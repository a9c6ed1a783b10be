import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import type { CertificateFacts, CertificateUsage } from '../model/tls/facts.ts'
import { namesIn } from './x509/names.ts'
import type { CaRequest, KeyPair, LeafRequest } from './x509/request.ts'

/**
 * Issues and reads X.509 certificates: ECDSA with P-256 and SHA-256. All texts are PEM, all times milliseconds since the epoch. Only this
 * file and the folder beside it know the form of a certificate.
 */

/** Makes a self-signed CA that may issue leaves alone. Six digits after its name make the name unique. */
export async function issueCa(request: CaRequest): Promise<KeyPair> {
  const { certify } = await encoder()
  return certify({ ...request, commonName: `${request.commonName} ${randomBytes(3).toString('hex')}` })
}

/**
 * Makes a key and a certificate for it.
 *
 * @throws Error where `ca` holds no certificate, or the key is not that certificate's: such a leaf would be trusted by nobody
 */
export async function issueLeaf(ca: KeyPair, request: LeafRequest): Promise<KeyPair> {
  if (!isKeyOf(ca.key, ca.cert)) throw new Error('the key of the CA belongs to another certificate')
  const { certify } = await encoder()
  return certify(request, ca)
}

/** The certificates of a text, in their order; undefined where it holds none, or one that can't be read. */
export function readCertificates(pem: string): readonly CertificateFacts[] | undefined {
  const parsed = parse(pem)
  return parsed.length === 0 || parsed.includes(undefined) ? undefined : parsed.flatMap((one) => (one ? factsOf(one) : []))
}

/** The first certificate's facts; undefined where the text holds none. */
export function readCertificate(pem: string): CertificateFacts | undefined {
  return readCertificates(pem)?.[0]
}

/** The texts of the certificates, one by one. */
export function splitCertificates(pem: string): readonly string[] {
  return [...pem.matchAll(blocks)].map(([text]) => `${text}\n`)
}

/** Whether one certificate has signed the other; of a text with several certificates the first one counts. */
export function isIssuedBy(pem: string, ca: string): boolean {
  const [leaf] = parse(pem)
  const [issuer] = parse(ca)
  return leaf && issuer?.ca ? isSignedBy(leaf, issuer) : false
}

/**
 * The certificate of the bundle that the chain leads to: that has signed its first certificate, or one of the others, each of which has
 * signed the one before. Undefined: none, so that nobody who trusts the bundle trusts the chain.
 */
export function trustedBy(chain: string, bundle: string): CertificateFacts | undefined {
  const anchors = parse(bundle).flatMap((one) => one ?? [])
  let [current, ...others] = parse(chain)
  while (current !== undefined) {
    const below = current
    const anchor = anchors.find((one) => one.fingerprint256 === below.fingerprint256 || (one.ca && isSignedBy(below, one)))
    if (anchor !== undefined) return factsOf(anchor)
    const [next, ...rest] = others
    if (next === undefined || !next.ca || !isSignedBy(below, next)) return undefined
    current = next
    others = rest
  }
  return undefined
}

/** Whether a private key is that of a text's first certificate. */
export function isKeyOf(key: string, cert: string): boolean {
  const [certificate] = parse(cert)
  try {
    return certificate?.checkPrivateKey(createPrivateKey(key)) ?? false
  } catch {
    return false
  }
}

/** Whether the text is a private key. */
export function isKey(key: string): boolean {
  try {
    createPublicKey(createPrivateKey(key))
    return true
  } catch {
    return false
  }
}

const blocks = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g
const usageIds: Readonly<Record<string, CertificateUsage>> = { '1.3.6.1.5.5.7.3.1': 'server', '1.3.6.1.5.5.7.3.2': 'client' }
const anyUsage = '2.5.29.37.0'

/** The library is loaded when something is issued for the first time. */
function encoder(): Promise<typeof import('./x509/encode.ts')> {
  return import('./x509/encode.ts')
}

function parse(pem: string): readonly (X509Certificate | undefined)[] {
  return splitCertificates(pem).map((text) => {
    try {
      return new X509Certificate(text)
    } catch {
      return undefined
    }
  })
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  // Node names the identifiers of the extended key usage so, and leaves it undefined where there is none.
  const usages: readonly string[] | undefined = certificate.keyUsage
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    commonName: /^CN=(.*)$/m.exec(certificate.subject ?? '')?.[1] ?? '',
    names: namesIn(certificate.subjectAltName),
    usages: usages === undefined || usages.includes(anyUsage) ? undefined : usages.flatMap((id) => usageIds[id] ?? []),
    isCa: certificate.ca,
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  }
}
