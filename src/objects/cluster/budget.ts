import { label } from '../../api/labels.ts'
import { dangerOf } from '../../model/cluster/dangers.ts'
import { listed, voters } from '../../model/cluster/members.ts'
import { leavingMembers } from '../../model/cluster/scaling.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { type Manifest, ownedMetadata } from '../manifest.ts'

/** What a drain may do to the pods. An unready pod may go only while the others can spare it (IfHealthyBudget). */
export function disruptionBudget(view: ClusterView): Manifest {
  const { cluster } = view
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMetadata(cluster, cluster.metadata.name),
    spec: {
      maxUnavailable: mayDisrupt(view),
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
      selector: { matchLabels: { [label.cluster]: cluster.metadata.name } },
    },
  }
}

/**
 * One, so that a drain is possible. None while the data of a member would go with its pod, or members hold different data; none
 * while a single loss would cost the majority or disturb a change that is under way: with two voters, and while three become one.
 * A cluster of one can be drained: it could not be otherwise.
 */
function mayDisrupt(view: ClusterView): 0 | 1 {
  if (dangerOf(view) !== undefined) return 0
  // An operator that is blind must not open the door that it closed: what was known last counts.
  if (!view.membership.known) return view.cluster.status?.members === 2 ? 0 : 1
  const shrinkingToOne = view.cluster.spec.size === 1 && listed(view).length > 1 && leavingMembers(view).length > 0
  return voters(view).length === 2 || shrinkingToOne ? 0 : 1
}
