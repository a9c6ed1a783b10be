import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** An older spec may ask for the opposite of what was done since: for a smaller size, or for the policy Delete, which became Retain. */
export function timeTravel({ cluster, setBackFrom }: ClusterView): Decision | undefined {
  if (setBackFrom === undefined) return undefined
  const { generation, deletionTimestamp } = cluster.metadata
  const held =
    deletionTimestamp === undefined
      ? ''
      : ', although it is being deleted, and its volumes stay until its spec is changed or its finalizer removed'
  return block(
    'TimeTravel',
    `the API server shows generation ${generation} of this EtcdCluster, and generation ${setBackFrom} was seen before: the API server was set back, by a restore from a backup for example, and the spec may be outdated (size ${cluster.spec.size}, version ${cluster.spec.version}). Nothing but the status is written${held}. Compare the spec with what you want and change it; any change counts, for example set spec.paused to true, look at the plan, and set it to false`,
  )
}
