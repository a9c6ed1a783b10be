/** An act begins no later than this after the end of the live look that it rests on. */
const freshMs = 2_000
/** After a longer look, what was read at its beginning may not be true any more. */
const maxLookMs = 10_000
/** When to look again after a look that may not be true any more. */
export const lateMs = 1_000

/** What a dangerous act rests on. `Due` are the decisions that are acted upon. */
export interface LookAgainMoves<Seen, Decision, Due extends Decision, Result> {
  /** Reads everything from the API server and the members themselves. */
  look(): Promise<Seen>
  plan(seen: Seen): Decision
  /** Whether the decision is still the one to be acted upon. */
  isDue(decision: Decision): decision is Due
  act(seen: Seen, due: Due): Promise<Result>
  monotonicMs(): number
}

export type LookedAgain<Seen, Decision, Due extends Decision, Result> =
  | { readonly kind: 'acted'; readonly seen: Seen; readonly decision: Due; readonly result: Result }
  /** The live look led to something else: nothing was done. */
  | { readonly kind: 'changed'; readonly seen: Seen; readonly decision: Decision }
  /** The look may not be true any more: nothing was done. */
  | { readonly kind: 'late'; readonly seen: Seen; readonly decision: Due; readonly why: string }

/**
 * The one way to do what can't be taken back: everything is read again live, planned again, and acted upon only if the same
 * results, and soon. A cache that is behind, a second operator and an operator that slept all end here without doing anything.
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
    return `the live look before it took ${inSeconds(tookMs)}, and may take ${inSeconds(maxLookMs)}: the API server is slow`
  return agoMs > freshMs ? `the operator stood still for ${inSeconds(agoMs)} after its live look` : undefined
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
