import { formatBytes, parseQuantity } from '../quantity.ts'
import { answerOf, isOurs, listed } from './members.ts'
import type { ClusterView } from './view.ts'

/**
 * Why spec.etcd.quotaBackendBytes can't be lowered to what it asks for; undefined where it can, or is not lowered. The smallest quota rules
 * for the whole cluster: the first member with a quota below the size of its database refuses every write, of all clients.
 */
export function whyNotLowerQuota(view: ClusterView): string | undefined {
  const asked = parseQuantity(view.cluster.spec.etcd.quotaBackendBytes ?? '')
  if (asked === undefined) return undefined
  for (const { name } of listed(view).filter(isOurs)) {
    const file = view.config.state === 'ours' ? view.config.value.members.get(name)?.quotaBytes : undefined
    const size = answerOf(view, name)?.dbBytes
    if (file === undefined || size === undefined || asked >= file || asked > size) continue
    return `spec.etcd.quotaBackendBytes (${formatBytes(asked)}) is not above the database of ${name} (${formatBytes(size)}), and every write would be refused: set it back to ${formatBytes(file)}, or delete keys and defragment first`
  }
  return undefined
}
