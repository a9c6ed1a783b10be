import { pinnedClusterId } from '../../../model/cluster/identity.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** `spec.paused`: a person works on the cluster by hand; the operator observes and reports. */
export function paused(view: ClusterView): Decision | undefined {
  if (!view.cluster.spec.paused) return undefined
  return block('Paused', `spec.paused is true: nothing but the status is written; set it to false to go on${withoutSet(view)}`)
}

/** The operator itself may have deleted it to make it again, and been paused before it could. */
function withoutSet(view: ClusterView): string {
  if (pinnedClusterId(view) === undefined || view.statefulSet.state !== 'absent') return ''
  return '. There is no StatefulSet: its pods run on, and no pod that ends comes back before the operator makes it again'
}
