import { replicasFor } from '../../../model/cluster/members.ts'
import { leavingMembers } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { removeStopped } from '../leave.ts'
import type { Decision } from '../step.ts'

/**
 * A voter whose pod was stopped for scaling down is removed, even if the spec or another member changed since: until then etcd counts
 * its vote, and nobody casts it. Where the other voters are no majority without it `keepPods` brings it back.
 */
export function finishLeaving(view: ClusterView): Decision | undefined {
  const [leaving] = leavingMembers(view)
  if (leaving === undefined || leaving.isLearner || view.statefulSet.state !== 'ours') return undefined
  return replicasFor(view, [leaving.name]) > view.statefulSet.value.replicas ? removeStopped(view, leaving) : undefined
}
