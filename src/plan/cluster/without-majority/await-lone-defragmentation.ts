import { loneDefragmentingMember } from '../../../model/cluster/defragmenting.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { awaitDefragmentation } from '../defragment.ts'
import type { Decision } from '../step.ts'

/** The only member of a cluster is its majority, and can't give the member list while it is being defragmented. */
export function awaitLoneDefragmentation(view: ClusterView): Decision | undefined {
  const name = loneDefragmentingMember(view)
  return name === undefined ? undefined : awaitDefragmentation(view, name)
}
