import type { ClusterView } from '../cluster/view.ts'
import type { CertificateFacts, CertificateSecretFacts, SourceFacts } from './facts.ts'
import { leafLifetime, renewAt } from './lifetimes.ts'
import { loadedByAll } from './loaded.ts'
import { covers, preflight } from './preflight.ts'
import { isRevoking } from './revoking.ts'
import {
  caOf,
  namesFor,
  neededNames,
  ownSecret,
  secretFacts,
  secretName,
  sourceId,
  sourceOf,
  trustedCas,
  type Use,
  uses,
  wholeCa,
} from './uses.ts'

/** A CA that is to leave a bundle stays for so long: certificates of it may still be in a mounted file, or in a client's memory. */
export const staleMs = 3600_000

/** What a Secret is to hold next, and why. */
export interface WantedSecret {
  readonly use: Use
  /** From a CA of the operator, by the CA's fingerprint; from a Secret of somebody else; or as it is. */
  readonly leaf: LeafPlan
  /** The leaf with which members dial each other; `none` in Secrets that hold none. */
  readonly dial: Exclude<LeafPlan, { from: 'source' }> | { readonly from: 'none' }
  /** Fingerprints of the certificates of its ca.crt, in their order. */
  readonly bundle: readonly string[]
  readonly why: string
}

export type LeafPlan =
  | { readonly from: 'keep' }
  | { readonly from: 'ca'; readonly issuer: string }
  | { readonly from: 'source'; readonly secret: string; readonly version: string }

/** Undefined: nothing is to be done, or nothing can be. */
export function wantedSecret(view: ClusterView, use: Use): WantedSecret | undefined {
  const facts = secretFacts(view.tls, use)
  const ca = wholeCa(view.tls, caOf(use))
  if (!facts.known || ca === undefined) return undefined
  if (facts.value.state !== 'absent' && facts.value.state !== 'ours') return undefined
  const own = ownSecret(view.tls, use)
  const leaf = leafPlan(view, use, own, ca.current)
  if (leaf === undefined) return undefined
  const dial = use === 'peer' ? dialPlan(view, own, ca.current) : ({ plan: { from: 'none' }, why: undefined } as const)
  const bundle = bundleFor(view, use, own, leaf.plan)
  const have = own?.bundle.map(({ fingerprint }) => fingerprint) ?? []
  const isSameBundle = have.length === bundle.length && bundle.every((one, index) => have[index] === one)
  const why = leaf.why ?? dial.why ?? (isSameBundle && own?.bundleSince !== undefined ? undefined : whyBundle(have, bundle))
  return why === undefined ? undefined : { use, leaf: leaf.plan, dial: dial.plan, bundle, why }
}

interface Planned<Plan> {
  readonly plan: Plan
  /** Undefined: it stays as it is. */
  readonly why: string | undefined
}

const kept: Planned<{ readonly from: 'keep' }> = { plan: { from: 'keep' }, why: undefined }

/** Undefined: there is no leaf, and none can be had. */
function leafPlan(
  view: ClusterView,
  use: Use,
  own: CertificateSecretFacts | undefined,
  current: CertificateFacts,
): Planned<LeafPlan> | undefined {
  const source = sourceOf(view.tls, use)
  if (source !== undefined) return copyPlan(view, use, own, source)
  const why = whyIssue(view, use, own, current)
  return why === undefined ? kept : { plan: { from: 'ca', issuer: current.fingerprint }, why }
}

function whyIssue(view: ClusterView, use: Use, own: CertificateSecretFacts | undefined, current: CertificateFacts): string | undefined {
  if (own === undefined) return `Secret ${secretName(view.cluster, use)} does not exist`
  if (own.leaf === undefined) return 'its certificate or its key is missing or broken'
  if (!own.leaf.hasKey) return 'its key is not that of its certificate'
  if (own.leaf.issuer !== current.fingerprint && mayChangeIssuer(view, use, own.leaf, current))
    return 'another CA issues the certificates now'
  // From here on the CA that has issued it must be the one that issues: else only the exchange of the CA lets it be issued anew.
  if (own.leaf.issuer !== current.fingerprint) return undefined
  const lacks = namesFor(view.cluster, use).filter((name) => !covers(own.leaf?.names ?? [], name))
  if (lacks.length > 0) return `its certificate lacks the name ${lacks.join(', ')}`
  if (own.copyOf !== undefined) return 'its certificate comes from a Secret that is not asked for any more'
  return isDue(view, own.leaf, current) ? 'a third of the life of its certificate is left' : undefined
}

function dialPlan(
  view: ClusterView,
  own: CertificateSecretFacts | undefined,
  current: CertificateFacts,
): Planned<Exclude<LeafPlan, { from: 'source' }>> {
  const issue = (why: string) => ({ plan: { from: 'ca', issuer: current.fingerprint }, why }) as const
  if (own?.dial === undefined || !own.dial.hasKey) return issue('the certificate with which members dial each other is missing or broken')
  if (own.dial.issuer !== current.fingerprint)
    return mayChangeIssuer(view, 'peer', own.dial, current) ? issue('another CA issues the certificates now') : kept
  return isDue(view, own.dial, current) ? issue('a third of the life of the certificate for dialling is left') : kept
}

/** Whether a leaf is due for renewal, and another one would be valid for longer: a CA that is about to expire issues none that is. */
function isDue(view: ClusterView, leaf: CertificateFacts, current: CertificateFacts): boolean {
  return view.now >= renewAt(leaf) && leafLifetime(view.cluster, current, view.now).notAfter > leaf.notAfter + 60_000
}

/**
 * Safety: a leaf of another CA than before is issued only when every process that runs trusts that CA. Established connections hide the
 * mistake until a member restarts, and then that member is cut off. A leaf that has expired is accepted by nobody anyway.
 */
function mayChangeIssuer(view: ClusterView, use: Use, before: CertificateFacts, current: CertificateFacts): boolean {
  return view.now >= before.notAfter || loadedByAll(view, caOf(use), current.fingerprint) === 'yes'
}

/** Undefined: there is no copy, and no source that may be copied. */
function copyPlan(
  view: ClusterView,
  use: Use,
  own: CertificateSecretFacts | undefined,
  source: SourceFacts,
): Planned<LeafPlan> | undefined {
  const isThere = own?.leaf !== undefined
  const { found } = source
  if (!found.known || found.value === 'absent') return isThere ? kept : undefined
  const { version, facts } = found.value
  if (own?.copyOf === sourceId(source, version)) return kept
  const expected = { secret: source.secret, use, names: neededNames(view.cluster, use), dials: false, now: view.now }
  if (preflight(facts, expected).length > 0) return isThere ? kept : undefined
  const issuer = facts.leaf?.issuer
  // Safety: as with CAs of the operator, a leaf of an issuer that a running member doesn't trust would cut members off at their restart.
  if (isThere && use !== 'server' && issuer !== undefined && issuer !== own?.leaf?.issuer && loadedByAll(view, caOf(use), issuer) !== 'yes')
    return kept
  return { plan: { from: 'source', secret: source.secret, version }, why: `Secret ${source.secret} holds another certificate` }
}

/**
 * The CAs of the operator, and those of other people's Secrets. A certificate that is in the bundle and wanted no more stays while a leaf of
 * it is in use, and for an hour after the last change: a CA leaves ca.crt only when no leaf in use is from it.
 */
function bundleFor(view: ClusterView, use: Use, own: CertificateSecretFacts | undefined, leaf: LeafPlan): readonly string[] {
  const ca = wholeCa(view.tls, caOf(use))
  const wanted = new Set([...(ca ? trustedCas(ca) : []), ...anchorsOf(view, use)].map(({ fingerprint }) => fingerprint))
  const inUse = new Set([...(leaf.from === 'keep' ? [own?.leaf?.issuer] : []), own?.dial?.issuer])
  // A CA that is revoked leaves with the last leaf of it.
  const isRecent = (own?.bundleSince === undefined || view.now - own.bundleSince < staleMs) && !(ca !== undefined && isRevoking(ca))
  const isHeld = isRecent || !isTakenOver(view, use)
  const stale = (own?.bundle ?? []).filter(
    ({ fingerprint, isCa }) => isCa && !wanted.has(fingerprint) && (inUse.has(fingerprint) || isHeld),
  )
  return [...stale.map(({ fingerprint }) => fingerprint), ...wanted]
}

/** The CAs of other people's Secrets that this use trusts beside those of the operator. */
function anchorsOf(view: ClusterView, use: Use): readonly CertificateFacts[] {
  const found = trustedSources(view, use).flatMap(({ found }) => (found.known && found.value !== 'absent' ? found.value.facts.bundle : []))
  return found.filter(({ isCa }) => isCa)
}

function trustedSources({ tls: { sources } }: ClusterView, use: Use): readonly SourceFacts[] {
  if (sources.from === 'operator') return []
  const of = { peer: [sources.peer], server: [sources.clientCa, sources.client], client: [sources.server] }[use]
  return of.flatMap((source) => source ?? [])
}

/**
 * Whether everything that these Secrets hold was taken over. While one of them is missing or unfit, the last good copy is in use, and what
 * it needs to be trusted stays.
 */
function isTakenOver(view: ClusterView, use: Use): boolean {
  const { sources } = view.tls
  return trustedSources(view, use).every((source) => {
    const { found } = source
    if (!found.known || found.value === 'absent' || found.value.facts.bundle.length === 0) return false
    const { version } = found.value
    const copies = uses.filter((one) => sources.from !== 'operator' && sources[one] === source)
    return copies.every((one) => ownSecret(view.tls, one)?.copyOf === sourceId(source, version))
  })
}

function whyBundle(have: readonly string[], want: readonly string[]): string {
  const added = want.filter((one) => !have.includes(one)).length
  const removed = have.filter((one) => !want.includes(one)).length
  if (added === 0 && removed === 0) return 'nothing says since when it trusts its CAs'
  const changes = [...(added > 0 ? [`${added} more`] : []), ...(removed > 0 ? [`${removed} no more`] : [])]
  return `it is to trust ${changes.join(', and ')} of the CAs`
}
