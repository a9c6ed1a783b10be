import type { ClusterView, PodFacts } from '../cluster/view.ts'
import { isRevoking } from './revoking.ts'
import { type Ca, cas, ownSecret, wholeCa } from './uses.ts'
import { wantedSecret } from './wanted.ts'

/**
 * Whether the member has to be restarted to forget a revoked CA, and to load the CA that comes next: etcd reads its CAs at its start alone. A
 * pod that was made after the mounted file was written has read it.
 */
export function mustReload(view: ClusterView, pod: PodFacts): boolean {
  return pod.profile !== 'Off' && cas.some((ca) => isRevoked(view, ca) && isOlder(view, ca, pod))
}

/** Whether the revoked CA is in no Secret any more. */
function isRevoked(view: ClusterView, ca: Ca): boolean {
  const facts = wholeCa(view.tls, ca)
  return facts !== undefined && facts.old === undefined && isRevoking(facts)
}

function isOlder(view: ClusterView, ca: Ca, pod: PodFacts): boolean {
  const use = ca === 'peer' ? 'peer' : 'server'
  const since = ownSecret(view.tls, use)?.bundleSince
  // Not before the mounted file is as it is to be: the restart is to load exactly that.
  return since !== undefined && wantedSecret(view, use) === undefined && pod.createdAt <= since
}
