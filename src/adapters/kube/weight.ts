/**
 * Estimates how many bytes of memory JSON takes once it is parsed: every object, list and value takes far more than its text, so that
 * 1.3 MB of `{},{},{}` become 28 MB.
 */
const valueBytes = 32
const [comma, brace, bracket] = [0x2c, 0x7b, 0x5b]

/** Adds up the weight of JSON that arrives in pieces; returns what has arrived so far. */
export function weigher(): (piece: Uint8Array) => number {
  let weight = 0
  return (piece) => {
    let values = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]
      if (byte === comma || byte === brace || byte === bracket) values++
    }
    weight += piece.length + values * valueBytes
    return weight
  }
}

/** Whether a parsed value takes more than `maxBytes` of memory; stops counting there. */
export function isHeavier(value: unknown, maxBytes: number): boolean {
  // Without recursion: a deeply nested value would overflow the stack.
  const rest: unknown[] = [value]
  let weight = 0
  while (rest.length > 0 && weight <= maxBytes) {
    const next = rest.pop()
    weight += valueBytes
    if (typeof next === 'string') weight += next.length
    if (typeof next !== 'object' || next === null) continue
    for (const [key, inner] of Object.entries(next)) {
      weight += Array.isArray(next) ? 0 : key.length
      rest.push(inner)
    }
  }
  return weight > maxBytes
}
