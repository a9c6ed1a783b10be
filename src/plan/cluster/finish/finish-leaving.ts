import { replicasFor } from '../../../model/cluster/members.ts'
import { leavingMembers } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { removeStopped } from '../leave.ts'
import type { Decision } from '../step.ts'

/**
 * A voter whose pod was ended for it to leave is removed, whatever became of the spec or of another member since: until then it counts
 * for the majority and takes no part. Where the others can't do without it `keepPods` brings it back.
 */
export function finishLeaving(view: ClusterView): Decision | undefined {
  const [leaving] = leavingMembers(view)
  if (leaving === undefined || leaving.isLearner || view.statefulSet.state !== 'ours') return undefined
  return replicasFor(view, [leaving.name]) > view.statefulSet.value.replicas ? removeStopped(view, leaving) : undefined
}
