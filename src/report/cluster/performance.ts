import type { EtcdClusterStatus } from '../../api/etcd-cluster.ts'
import type { Performance } from '../../model/cluster/performance.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { rfc3339 } from '../../model/rfc3339.ts'

type Stored = NonNullable<EtcdClusterStatus['performance']>
type Row = Stored['members'][number]

/**
 * How fast the members' disks and the way between them are. The figures differ at every read: what the status has stays until one of them is
 * twice or half of what it says.
 */
export function performanceStatus(view: ClusterView, names: readonly string[]): Pick<EtcdClusterStatus, 'performance'> {
  const stored = view.cluster.status?.performance
  const before = new Map(stored?.members.map((row) => [row.name, row]))
  const rows = names.flatMap((name): readonly Row[] => {
    const seen = view.performance.get(name)
    return seen === undefined ? [before.get(name) ?? []].flat() : [rowOf(name, seen)]
  })
  if (rows.length === 0) return {}
  const isNews = stored === undefined || rows.length !== before.size || rows.some((row) => differs(before.get(row.name), row))
  const hint = hintOf(view, names)
  const figures = isNews ? { observedAt: rfc3339(view.now), members: rows } : { observedAt: stored.observedAt, members: stored.members }
  return { performance: { ...figures, ...(hint === undefined ? {} : { hint }) } }
}

function rowOf(name: string, { walFsyncP99, backendCommitP99, peerRoundTripP99 }: Performance): Row {
  return {
    name,
    ...(walFsyncP99 === undefined ? {} : { fsyncP99: inWords(walFsyncP99) }),
    ...(backendCommitP99 === undefined ? {} : { commitP99: inWords(backendCommitP99) }),
    ...(peerRoundTripP99 === undefined ? {} : { peerRttP99: inWords(peerRoundTripP99) }),
  }
}

/** Below these nobody cares, milliseconds. */
const floors = { fsyncP99: 5, commitP99: 10, peerRttP99: 10 } as const

/** A figure that is missing now is no news: the cluster is quiet. */
function differs(before: Row | undefined, now: Row): boolean {
  return (['fsyncP99', 'commitP99', 'peerRttP99'] as const).some((figure) => {
    const [old, next] = [before?.[figure], now[figure]]
    if (next === undefined) return false
    if (old === undefined) return true
    const ratio = Math.max(floors[figure], inMs(next)) / Math.max(floors[figure], inMs(old))
    return ratio >= 2 || ratio <= 0.5
  })
}

/** `4ms`, `1.2s` */
function inWords(seconds: number): string {
  const ms = seconds * 1000
  if (ms >= 1000) return `${seconds.toFixed(1)}s`
  return ms >= 10 ? `${Math.round(ms)}ms` : `${Number(ms.toFixed(1))}ms`
}

function inMs(words: string): number {
  return words.endsWith('ms') ? Number(words.slice(0, -2)) : Number(words.slice(0, -1)) * 1000
}

/** Without figures, which would change its words. What an operator that has just started has not measured yet stays told. */
function hintOf(view: ClusterView, names: readonly string[]): Stored['hint'] {
  const stored = view.cluster.status?.performance?.hint
  const slow = names.filter((name) => view.performance.get(name)?.isSlow)
  if (slow.length === 0) return names.some((name) => !view.performance.has(name)) ? stored : undefined
  const message = `the ${slow.length === 1 ? 'disk' : 'disks'} of ${slow.join(', ')} ${slow.length === 1 ? 'is' : 'are'} slow, for minutes: writes wait for it, and leaders may change. Look for what else uses the disk, or move the members to a faster StorageClass (spec.storage.className with migration MemberByMember)`
  return { reason: 'SlowDisk', message, since: stored?.since ?? rfc3339(view.now) }
}
