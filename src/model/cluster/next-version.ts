import type { ClusterView } from './view.ts'

/**
 * The version of etcd, `x.y.z`, that the StatefulSet's template and the members' configs carry now: what a pod that is created next runs.
 * It is spec.version, or the next step on the way there.
 */
export function nextVersionOf(view: ClusterView): string {
  return view.cluster.spec.version
}
