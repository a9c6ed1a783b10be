/**
 * Caches the result of a function for two objects, for as long as both are in memory. Objects never change: a new version from the API
 * server is a new object. So a pass over an unchanged cluster finds the result of the pass before.
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
