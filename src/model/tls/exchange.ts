import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import type { ClusterView, PodFacts } from '../cluster/view.ts'
import type { CertificateFacts } from './facts.ts'
import { backdatedMs } from './lifetimes.ts'
import { withCertificates } from './loaded.ts'
import { halfRevoked, revoke } from './revoking.ts'
import { type Ca, ownSecret, secretName, type Use, uses, type WholeCa } from './uses.ts'

/** What to note as the reason of the exchange that a person asks for; undefined: nobody asks, or it was done. */
export function askedExchange({ metadata: { annotations = {} } }: EtcdCluster, { rotation }: WholeCa): string | undefined {
  const asked = annotations[annotation.rotateCa]
  if (asked === undefined || asked === '' || asked === rotation) return undefined
  if (asked !== revoke) return asked
  // The successor's key lay in the same Secret as the revoked one: it is exchanged as well, when every member trusts the one after it.
  return rotation === halfRevoked ? revoke : halfRevoked
}

/** What still shows certificates of the CA before: Secrets by name, EtcdUsers, and members that have not read their new certificate yet. */
export function leavesOfOld(view: ClusterView, ca: Ca, old: CertificateFacts): readonly string[] {
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
  return served?.known && served.value !== undefined ? served.value === leaf : undefined
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
