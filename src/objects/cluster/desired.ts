import { pinnedClusterId } from '../../model/cluster/identity.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { wantsNetworkPolicy } from '../../model/network-policy.ts'
import { configMap } from '../etcd-config/member-config.ts'
import type { Manifest } from '../manifest.ts'
import { disruptionBudget } from './budget.ts'
import { networkPolicy } from './network-policy.ts'
import { clientService, peerService } from './services.ts'
import { statefulSetAssertions } from './stateful-set.ts'

/**
 * The objects that may be applied on every pass, because they restart nothing and change no member. Not among them are the containers in
 * the StatefulSet's template, its replicas, and the members' configs: recreated pods take them up, so they change by steps alone.
 */
export function desiredObjects(view: ClusterView): readonly Manifest[] {
  const { cluster } = view
  const pinned = pinnedClusterId(view) !== undefined
  if (cluster.status?.bootstrap === undefined && !pinned) return []
  return [
    peerService(cluster),
    clientService(cluster, pinned),
    disruptionBudget(view),
    ...(wantsNetworkPolicy(cluster) ? [networkPolicy(cluster, view.operatorNamespace)] : []),
    ...(view.statefulSet.state === 'ours' ? [statefulSetAssertions(view)] : []),
    ...(view.config.state === 'ours' ? [configMap(cluster)] : []),
  ]
}
