import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import type { ClusterView, PodFacts } from '../cluster/view.ts'
import type { CertificateFacts } from './facts.ts'
import { backdatedMs, reloadAt, rotateAt } from './lifetimes.ts'
import { withCertificates } from './loaded.ts'
import { halfRevoked, isRevoking, revoke, revoked } from './revoking.ts'
import { type Ca, ownSecret, secretName, type Use, uses, type WholeCa } from './uses.ts'

/** An exchange that is to come. */
export interface DueExchange {
  /** What to note as its reason: what a person asks for; undefined: its age asks. */
  readonly rotation: string | undefined
  readonly why: string
  /** Whether members that have not loaded the successor are restarted for it; else it waits for what restarts them anyway. */
  readonly mayRestart: boolean
}

/** Undefined: the CA goes on. */
export function dueExchange({ cluster, now }: Pick<ClusterView, 'cluster' | 'now'>, facts: WholeCa): DueExchange | undefined {
  const asked = askedExchange(cluster, facts)
  if (asked !== undefined) {
    const why = facts.rotation === halfRevoked ? 'its key lay beside the revoked one' : `the annotation ${annotation.rotateCa} asks for it`
    return { rotation: asked, why, mayRestart: true }
  }
  if (now < rotateAt(cluster, facts.current)) return undefined
  return { rotation: undefined, why: 'a third of its life is left', mayRestart: now >= reloadAt(cluster, facts.current) }
}

/** What to note as the reason of the exchange that a person asks for; undefined: nobody asks, or it was done. */
function askedExchange({ metadata: { annotations = {} } }: EtcdCluster, { rotation }: WholeCa): string | undefined {
  // Safety: a revocation that was begun is finished, whatever becomes of the annotation: the CA that issues now has its key from beside the
  // revoked one, in the same Secret. It is exchanged as well, when every member trusts the one after it.
  if (rotation === halfRevoked) return revoke
  const asked = annotations[annotation.rotateCa]
  // Until every process has forgotten the revoked CA nothing else is begun.
  if (asked === undefined || asked === '' || asked === rotation || rotation === revoke) return undefined
  if (asked !== revoke) return asked
  return rotation === revoked ? undefined : halfRevoked
}

/** What still shows certificates of the CA before, and keeps it trusted. */
export function holdersOfOld(view: ClusterView, ca: Ca, facts: WholeCa, old: CertificateFacts): readonly string[] {
  const all = leavesOfOld(view, ca, old)
  // A user whose certificate can't be renewed does not hold up a revocation.
  return isRevoking(facts) && view.now >= changedSince(view, ca, facts) + usersMs ? all.filter((one) => !one.startsWith('EtcdUser ')) : all
}

/** Users' certificates are renewed within minutes; milliseconds. */
const usersMs = 15 * 60_000

/** What still shows certificates of the CA before: Secrets by name, EtcdUsers, and members that have not read their new certificate yet. */
function leavesOfOld(view: ClusterView, ca: Ca, old: CertificateFacts): readonly string[] {
  const secrets = usesOf(ca).flatMap((use) => {
    const { leaf, dial } = ownSecret(view.tls, use) ?? {}
    return [leaf?.issuer, dial?.issuer].includes(old.fingerprint) ? [`Secret ${secretName(view.cluster, use)}`] : []
  })
  const users = ca === 'peer' ? [] : view.tls.users.filter(({ issuer }) => issuer === old.fingerprint)
  return [...secrets, ...users.map(({ name }) => `EtcdUser ${name}`), ...behind(view, ca)]
}

/** Members that serve another certificate than their Secret holds: their node has not heard of it. One that does not answer does not count. */
function behind(view: ClusterView, ca: Ca): readonly string[] {
  return withCertificates(view).flatMap((pod) => (servesNewest(view, ca, pod) === false ? [pod.name] : []))
}

/** When the last leaf of this CA that is in use was issued, or the CA was exchanged; milliseconds since the epoch. */
export function changedSince(view: ClusterView, ca: Ca, { since }: WholeCa): number {
  const leaves = usesOf(ca).flatMap((use) => {
    const { leaf, dial, copyOf } = ownSecret(view.tls, use) ?? {}
    return [copyOf === undefined ? leaf : undefined, dial].flatMap((one) => (one === undefined ? [] : one.notBefore + backdatedMs))
  })
  return Math.max(since, ...leaves)
}

/** Whether every member is seen to serve the certificate that its Secret holds. */
export function allServeNewest(view: ClusterView, ca: Ca): boolean {
  return withCertificates(view).every((pod) => servesNewest(view, ca, pod))
}

/** Undefined where the member doesn't tell. */
function servesNewest(view: ClusterView, ca: Ca, { name, uid }: PodFacts): boolean | undefined {
  const leaf = ownSecret(view.tls, ca === 'peer' ? 'peer' : 'server')?.leaf?.fingerprint
  const probed = view.tls.members.get(name)
  const served = probed?.uid === uid ? probed[ca].served : undefined
  return served?.known && served.value !== undefined ? served.value.fingerprint === leaf : undefined
}

/** Since when everybody who trusts this CA's leaves is told to trust the given one too; undefined: not everybody is. */
export function publishedSince(view: ClusterView, ca: Ca, next: CertificateFacts): number | undefined {
  const times = usesOf(ca).map((use) => {
    const secret = ownSecret(view.tls, use)
    return secret?.bundle.some(({ fingerprint }) => fingerprint === next.fingerprint) ? secret.bundleSince : undefined
  })
  return times.reduce((latest, one) => (latest === undefined || one === undefined ? undefined : Math.max(latest, one)), 0)
}

/** The Secrets whose ca.crt holds this CA. */
function usesOf(ca: Ca): readonly Use[] {
  return uses.filter((use) => (use === 'peer') === (ca === 'peer'))
}
