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
 * quota-backend-bytes of all members. A quota that the spec asks for together with larger volumes waits until all volumes have grown, and one
 * that a database has reached already is refused (`whyNotLowerQuota`): until then the members keep the quota that they have.
 */
export function quotaBytes(view: Sizes & Pick<ClusterView, 'answers'>): number {
  const smallest = smallestVolumeBytes(view)
  const wanted = effectiveQuotaBytes(view.cluster, smallest)
  const files = view.config.state === 'ours' ? [...view.config.value.members.values()].flatMap(({ quotaBytes: bytes }) => bytes ?? []) : []
  const present = files.length > 0 ? Math.min(...files) : wanted
  // Safety: a member that joins or comes back with it would refuse every write, of all clients.
  if (wanted < present && wanted <= largestDatabaseBytes(view)) return present
  if (view.cluster.spec.etcd.quotaBackendBytes === undefined || smallest === undefined || wanted * 2 < smallest) return wanted
  return Math.min(wanted, present)
}

/** As far as members answer. All hold the same data: one that is silent has about as much as the others. */
export function largestDatabaseBytes({ answers }: Pick<ClusterView, 'answers'>): number {
  return Math.max(0, ...[...answers.values()].map((answer) => (answer.known ? answer.value.dbBytes : 0)))
}

/** The volumes that are smaller than spec.storage.size asks for. */
export function tooSmall({ cluster }: Pick<ClusterView, 'cluster'>, volumes: readonly VolumeFacts[]): readonly VolumeFacts[] {
  const asked = parseQuantity(cluster.spec.storage.size) ?? 0
  return volumes.filter(({ capacityBytes }) => capacityBytes !== undefined && capacityBytes < asked)
}
