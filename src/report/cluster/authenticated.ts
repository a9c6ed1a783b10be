import { authStatusOf, bypassable } from '../../model/cluster/auth.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { Verdict } from '../verdict.ts'

/** Whether etcd asks who a client is, as a client that is nobody has found. */
export function authenticated(view: ClusterView): Verdict {
  const { cluster, auth } = view
  if (!auth.etcd.known) return { status: 'Unknown', reason: 'NotObserved', message: `etcd was not asked: ${auth.etcd.why}` }
  const { enabled, nobody } = auth.etcd.value
  if (!enabled)
    return { status: 'False', reason: 'AuthOff', message: 'authentication is off: every client that may connect may do everything' }
  if (!nobody.known)
    return { status: 'Unknown', reason: 'NotObserved', message: `authentication is on; it could not be tried: ${nobody.why}` }
  if (nobody.value === 'read')
    return { status: 'False', reason: 'AuthNotEnforced', message: 'a client whose certificate names nobody could read a key' }
  const byHand = cluster.spec.auth.enabled
    ? ''
    : '; somebody else switched it on: spec.auth.enabled is false, and the operator leaves it on'
  return {
    status: 'True',
    reason: 'AuthProved',
    message: `authentication is on, and a client whose certificate names nobody is refused${byHand}${strangers(view)}${warning(view)}`,
  }
}

/** Among them may be some that somebody made while authentication was off, with the role root or a password of their own. */
function strangers(view: ClusterView): string {
  const managed = authStatusOf(view, false).managed?.users ?? []
  const there = view.auth.etcd.known ? view.auth.etcd.value.users : []
  const others = there.filter((name) => !managed.includes(name)).toSorted()
  if (others.length === 0) return ''
  const more = others.length > 3 ? ` and ${others.length - 3} more` : ''
  return `; etcd also has users that the operator did not make, and leaves alone: ${others.slice(0, 3).join(', ')}${more}`
}

function warning(view: ClusterView): string {
  const [first, ...others] = bypassable(view)
  if (first === undefined) return ''
  const more = others.length === 0 ? '' : `, and ${others.length} more`
  return `; ${first.member} runs ${first.version}${more}, which has known ways around it: set spec.version to ${first.fixed} or later`
}
