import type { ClusterView, PodFacts } from '../cluster/view.ts'
import { dueExchange } from './exchange.ts'
import { isSeenWithout, settledMs } from './loaded.ts'
import { isRevoking, revoke } from './revoking.ts'
import { type Ca, cas, ownSecret, wholeCa } from './uses.ts'
import { wantedSecret } from './wanted.ts'

/**
 * Whether the member has to be restarted for what it trusts: etcd reads its CAs at its start alone. Either to forget a revoked CA, or to load
 * the successor of a CA that is to be exchanged.
 */
export function mustReload(view: ClusterView, pod: PodFacts): boolean {
  return pod.profile !== 'Off' && cas.some((ca) => mustForget(view, ca, pod) || lacksSuccessor(view, ca, pod))
}

/** Whether the restart is one of a revocation, which waits for no maintenance window. */
export function reloadsAtOnce(view: ClusterView, pod: PodFacts): boolean {
  const isRevoked = (ca: Ca) => {
    const facts = wholeCa(view.tls, ca)
    return facts !== undefined && isRevoking(facts, dueExchange(view, facts)?.rotation)
  }
  return pod.profile !== 'Off' && cas.some((ca) => isRevoked(ca) && (mustForget(view, ca, pod) || lacksSuccessor(view, ca, pod)))
}

/** Whether a revocation is over: both exchanges are done, and no process trusts a CA of before. */
export function isForgotten(view: ClusterView, ca: Ca): boolean {
  const facts = wholeCa(view.tls, ca)
  if (facts?.rotation !== revoke || facts.old !== undefined || settledSince(view, ca) === undefined) return false
  return view.pods.every((pod) => !pod.ours || pod.profile === 'Off' || !mustForget(view, ca, pod))
}

/** Whether its process may trust a revoked CA. A pod that was made after the CA had left the mounted file has never read it. */
function mustForget(view: ClusterView, ca: Ca, pod: PodFacts): boolean {
  const facts = wholeCa(view.tls, ca)
  if (facts === undefined || facts.old !== undefined || !isRevoking(facts)) return false
  const since = settledSince(view, ca)
  return since !== undefined && pod.createdAt <= since
}

/** Whether the exchange of the CA waits for this member, which was seen without the successor. */
function lacksSuccessor(view: ClusterView, ca: Ca, pod: PodFacts): boolean {
  const facts = wholeCa(view.tls, ca)
  if (facts === undefined || facts.old !== undefined || dueExchange(view, facts)?.mayRestart !== true) return false
  const since = settledSince(view, ca)
  // A restart that comes too early would load what a kubelet still has of before.
  return since !== undefined && view.now > since + settledMs && isSeenWithout(view, pod, ca, facts)
}

/** Since when the mounted file is as it is to be; undefined: it is not yet. The restart is to load exactly that. */
function settledSince(view: ClusterView, ca: Ca): number | undefined {
  const use = ca === 'peer' ? 'peer' : 'server'
  return wantedSecret(view, use) === undefined ? ownSecret(view.tls, use)?.bundleSince : undefined
}
