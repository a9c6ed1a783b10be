import { listed } from '../../../model/cluster/members.ts'
import { outdatedMembers } from '../../../model/cluster/rollout.ts'
import { isWeaker, nextProfile, profileOf, wishedMode } from '../../../model/cluster/tls.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision, wait } from '../step.ts'

/**
 * While authentication is on, members go on asking clients for certificates, whatever the spec says: the operator is root by its certificate
 * alone, and would be nobody. What the operator has switched on is switched off first (`turnAuthOff`); this is about what a person switched
 * on, or a backup brought along.
 */
export function keepAsking(view: ClusterView): Decision | undefined {
  if (!wouldAskLess(view)) return undefined
  const { etcd } = view.auth
  if (!etcd.known)
    return wait(
      'NotAnswered',
      `etcd does not say whether authentication is off, and members give up asking for certificates only then: ${etcd.why}`,
      2000,
    )
  if (!etcd.value.enabled) return undefined
  return block(
    'AuthNeedsTls',
    `authentication is on in etcd, and the operator, which did not switch it on, is root by its certificate alone, so that the members go on asking for certificates: set spec.tls.mode and spec.tls.clientCertificates to Required again, and spec.auth.enabled to true and then to false, which switches it off; or run etcdctl auth disable as a user with the role root`,
  )
}

/** Members are to be restarted into a weaker profile, or without asking for certificates. */
function wouldAskLess(view: ClusterView): boolean {
  const next = nextProfile(view)
  if (
    wishedMode(view) !== 'Required' &&
    listed(view).some(({ name }) => name !== undefined && isWeaker(next, profileOf(view, name) ?? next))
  )
    return true
  return view.cluster.spec.tls.clientCertificates === 'None' && outdatedMembers(view).length > 0
}
