/**
 * Computes a value once for each immutable part of a world: most of a world stays the same object when something else in it
 * changes. `compute` may depend on nothing but the part.
 */
export function oncePer<K extends object, V>(compute: (part: K) => V): (part: K) => V {
  const values = new WeakMap<K, V>()
  return (part) => {
    let value = values.get(part)
    if (value === undefined) {
      value = compute(part)
      values.set(part, value)
    }
    return value
  }
}
