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

/** Caches the result of a function for an object that never changes, a view for example, which many rules ask the same of. */
export function oncePerObject<One extends object, Result>(compute: (one: One) => Result): (one: One) => Result {
  const computed = new WeakMap<One, { readonly result: Result }>()
  return (one) => {
    const known = computed.get(one) ?? { result: compute(one) }
    computed.set(one, known)
    return known.result
  }
}
