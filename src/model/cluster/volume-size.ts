import { parseQuantity } from '../quantity.ts'
import type { ClusterView, VolumeFacts } from './view.ts'

/**
 * The smallest of what the members' volumes really have, in bytes, and never more than the claims of a StatefulSet ask for. Members have
 * one quota, and the one on the smallest volume is the first that runs out of space; undefined while nothing of them is known.
 */
export function smallestVolumeBytes(view: Pick<ClusterView, 'statefulSet' | 'volumes'>): number | undefined {
  const asked = view.statefulSet.state === 'ours' ? parseQuantity(view.statefulSet.value.volumeSize ?? '') : undefined
  const real = view.volumes.flatMap(({ labelled, deleting, capacityBytes }) => (labelled && !deleting ? (capacityBytes ?? []) : []))
  const all = asked === undefined ? real : [asked, ...real]
  return all.length === 0 ? undefined : Math.min(...all)
}

/** The volumes that are smaller than spec.storage.size asks for. */
export function tooSmall({ cluster }: Pick<ClusterView, 'cluster'>, volumes: readonly VolumeFacts[]): readonly VolumeFacts[] {
  const asked = parseQuantity(cluster.spec.storage.size) ?? 0
  return volumes.filter(({ capacityBytes }) => capacityBytes !== undefined && capacityBytes < asked)
}
