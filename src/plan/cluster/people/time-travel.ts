import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** What an older spec asks for may be the opposite of what was done since: a size that was raised, a policy that was changed to Retain. */
export function timeTravel({ cluster, setBackFrom }: ClusterView): Decision | undefined {
  if (setBackFrom === undefined) return undefined
  const { generation } = cluster.metadata
  return block(
    'TimeTravel',
    `the API server shows generation ${generation} of this EtcdCluster, and generation ${setBackFrom} was seen before: it was set back, by a restore from a backup for example, and its spec may be outdated (size ${cluster.spec.size}, version ${cluster.spec.version}). Nothing but the status is written. Compare the spec with what you want and change it; any change of the spec counts, for example spec.paused to true and, after a look at the plan, to false again`,
  )
}
