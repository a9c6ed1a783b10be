import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { parseDuration } from '../duration.ts'
import { formatBytes, parseQuantity } from '../quantity.ts'
import { isSupported } from '../versions.ts'

/**
 * quota-backend-bytes: as asked for, else 2Gi (etcd's default), or 40 % of a smaller volume. `madeWith` is the size that
 * the volumes really have, where they were made before spec.storage.size grew.
 */
export function effectiveQuotaBytes(cluster: EtcdCluster, madeWith: string | number = cluster.spec.storage.size): number {
  const asked = cluster.spec.etcd.quotaBackendBytes
  const volume = parseQuantity(madeWith) ?? 0
  const wanted = asked === undefined ? Math.min(2 * 2 ** 30, volume * 0.4) : (parseQuantity(asked) ?? 0)
  return Math.floor(wanted)
}

/**
 * What the schema can't refuse, or what an older schema let through; each line names the field and the way out.
 * Flags are judged where their table is: see `checkExtraArgs`.
 */
export function specProblems(cluster: EtcdCluster): readonly string[] {
  const { spec } = cluster
  const problems: string[] = []
  if (![1, 3, 5, 7].includes(spec.size)) problems.push(`spec.size is ${spec.size}; it must be 1, 3, 5 or 7`)
  if (!isSupported(spec.version)) problems.push(`spec.version ${spec.version} isn't supported; etcd 3.5.11 to 3.7 is`)
  const volume = parseQuantity(spec.storage.size)
  if (volume === undefined || volume <= 0) problems.push(`spec.storage.size ${spec.storage.size} isn't a quantity, for example 8Gi`)
  else if (effectiveQuotaBytes(cluster) * 2 >= volume) {
    problems.push(
      `spec.etcd.quotaBackendBytes (${formatBytes(effectiveQuotaBytes(cluster))}) must be under half of spec.storage.size (${formatBytes(volume)}); lower the quota or ask for a larger volume`,
    )
  }
  const heartbeat = parseDuration(spec.etcd.heartbeatInterval)
  const election = parseDuration(spec.etcd.electionTimeout)
  if (heartbeat === undefined || election === undefined || election < 5 * heartbeat) {
    problems.push('spec.etcd.electionTimeout must be at least five times spec.etcd.heartbeatInterval')
  }
  return problems
}
