import { isFailure } from '../../adapters/failure.ts'
import { type ClusterWait, wait } from '../../plan/cluster/step.ts'
import { refused } from '../refused.ts'
import type { KnownWrite, WriteHistory } from './write-history.ts'

/** After so many missing answers in a row the status reports the write: fewer may be a short outage of an admission webhook. */
const maxUnanswered = 3

/** The reason with which the status reports a failed always-safe write; undefined if another pass may succeed. */
export function whyRefused(error: unknown, write: KnownWrite, history: WriteHistory, nowMs: number): ClusterWait | undefined {
  const refusal = refused(error, undefined)
  if (refusal !== undefined) return { ...refusal, message: `${write.object}: ${refusal.message}` }
  if (!isFailure(error, 'unavailable') && !isFailure(error, 'timeout')) return undefined
  if (history.unanswered(write, nowMs) < maxUnanswered) return undefined
  return wait('NotAnswered', `${write.object}: tried again soon: ${error.message}`, 5_000)
}
