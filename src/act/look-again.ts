/** An act begins no later than this after the start of the live look that it rests on. */
const freshMs = 2000

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
  /** The look took so long that it may not be true any more: nothing was done. */
  | { readonly kind: 'late'; readonly seen: Seen; readonly decision: Due; readonly lookMs: number }

/**
 * The one way to do what can't be taken back: everything is read again live, planned again, and acted upon only if the same
 * results, and soon. A cache that is behind, a second operator and an operator that slept all end here without doing anything.
 */
export async function lookAgain<Seen, Decision, Due extends Decision, Result>(
  moves: LookAgainMoves<Seen, Decision, Due, Result>,
): Promise<LookedAgain<Seen, Decision, Due, Result>> {
  const startMs = moves.monotonicMs()
  const seen = await moves.look()
  const decision = moves.plan(seen)
  if (!moves.isDue(decision)) return { kind: 'changed', seen, decision }
  const lookMs = moves.monotonicMs() - startMs
  if (lookMs > freshMs) return { kind: 'late', seen, decision, lookMs }
  return { kind: 'acted', seen, decision, result: await moves.act(seen, decision) }
}
