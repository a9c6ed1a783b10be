import { rfc3339 } from '../rfc3339.ts'
import { root } from '../user/names.ts'
import type { CertificateSecretFacts, CertificateUsage, LeafFacts } from './facts.ts'
import type { TlsProblem } from './problem.ts'
import type { Use } from './uses.ts'

/** What a Secret must hold to be mounted. */
export interface Expected {
  /** Name of the Secret, for the messages. */
  readonly secret: string
  readonly use: Use
  /** Names that its leaf must hold. */
  readonly names: readonly string[]
  /** Whether it must hold a leaf for dialling the peers as well. */
  readonly dials: boolean
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number
}

/**
 * What makes a Secret unfit, the gravest first; empty where it is fit. etcd itself checks little of this before it is too late: it starts
 * with an empty or broken file of CAs and then trusts nobody, and it serves a key of another certificate until the next connection.
 */
export function preflight(facts: CertificateSecretFacts, expected: Expected): readonly TlsProblem[] {
  const { secret, use, names, dials, now } = expected
  if (facts.bundle.length === 0) return [bad(`ca.crt of Secret ${secret} holds no certificate that can be read`)]
  const notCa = facts.bundle.find(({ isCa }) => !isCa)
  // A copy was compared with the CAs of the Secret that it comes from. Its own ca.crt is for the other side, whose CA may be another one.
  const isElsewhere = use !== 'peer' && facts.copyOf !== undefined
  const problems = notCa
    ? [bad(`ca.crt of Secret ${secret} holds a certificate that is none of a CA, with the fingerprint ${notCa.fingerprint}`)]
    : []
  return [
    ...problems,
    ...leafProblems(facts.leaf, { secret, files: 'tls', use, usage: use === 'client' ? 'client' : 'server', names, now, isElsewhere }),
    ...(dials ? leafProblems(facts.dial, { secret, files: 'dial', use, usage: 'client', names: [], now, isElsewhere: false }) : []),
  ]
}

interface Leaf {
  readonly secret: string
  readonly files: 'tls' | 'dial'
  readonly use: Use
  readonly usage: CertificateUsage
  readonly names: readonly string[]
  readonly now: number
  /** The CA that issued it need not stand in its own Secret. */
  readonly isElsewhere: boolean
}

function leafProblems(leaf: LeafFacts | undefined, { secret, files, use, usage, names, now, isElsewhere }: Leaf): readonly TlsProblem[] {
  const what = `${files}.crt of Secret ${secret}`
  if (leaf === undefined) return [bad(`${files}.crt and ${files}.key of Secret ${secret} hold no certificate and key that can be read`)]
  const problems: TlsProblem[] = []
  if (!leaf.hasKey) problems.push({ reason: 'KeyMismatch', message: `${files}.key of Secret ${secret} is not the key of ${files}.crt` })
  if (leaf.issuer === undefined && !isElsewhere) {
    const message = `${what} was issued by none of the CAs in its ca.crt, or an intermediate certificate is missing`
    problems.push({ reason: use === 'peer' ? 'PeerCANotShared' : 'BadSecret', message })
  }
  if (leaf.usages !== undefined && !leaf.usages.includes(usage))
    problems.push(bad(`${what} may not be used by a ${usage}: its extended key usage lacks ${usage}Auth`))
  // With client-cert-auth etcd takes the common name of a client's certificate for the name of a user; of this one many have the key.
  if (leaf.commonName === root)
    problems.push(bad(`${what} has the common name ${root}, and whoever has its key could do everything in etcd`))
  if (usage === 'server' && leaf.isCa) problems.push(bad(`${what} is a CA`))
  const missing = names.filter((name) => !covers(leaf.names, name))
  if (missing.length > 0) problems.push({ reason: 'NameMissing', message: `${what} lacks the name ${missing.join(', ')}` })
  if (now < leaf.notBefore) problems.push({ reason: 'NotYetValid', message: `${what} is valid from ${rfc3339(leaf.notBefore)} on` })
  if (now >= leaf.notAfter) problems.push({ reason: 'Expired', message: `${what} has expired at ${rfc3339(leaf.notAfter)}` })
  return problems
}

/** Whether one of the names, or a wildcard of one label among them, is this name. A wildcard that is asked for must be there itself. */
export function covers(names: readonly string[], name: string): boolean {
  const wanted = name.toLowerCase()
  return names.includes(wanted) || (!wanted.startsWith('*.') && names.includes(wanted.replace(/^[^.]+/, '*')))
}

function bad(message: string): TlsProblem {
  return { reason: 'BadSecret', message }
}
