import { formatBytes, parseQuantity } from '../quantity.ts'
import { isOurs, listed } from './members.ts'
import { effectiveQuotaBytes } from './spec-problems.ts'
import type { ClusterView } from './view.ts'
import { largestDatabaseBytes, smallestVolumeBytes } from './volume-size.ts'

/**
 * Why the members' quota can't be lowered to what spec.etcd.quotaBackendBytes asks for or, without it, to what follows from the volumes;
 * undefined where it can, or is not lowered. The smallest quota rules for the whole cluster: the first member with a quota below the size of
 * its database refuses every write, of all clients.
 */
export function whyNotLowerQuota(view: ClusterView): string | undefined {
  const { cluster } = view
  const asked = parseQuantity(cluster.spec.etcd.quotaBackendBytes ?? '')
  const smallest = smallestVolumeBytes(view)
  // Nothing follows from volumes of which no size is known.
  if (asked === undefined && smallest === undefined) return undefined
  const next = asked ?? effectiveQuotaBytes(cluster, smallest)
  const isAsked = asked !== undefined
  const largest = largestDatabaseBytes(view)
  for (const { name } of listed(view).filter(isOurs)) {
    const file = view.config.state === 'ours' ? view.config.value.members.get(name)?.quotaBytes : undefined
    if (file === undefined || next >= file || next > largest) continue
    const what = isAsked ? `(${formatBytes(next)})` : `is not set, and the quota that follows from the volumes (${formatBytes(next)})`
    const back = isAsked ? 'set it back' : 'set it'
    return `spec.etcd.quotaBackendBytes ${what} is not above the size of the database (${formatBytes(largest)}), and every write would be refused: ${back} to ${formatBytes(file)}, or delete keys and defragment first`
  }
  return undefined
}
