import type { ClusterView } from '../../model/cluster/view.ts'

/** How long a Secret that could not be written is left alone, milliseconds: meanwhile nothing else waits for it. */
const heldMs = 60_000

/** Whether the API server has just refused to write this Secret: what needs no certificates goes on meanwhile. */
export function isHeldBack(view: ClusterView, secret: string): boolean {
  const refusal = view.memory.secretRefusals.get(secret)
  return refusal !== undefined && view.monotonicMs - refusal.at < heldMs
}
