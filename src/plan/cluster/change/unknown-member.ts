import { isOurs, listed } from '../../../model/cluster/members.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** A member that somebody added with etcdctl is never removed, and the count of members means nothing beside it. */
export function unknownMember(view: ClusterView): Decision | undefined {
  const stranger = listed(view).find((member) => !isOurs(member))
  if (stranger === undefined) return undefined
  return block(
    'UnknownMember',
    `etcd lists member ${stranger.id} (${stranger.peerUrl}), which the operator did not add; remove it with etcdctl member remove ${stranger.id}, and scaling goes on`,
  )
}
