import type { Condition, EtcdCluster } from '../../api/etcd-cluster.ts'
import { quorum } from '../../model/cluster/quorum.ts'
import type { Style } from '../text.ts'

/** How a cluster is, in a word. */
export interface State {
  readonly word: 'ok' | 'at risk' | 'changing' | 'waiting' | 'needs you' | 'paused' | 'down' | 'no contact' | 'deleting' | 'not seen yet'
  readonly style: Style
  /** What a condition has as its reason, where that says more. */
  readonly reason: string | undefined
}

/** The worst that the conditions say. */
export function stateOf(cluster: EtcdCluster): State {
  const [available, stalled, ready] = [conditionOf(cluster, 'Available'), conditionOf(cluster, 'Stalled'), conditionOf(cluster, 'Ready')]
  const as = (word: State['word'], style: Style, reason?: string): State => ({ word, style, reason })
  if (cluster.metadata.deletionTimestamp !== undefined) return as('deleting', 'warning')
  if (ready === undefined) return as('not seen yet', 'warning')
  if (available?.status === 'False') return as('down', 'bad', available.reason)
  if (available?.status === 'Unknown') return as('no contact', 'bad', available.reason)
  if (cluster.spec.paused) return as('paused', 'warning')
  if (stalled?.status === 'True') return as('needs you', 'bad', stalled.reason)
  if (ready.status === 'True')
    return mayFail(cluster) === 0 && cluster.spec.size > 1 ? as('at risk', 'warning', ready.reason) : as('ok', 'good')
  if (conditionOf(cluster, 'Progressing')?.status === 'True') return as('changing', 'warning', ready.reason)
  return as('waiting', 'warning', ready.reason)
}

/** Whether the operator has nothing left to do: what `--exit-code` asks. */
export function isWell(cluster: EtcdCluster): boolean {
  return cluster.metadata.deletionTimestamp === undefined && conditionOf(cluster, 'Ready')?.status === 'True' && !isUnseen(cluster)
}

/** Whether the operator has not looked at the present spec yet. */
export function isUnseen({ metadata, status }: EtcdCluster): boolean {
  return (status?.observedGeneration ?? -1) < metadata.generation
}

/** How many more voters may fail before the majority is lost; undefined while no majority answers. */
export function mayFail(cluster: EtcdCluster): number | undefined {
  if (conditionOf(cluster, 'Available')?.status === 'Unknown' || cluster.status?.memberStatus === undefined) return undefined
  const voters = cluster.status.memberStatus.filter(({ role }) => role === 'Voter' || role === 'Leaving' || role === 'Failed')
  const margin = voters.filter(({ ready }) => ready).length - quorum(voters.length)
  return margin < 0 ? undefined : margin
}

export function conditionOf({ status }: EtcdCluster, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}
