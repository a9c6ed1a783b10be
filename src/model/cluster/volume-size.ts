import { parseQuantity } from '../quantity.ts'
import { effectiveQuotaBytes } from './spec-problems.ts'
import type { ClusterView, VolumeFacts } from './view.ts'

type Sizes = Pick<ClusterView, 'cluster' | 'statefulSet' | 'config' | 'volumes'>

/**
 * The real size of the smallest member volume in bytes, and never more than the claims of the StatefulSet ask for. All members have
 * the same quota, and the member with the smallest volume runs out of space first. A volume that a departed member left doesn't count:
 * its member has no config any more. Undefined while no size is known.
 */
export function smallestVolumeBytes({ cluster, statefulSet, config, volumes }: Sizes): number | undefined {
  // While the StatefulSet is made again the new one's claims count.
  const asks =
    statefulSet.state === 'ours' ? (statefulSet.value.volumeSize ?? '') : statefulSet.state === 'absent' ? cluster.spec.storage.size : ''
  const asked = parseQuantity(asks)
  const present = config.state === 'ours' && config.value.members.size > 0 ? config.value.members : undefined
  const real = volumes.flatMap(({ member, labelled, deleting, capacityBytes }) =>
    labelled && !deleting && present?.has(member) !== false ? (capacityBytes ?? []) : [],
  )
  const all = asked === undefined ? real : [asked, ...real]
  return all.length === 0 ? undefined : Math.min(...all)
}

/**
 * quota-backend-bytes of all members. A quota that the spec asks for together with larger volumes waits until all volumes have grown:
 * until then the members keep the quota that they have.
 */
export function quotaBytes(view: Sizes): number {
  const smallest = smallestVolumeBytes(view)
  const wanted = effectiveQuotaBytes(view.cluster, smallest)
  if (view.cluster.spec.etcd.quotaBackendBytes === undefined || smallest === undefined || wanted * 2 < smallest) return wanted
  const present =
    view.config.state === 'ours' ? [...view.config.value.members.values()].flatMap(({ quotaBytes: bytes }) => bytes ?? []) : []
  return Math.min(wanted, present.length > 0 ? Math.min(...present) : wanted)
}

/** The volumes that are smaller than spec.storage.size asks for. */
export function tooSmall({ cluster }: Pick<ClusterView, 'cluster'>, volumes: readonly VolumeFacts[]): readonly VolumeFacts[] {
  const asked = parseQuantity(cluster.spec.storage.size) ?? 0
  return volumes.filter(({ capacityBytes }) => capacityBytes !== undefined && capacityBytes < asked)
}
