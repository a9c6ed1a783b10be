import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { parseDuration } from '../duration.ts'
import { isOversized } from '../oversized.ts'
import { formatBytes, parseQuantity } from '../quantity.ts'
import { problemOf } from '../schedule/cron.ts'
import { isSupported, minorKey } from '../versions.ts'
import { windowProblems } from './windows.ts'

/** The smallest quota with which etcd is of use; the schema asks for as much of `spec.etcd.quotaBackendBytes`. */
const minQuotaBytes = 16 * 2 ** 20
/** The smallest volume of a member, by the schema. */
const minVolumeBytes = 64 * 2 ** 20

/**
 * quota-backend-bytes: as in the spec, else 2Gi (etcd's default), or 40 % of a smaller volume; never below what the schema allows.
 * `size` is the real size of the volumes: they may have been created before spec.storage.size grew, or for an earlier cluster.
 */
export function effectiveQuotaBytes(cluster: EtcdCluster, size: string | number = cluster.spec.storage.size): number {
  const asked = cluster.spec.etcd.quotaBackendBytes
  const volume = parseQuantity(size) ?? 0
  const wanted = asked === undefined ? Math.min(2 * 2 ** 30, volume * 0.4) : (parseQuantity(asked) ?? 0)
  return Math.floor(Math.max(wanted, minQuotaBytes))
}

/**
 * Problems that the schema can't refuse, or that an older schema accepted; each line names the field and the way out.
 * Flags are checked beside their table: see `checkExtraArgs`.
 */
export function specProblems(cluster: EtcdCluster): readonly string[] {
  const { spec } = cluster
  const problems: string[] = []
  if (!isSize(spec.size)) problems.push(`spec.size is ${spec.size}; it must be 1, 3, 5 or 7`)
  if (!isSupported(spec.version)) problems.push(`spec.version ${spec.version} isn't supported; etcd 3.5.11 to 3.7 is`)
  const tagged = versionOfTag(spec.image.tag)
  // Only with the right minor version does a change of it go through its gates.
  if (tagged !== undefined && isSupported(tagged) && minorKey(tagged) !== minorKey(spec.version))
    problems.push(`spec.image.tag ${spec.image.tag} is of another minor version than spec.version ${spec.version}: set both to the same`)
  const volume = parseQuantity(spec.storage.size)
  if (volume === undefined) problems.push(`spec.storage.size ${spec.storage.size} isn't a quantity, for example 8Gi`)
  else if (volume < minVolumeBytes) problems.push(tooSmall(spec.storage.size))
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
  const defragment = spec.maintenance.defragment && problemOf(spec.maintenance.defragment)
  if (defragment !== undefined) problems.push(defragment.replaceAll('spec.', 'spec.maintenance.defragment.'))
  problems.push(...windowProblems(cluster))
  if (isOversized(spec.pod.affinity)) problems.push('spec.pod.affinity takes more than 256 KiB of memory; shorten it')
  return problems
}

/** x.y.z where the tag begins with a version, as v3.6.16-fips does. */
function versionOfTag(tag: string): string | undefined {
  return /^v?(\d+\.\d+\.\d+)(?![\d.])/.exec(tag)?.[1]
}

/** Only an older schema accepted such a size. */
function tooSmall(size: string | number): string {
  return `spec.storage.size ${size} is less than ${formatBytes(minVolumeBytes)}, the smallest volume that a member can work with; raise it, to a size such as 8Gi`
}

/** How many voters a cluster may have: an even number tolerates no more failures than one less. */
export function isSize(size: number): boolean {
  return [1, 3, 5, 7].includes(size)
}
