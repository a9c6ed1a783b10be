import { WriteHistory } from '../act/cluster/write-history.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import type { StoredMembers } from '../model/cluster/view.ts'
import { Comparison } from '../observe/cluster/comparison.ts'
import { ClusterMemory } from '../observe/cluster/memory.ts'
import { type IdleTurns, notIdle } from './idle-turns.ts'
import { Recheck } from './recheck.ts'
import { RollTimes } from './roll-times.ts'
import type { Tools } from './tools.ts'

/** One pass over one EtcdCluster. */
export interface Pass {
  readonly tools: Tools
  readonly own: Remembered
  readonly signal: AbortSignal
  /** The newest generation of the EtcdCluster that this operator has seen. */
  readonly newestGeneration: number
  /** The generation from which its spec counts: a lower one was set back. */
  readonly countsFrom: number
  /** How many EtcdClusters the operator looks after. */
  readonly clusters: number
}

/** What the operator remembers of one EtcdCluster between passes. Losing it makes the operator slower, or repeats a message. */
export interface Remembered {
  readonly uid: string
  generation: number
  readonly memory: ClusterMemory
  readonly comparison: Comparison
  /** Of what the members have stored of each other, before a version that reads its members from there. */
  readonly storedMembers: Comparison<StoredMembers>
  readonly writes: WriteHistory
  lastWriteMs: number
  /** Time of the last status write that changed only figures. */
  lastFiguresMs: number
  /** Time of the last status write with other figures of performance. */
  lastPerformanceMs: number
  lastBlock: string | undefined
  /** Messages of refused writes that were recorded as Events. */
  toldRefusals: ReadonlySet<string>
  idle: IdleTurns
  readonly roll: RollTimes
  readonly recheck: Recheck
}

export function recall(tools: Tools, remembered: Map<string, Remembered>, key: string, cluster: EtcdCluster): Remembered {
  const { uid, generation } = cluster.metadata
  const known = remembered.get(key)
  const own = known?.uid === uid ? known : newlyRemembered(tools, cluster)
  remembered.set(key, own)
  if (own.generation !== generation) {
    own.memory.forgetFailures()
    own.writes.forget()
  }
  own.generation = generation
  return own
}

function newlyRemembered(tools: Tools, { metadata: { uid, generation }, status }: EtcdCluster): Remembered {
  const nowMs = tools.clock.monotonicMs()
  return {
    uid,
    generation,
    memory: new ClusterMemory(),
    comparison: new Comparison(tools.clock),
    storedMembers: new Comparison(tools.clock),
    writes: new WriteHistory(),
    lastWriteMs: nowMs,
    // An operator that has just started doesn't know when it last wrote: it waits like one that wrote a moment ago.
    lastFiguresMs: (status?.observedGeneration ?? -1) < 0 ? Number.NEGATIVE_INFINITY : nowMs,
    lastPerformanceMs: nowMs,
    lastBlock: undefined,
    toldRefusals: new Set(),
    idle: notIdle,
    roll: new RollTimes(),
    recheck: new Recheck(),
  }
}
