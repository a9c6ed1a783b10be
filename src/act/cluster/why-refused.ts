import { isFailure } from '../../adapters/failure.ts'
import { type ClusterWait, wait } from '../../plan/cluster/step.ts'
import { refused } from '../refused.ts'
import type { KnownWrite, WriteHistory } from './write-history.ts'

/** So many answers may be missing in a row before that is told: one admission webhook that is down must not look like a pause. */
const maxUnanswered = 3

/** What the failure of an always-safe write means for the cluster; undefined for what another look may settle. */
export function whyRefused(error: unknown, write: KnownWrite, history: WriteHistory, nowMs: number): ClusterWait | undefined {
  const refusal = refused(error, undefined)
  if (refusal !== undefined) return { ...refusal, message: `${write.object}: ${refusal.message}` }
  if (!isFailure(error, 'unavailable') && !isFailure(error, 'timeout')) return undefined
  if (history.unanswered(write, nowMs) < maxUnanswered) return undefined
  return wait('NotAnswered', `${write.object}: tried again soon: ${error.message}`, 5_000)
}
