import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { isRecord } from '../../model/record.ts'

/** What the operator read of a member's own page: durations as text, `4ms`; absent where there were too few samples. */
export interface Figures {
  readonly fsyncP99: string
  readonly commitP99: string
  readonly peerRttP99: string
}

/** By the member's name; empty where the operator is of an earlier version, or has not measured yet. */
export function performanceOf({ status }: EtcdCluster): ReadonlyMap<string, Figures> {
  const found = new Map<string, Figures>()
  // The operator may be older or newer than the plugin.
  const performance: unknown = Object.entries(status ?? {}).find(([field]) => field === 'performance')?.[1]
  if (!isRecord(performance) || !Array.isArray(performance.members)) return found
  for (const member of performance.members) {
    if (!isRecord(member) || typeof member.name !== 'string') continue
    const text = (field: string) => (typeof member[field] === 'string' ? member[field] : '')
    found.set(member.name, { fsyncP99: text('fsyncP99'), commitP99: text('commitP99'), peerRttP99: text('peerRttP99') })
  }
  return found
}

/** What is slow and why, in the operator's words. */
export function slowHint({ status }: EtcdCluster): string | undefined {
  const performance: unknown = Object.entries(status ?? {}).find(([field]) => field === 'performance')?.[1]
  const hint = isRecord(performance) && isRecord(performance.hint) ? performance.hint : undefined
  return typeof hint?.reason === 'string' ? `${hint.reason}: ${String(hint.message ?? '')}` : undefined
}
