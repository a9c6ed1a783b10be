import type { StepDecision } from '../act/cluster/take-step.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { eventAbout } from '../report/events.ts'
import { recordEvent } from './record-event.ts'
import { againMs } from './retry-lost-races.ts'
import type { Tools } from './tools.ts'

/** Number of passes in a row in which a step was due but not carried out, and why. */
export interface IdleTurns {
  readonly turns: number
  readonly why: string
}

export const notIdle: IdleTurns = { turns: 0, why: '' }
/** After so many turns an Event is recorded. */
const toldTurns = 5
const maxAgainMs = 10_000

/** After `toldTurns` the step is announced with the reason why it isn't carried out. */
export function withIdleTurns(decision: StepDecision, { turns, why }: IdleTurns): StepDecision {
  if (turns < toldTurns) return decision
  return { ...decision, reason: 'NotAnswered', message: `${decision.message}: not carried out, again and again, because ${why}` }
}

/** Counts the turn, and records an Event once there were too many. Returns the milliseconds until the next turn. */
export function tellOfIdleTurn(tools: Tools, cluster: EtcdCluster, decision: StepDecision, idle: IdleTurns): number {
  const { turns, why } = idle
  const action = decision.step.do
  if (turns >= toldTurns) tools.metrics.stepFailed({ namespace: cluster.metadata.namespace, cluster: cluster.metadata.name }, action)
  if (turns === toldTurns) {
    const { reason, message } = withIdleTurns(decision, idle)
    tools.log.warn({ cluster: keyOf(cluster), action, reason, turns, why }, 'step due and not carried out')
    recordEvent(tools, eventAbout({ kind: 'EtcdCluster', object: cluster }, { type: 'Warning', reason, action, note: message }))
  }
  return Math.min(maxAgainMs, againMs * 2 ** Math.max(0, turns - toldTurns))
}
