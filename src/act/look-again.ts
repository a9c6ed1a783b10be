/** A step begins no later than this after the end of the live read on which it is based. */
const freshMs = 2_000
/** If reading took longer, the objects that were read first may have changed since. */
const maxLookMs = 10_000
/** When to look again after a live read that took too long. */
export const lateMs = 1_000

/** The moves of a dangerous step. `Due` are the decisions that are carried out. */
export interface LookAgainMoves<Seen, Decision, Due extends Decision, Result> {
  /** Reads everything from the API server and the members themselves. */
  look(): Promise<Seen>
  plan(seen: Seen): Decision
  /** Whether the decision is still the one to carry out. */
  isDue(decision: Decision): decision is Due
  act(seen: Seen, due: Due): Promise<Result>
  monotonicMs(): number
}

export type LookedAgain<Seen, Decision, Due extends Decision, Result> =
  | { readonly kind: 'acted'; readonly seen: Seen; readonly decision: Due; readonly result: Result }
  /** The live read led to another decision: nothing was done. */
  | { readonly kind: 'changed'; readonly seen: Seen; readonly decision: Decision }
  /** The live read took too long, or was too long ago: nothing was done. */
  | { readonly kind: 'late'; readonly seen: Seen; readonly decision: Due; readonly why: string }

/**
 * The only way to take a step that can't be undone: everything is read again live and planned again, and the step is carried out only
 * if the same decision results, and only soon after reading. With a stale cache, a second operator, or an operator whose process was
 * frozen, nothing is done.
 */
export async function lookAgain<Seen, Decision, Due extends Decision, Result>(
  moves: LookAgainMoves<Seen, Decision, Due, Result>,
): Promise<LookedAgain<Seen, Decision, Due, Result>> {
  const startMs = moves.monotonicMs()
  const seen = await moves.look()
  const endMs = moves.monotonicMs()
  const decision = moves.plan(seen)
  if (!moves.isDue(decision)) return { kind: 'changed', seen, decision }
  const why = whyLate(endMs - startMs, moves.monotonicMs() - endMs)
  if (why !== undefined) return { kind: 'late', seen, decision, why }
  return { kind: 'acted', seen, decision, result: await moves.act(seen, decision) }
}

function whyLate(tookMs: number, agoMs: number): string | undefined {
  if (tookMs > maxLookMs)
    return `reading everything again before the step took ${inSeconds(tookMs)}, and may take ${inSeconds(maxLookMs)}: the API server is slow`
  return agoMs > freshMs ? `the operator's process stood still for ${inSeconds(agoMs)} after reading everything again` : undefined
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
