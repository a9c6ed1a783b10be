import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
} from '@peculiar/asn1-x509'
import type { CaRequest, KeyPair, LeafRequest } from './request.ts'

/** Makes a key of P-256 and its certificate: a CA, or a leaf that `issuer` signs. The fields are those of RFC 5280. */
export function certify(request: CaRequest): KeyPair
export function certify(request: LeafRequest, issuer: KeyPair): KeyPair
export function certify(request: CaRequest | LeafRequest, issuer?: KeyPair): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const subject = nameOf(request.commonName)
  const signer = issuer === undefined ? { key: privateKey, name: subject, keyId: keyIdOf(spki) } : signerOf(issuer)
  const algorithm = algorithmOf(signer.key)
  const tbsCertificate = new TBSCertificate({
    version: 2,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: signer.name,
    validity: new Validity({ notBefore: new Date(request.notBefore), notAfter: new Date(request.notAfter) }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    extensions: new Extensions(extensionsOf(request, keyIdOf(spki), signer.keyId)),
  })
  const signatureValue = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), signer.key)
  const der = AsnConvert.serialize(
    new Certificate({ tbsCertificate, signatureAlgorithm: algorithm, signatureValue: bytes(signatureValue) }),
  )
  return { cert: new X509Certificate(Buffer.from(der)).toString(), key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) }
}

interface Signer {
  readonly key: KeyObject
  readonly name: Name
  /** Undefined where the CA's certificate names none. */
  readonly keyId: Buffer | undefined
}

function signerOf({ cert, key }: KeyPair): Signer {
  const { tbsCertificate } = AsnConvert.parse(new X509Certificate(cert).raw, Certificate)
  const extension = tbsCertificate.extensions?.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier)
  const keyId = extension && AsnConvert.parse(extension.extnValue, SubjectKeyIdentifier)
  return { key: createPrivateKey(key), name: tbsCertificate.subject, keyId: keyId && Buffer.from(keyId.buffer) }
}

function extensionsOf(request: CaRequest | LeafRequest, keyId: Buffer, issuerKeyId: Buffer | undefined): Extension[] {
  const identifiers = [
    extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId)),
    ...(issuerKeyId === undefined
      ? []
      : [extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(issuerKeyId) }))]),
  ]
  if (!('usage' in request)) {
    // A CA of ours signs leaves alone: nobody makes a second CA of it.
    const constraints = new BasicConstraints({ cA: true, pathLenConstraint: 0 })
    const use = new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)
    return [extension(id_ce_basicConstraints, true, constraints), extension(id_ce_keyUsage, true, use), ...identifiers]
  }
  const { usage, names } = request
  const purpose = usage === 'server' ? id_kp_serverAuth : id_kp_clientAuth
  const alternative = new SubjectAlternativeName(names.map(generalName))
  return [
    extension(id_ce_basicConstraints, true, new BasicConstraints()),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    ...identifiers,
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([purpose])),
    ...(names.length === 0 ? [] : [extension(id_ce_subjectAltName, false, alternative)]),
  ]
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function generalName(name: string): GeneralName {
  return new GeneralName(isIP(name) === 0 ? { dNSName: name } : { iPAddress: name })
}

/** An organization always: a leaf may have neither a common name nor other names, and RFC 5280 allows no empty subject then. */
function nameOf(commonName: string): Name {
  return new Name([attribute('2.5.4.10', organization), ...(commonName === '' ? [] : [attribute('2.5.4.3', commonName)])])
}

const organization = 'etcd-operator.dev'

function attribute(type: string, utf8String: string): RelativeDistinguishedName {
  return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) })])
}

/** Positive, never zero, without a leading zero, and not to be guessed. */
function serialNumber(): ArrayBuffer {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return bytes(serial)
}

/** Method 1 of RFC 5280, 4.2.1.2: SHA-1 of the public key. It is a name, and nothing relies on its strength. */
function keyIdOf(spki: Buffer): Buffer {
  const { subjectPublicKey } = AsnConvert.parse(spki, SubjectPublicKeyInfo)
  return createHash('sha1').update(Buffer.from(subjectPublicKey)).digest()
}

/** A CA that a person brings may well have a key of RSA. */
function algorithmOf({ asymmetricKeyType }: KeyObject): AlgorithmIdentifier {
  if (asymmetricKeyType === 'ec') return new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })
  if (asymmetricKeyType === 'rsa') return new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null })
  throw new Error(`a CA with a key of ${asymmetricKeyType} can't issue: use ECDSA or RSA`)
}

function bytes(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer
}
