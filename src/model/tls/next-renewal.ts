import type { ClusterView, PodFacts } from '../cluster/view.ts'
import type { LeafFacts, ServedCertificate, TlsFacts } from './facts.ts'
import { renewAt } from './lifetimes.ts'
import { type Ca, cas, ownSecret, uses } from './uses.ts'

/** The leaves of the cluster's own Secrets. */
export function ownLeaves(tls: TlsFacts): readonly LeafFacts[] {
  return uses.flatMap((use) => {
    const { leaf, dial } = ownSecret(tls, use) ?? {}
    return [leaf, dial].flatMap((one) => one ?? [])
  })
}

/** When the first leaf is due for renewal, milliseconds since the epoch; undefined where there is none. */
export function nextRenewal(tls: TlsFacts): number | undefined {
  const times = ownLeaves(tls).map(renewAt)
  return times.length === 0 ? undefined : Math.min(...times)
}

/** When the first leaf expires, of those in the Secrets and those that members serve; undefined where there is none. */
export function nextExpiry(view: Pick<ClusterView, 'tls' | 'pods'>): number | undefined {
  const times = [...ownLeaves(view.tls), ...servedLate(view).map(({ served }) => served)].map(({ notAfter }) => notAfter)
  return times.length === 0 ? undefined : Math.min(...times)
}

/** A member that serves another certificate than its Secret holds: its kubelet has not brought the new one. */
export interface ServesLate {
  readonly pod: PodFacts
  readonly ca: Ca
  readonly served: ServedCertificate
}

export function servedLate({ tls, pods }: Pick<ClusterView, 'tls' | 'pods'>): readonly ServesLate[] {
  return pods.flatMap((pod) => {
    const seen = tls.members.get(pod.name)
    if (!pod.ours || pod.etcd.state !== 'running' || seen?.uid !== pod.uid) return []
    return cas.flatMap((ca): readonly ServesLate[] => {
      const { served } = seen[ca]
      const leaf = ownSecret(tls, ca === 'peer' ? 'peer' : 'server')?.leaf
      const isLate = served.known && served.value !== undefined && leaf !== undefined && served.value.fingerprint !== leaf.fingerprint
      return isLate && served.value !== undefined ? [{ pod, ca, served: served.value }] : []
    })
  })
}
