import type { Kube } from '../../adapters/kube.ts'
import type { Observation } from '../../observe/cluster/observe.ts'
import type { SafeWrite } from './safe-write.ts'
import { safeWrites } from './safe-writes.ts'
import { whyRefused } from './why-refused.ts'
import type { WhyRefused, WriteHistory } from './write-history.ts'

export interface Applied {
  /** Number of writes that the API server accepted. */
  readonly written: number
  readonly refusals: readonly RefusedWrite[]
  /** An error that only another pass can resolve: a conflict, or a bug of the operator. */
  readonly failure: unknown
}

/** A write that was refused, or that another writer reverts. */
export interface RefusedWrite {
  readonly object: string
  /** The object doesn't exist. */
  readonly isMissing: boolean
  readonly decision: WhyRefused
}

/**
 * Sends the always-safe writes of a pass. A write that is refused, or that another writer reverts, is reported and holds up no other
 * write and no step. `nowMs` on the monotonic clock.
 */
export async function applyAll(
  kube: Kube,
  observation: Observation,
  history: WriteHistory,
  nowMs: number,
  signal: AbortSignal,
): Promise<Applied> {
  const outcomes = await Promise.all(safeWrites(observation).map((write) => apply(kube, write, history, nowMs, signal)))
  return {
    written: outcomes.filter(({ kind }) => kind === 'written').length,
    refusals: outcomes.flatMap(({ refusal }) => refusal ?? []),
    failure: outcomes.find(({ kind }) => kind === 'failed')?.error,
  }
}

interface Outcome {
  readonly kind: 'written' | 'held' | 'refused' | 'failed'
  readonly refusal?: RefusedWrite | undefined
  readonly error?: unknown
}

async function apply(kube: Kube, write: SafeWrite, history: WriteHistory, nowMs: number, signal: AbortSignal): Promise<Outcome> {
  const about = (decision: WhyRefused | undefined) => decision && { object: write.object, isMissing: write.creates, decision }
  const held = history.held(write, nowMs)
  if (held !== undefined) return { kind: 'held', refusal: about(held) }
  try {
    const object = await write.send(kube, signal)
    return { kind: 'written', refusal: about(history.taken(write, write.remains(object), nowMs)) }
  } catch (error) {
    const why = whyRefused(error, write, history, nowMs)
    if (why === undefined) return { kind: 'failed', error }
    history.refused(write, why, why.recheckMs, nowMs)
    return { kind: 'refused', refusal: about(why) }
  }
}
