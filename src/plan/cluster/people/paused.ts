import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** `spec.paused`: a person works on the cluster by hand; the operator observes and reports. */
export function paused(view: ClusterView): Decision | undefined {
  if (!view.cluster.spec.paused) return undefined
  return block('Paused', 'spec.paused is true: nothing but the status is written; set it to false to go on')
}
