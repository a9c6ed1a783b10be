/**
 * The function, computed once for two objects for as long as they live. Objects never change: what the API server sends anew is another
 * object, so that a pass over a cluster in which nothing has changed finds what the pass before it has computed.
 */
export function oncePer<One extends object, Other extends object, Result>(
  compute: (one: One, other: Other) => Result,
): (one: One, other: Other) => Result {
  const computed = new WeakMap<One, { readonly with: Other; readonly result: Result }>()
  return (one, other) => {
    const known = computed.get(one)
    if (known?.with === other) return known.result
    const result = compute(one, other)
    computed.set(one, { with: other, result })
    return result
  }
}
