import { parseQuantity } from '../quantity.ts'
import type { ClusterView, VolumeFacts } from './view.ts'

/**
 * The real size of the smallest member volume in bytes, and never more than the claims of the StatefulSet ask for. All members have
 * the same quota, and the member with the smallest volume runs out of space first. Undefined while no size is known.
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
