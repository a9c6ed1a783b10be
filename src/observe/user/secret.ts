import type { Secret } from '../../adapters/kube/kinds.ts'
import { isIssuedBy, isKeyOf, readCertificate } from '../../adapters/x509.ts'
import { apiVersion } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { annotation } from '../../api/labels.ts'
import { shortHash } from '../../model/hash.ts'
import type { Owned } from '../../model/owned.ts'
import { generatedVersion, isGenerated } from '../../model/user/password.ts'
import type { SecretFacts, UserCertificate } from '../../model/user/view.ts'
import { decoded } from './decoded.ts'
import type { PasswordSeen } from './password.ts'

export interface UserSecretSeen {
  readonly secret: Owned<SecretFacts>
  /** The password that it holds, for a login; it goes nowhere else. */
  readonly login: string | undefined
}

/**
 * Whose the Secret of an EtcdUser is, and what is in it.
 *
 * @param ca the certificate of the CA that issues now, in PEM
 * @param password what the spec asks for: the Secret's copy of it may have been edited
 */
export function readUserSecret(user: EtcdUser, secret: Secret | undefined, ca: string | undefined, password: PasswordSeen): UserSecretSeen {
  if (secret === undefined) return { secret: { state: 'absent' }, login: undefined }
  const { uid, resourceVersion, deletionTimestamp, ownerReferences } = secret.metadata
  const owner = ownerReferences?.find((reference) => reference.apiVersion === apiVersion && reference.kind === 'EtcdUser')
  if (owner?.uid !== user.metadata.uid) {
    const isEarlier = owner?.name === user.metadata.name
    return { secret: { state: isEarlier ? 'earlier' : 'foreign', uid }, login: undefined }
  }
  const value = factsOf(secret, ca, password)
  const login = value.passwordVersion === undefined ? undefined : decoded(secret, 'password')
  return { secret: { state: 'ours', uid, resourceVersion, deleting: deletionTimestamp !== undefined, value }, login }
}

const connectionKeys = ['type', 'provider', 'host', 'port', 'endpoints', 'uri', 'username'] as const

function factsOf(secret: Secret, ca: string | undefined, password: PasswordSeen): SecretFacts {
  const keys = Object.keys(secret.data ?? {})
  const trusted = decoded(secret, 'ca.crt')
  return {
    type: secret.type ?? 'Opaque',
    keys,
    connection: Object.fromEntries(connectionKeys.filter((key) => keys.includes(key)).map((key) => [key, decoded(secret, key)])),
    trust: trusted === '' ? undefined : shortHash(trusted),
    certificate: certificateOf(decoded(secret, 'tls.crt'), decoded(secret, 'tls.key'), ca),
    passwordVersion: versionOf(decoded(secret, 'password'), secret.metadata.annotations?.[annotation.passwordVersion], password),
  }
}

/** The version that the Secret is annotated with, unless it holds another password than that. */
function versionOf(held: string, noted: string | undefined, { source, text }: PasswordSeen): string | undefined {
  if (held === '' || noted === undefined) return undefined
  if (isGenerated(noted)) return noted === generatedVersion(held) ? noted : undefined
  const isOfSource = source.from === 'secret' && 'version' in source && source.version === noted
  return isOfSource && held !== text ? undefined : noted
}

function certificateOf(certificate: string, key: string, ca: string | undefined): UserCertificate | undefined {
  const facts = readCertificate(certificate)
  if (facts === undefined || !isKeyOf(key, certificate)) return undefined
  const { commonName, notBefore, notAfter } = facts
  const isCurrent = ca !== undefined && isIssuedBy(certificate, ca)
  return { commonName, notBefore, notAfter, isCurrent, issuer: isCurrent ? readCertificate(ca)?.fingerprint : undefined }
}
