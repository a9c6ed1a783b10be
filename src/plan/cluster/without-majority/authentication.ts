import { asksForUser } from '../../../model/cluster/members.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** Members that ask for a user serve their clients; but the operator knows nothing of them, and can change nothing. */
export function authenticationEnabled(view: ClusterView): Decision | undefined {
  const said = asksForUser(view)
  if (said === undefined || view.membership.known) return undefined
  return block(
    'AuthenticationEnabled',
    `etcd's authentication is on, and the operator has no user, so that it can neither see nor change the members; switch it off with etcdctl auth disable (${said})`,
  )
}
