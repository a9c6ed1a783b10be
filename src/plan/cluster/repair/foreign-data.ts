import { etcdctlAsRoot } from '../../../model/cluster/etcdctl.ts'
import { listedByName } from '../../../model/cluster/members.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { volumeName } from '../../../model/names.ts'
import { block, type Decision } from '../step.ts'

/** A member whose pod runs on another cluster's data: the other members serve, and only a person knows where the right volume is. */
export function reportForeignData(view: ClusterView): Decision | undefined {
  const [found] = view.foreignAnswers
  if (found === undefined) return undefined
  const [name, { clusterId, memberId }] = found
  const listed = listedByName(view, name)
  const wayOut =
    listed === undefined
      ? `delete pod ${name} and ${volumeName(name)} when that data is not needed`
      : `put back the volume that belongs to ${name}, and delete the pod; or, if its data is lost, run ${etcdctlAsRoot(view, `member remove ${listed.id}`)}: the operator then deletes ${volumeName(name)}, and ${name} joins anew`
  return block(
    'ClusterIdMismatch',
    `${name} answers as member ${memberId} of cluster ${clusterId}: ${volumeName(name)} holds the data of another cluster. The other members go on serving; ${wayOut}`,
    { member: name },
  )
}
