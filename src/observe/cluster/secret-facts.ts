import type { Secret } from '../../adapters/kube/kinds.ts'
import { isKeyOf, readCertificates, trustedBy } from '../../adapters/x509.ts'
import { annotation } from '../../api/labels.ts'
import type { CaFacts, CertificateSecretFacts, LeafFacts } from '../../model/tls/facts.ts'
import type { TlsProblem } from '../../model/tls/problem.ts'

/** Translates Secrets into public facts: no key leaves this file. */

export function caFactsOf(secret: Secret): CaFacts {
  const { name, annotations = {} } = secret.metadata
  const pair = (which: 'current' | 'next') => {
    const [cert, key] = [textOf(secret, `${which}.crt`), textOf(secret, `${which}.key`)]
    const [facts] = readCertificates(cert) ?? []
    return facts?.isCa && isKeyOf(key, cert) ? facts : undefined
  }
  const [current, next] = [pair('current'), pair('next')]
  if (current === undefined) return { state: 'broken', problem: broken(name, 'current') }
  if (next === undefined) return { state: 'broken', problem: broken(name, 'next') }
  const generation = Number(textOf(secret, 'generation'))
  return {
    state: 'whole',
    current,
    next,
    old: readCertificates(textOf(secret, 'old.crt'))?.[0],
    generation: Number.isSafeInteger(generation) && generation > 0 ? generation : 1,
    since: timeOf(annotations[annotation.caSince]) ?? Date.parse(secret.metadata.creationTimestamp),
    // Empty where it was forgotten, so that the same may be asked for again.
    rotation: annotations[annotation.caRotation] || undefined,
  }
}

function broken(name: string, which: string): TlsProblem {
  const message = `${which}.crt and ${which}.key of Secret ${name} are not a CA and its key: restore the Secret from a copy`
  return { reason: 'BadSecret', message }
}

export function certificateFactsOf(secret: Secret): CertificateSecretFacts {
  const { annotations = {} } = secret.metadata
  const ca = textOf(secret, 'ca.crt')
  return {
    leaf: leafOf(textOf(secret, 'tls.crt'), textOf(secret, 'tls.key'), ca),
    dial: leafOf(textOf(secret, 'dial.crt'), textOf(secret, 'dial.key'), ca),
    bundle: readCertificates(ca) ?? [],
    bundleSince: timeOf(annotations[annotation.bundleSince]),
    // Empty where the Secret holds a leaf of the operator's own CA again.
    copyOf: annotations[annotation.copyOf] || undefined,
  }
}

function leafOf(cert: string, key: string, ca: string): LeafFacts | undefined {
  const [leaf] = readCertificates(cert) ?? []
  if (leaf === undefined || key === '') return undefined
  return { ...leaf, hasKey: isKeyOf(key, cert), issuer: trustedBy(cert, ca)?.fingerprint }
}

/** A value of the Secret as text; empty where it has none. */
export function textOf({ data = {} }: Secret, key: string): string {
  return Buffer.from(data[key] ?? '', 'base64').toString('utf8')
}

function timeOf(text: string | undefined): number | undefined {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? undefined : at
}
