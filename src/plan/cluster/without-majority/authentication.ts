import { asksForUser } from '../../../model/cluster/members.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { memberName } from '../../../model/names.ts'
import { block, type Decision } from '../step.ts'

/** With etcd's authentication on, members serve their clients, but answer nothing to the operator, which has no user. */
export function authenticationEnabled(view: ClusterView): Decision | undefined {
  const said = asksForUser(view)
  if (said === undefined || view.membership.known) return undefined
  return block(
    'AuthenticationEnabled',
    `etcd's authentication is on, and the operator has no user, so that it can neither see nor change the members; switch it off with kubectl exec -it ${memberName(view.cluster, 0)} -- etcdctl --user=root auth disable (${said})`,
  )
}
