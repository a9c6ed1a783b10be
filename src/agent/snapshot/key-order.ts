/** A key somewhere in memory. */
export interface KeyPlace {
  readonly bytes: Uint8Array
  readonly at: number
  readonly length: number
}

/** A copy of a key, kept when the memory of its page is reused for the next page. */
export interface KeptKey extends KeyPlace {
  keep(bytes: Uint8Array, at: number, length: number): void
}

export function keptKey(maxBytes: number): KeptKey {
  const kept = new Uint8Array(maxBytes)
  let keptLength = 0
  return {
    bytes: kept,
    at: 0,
    get length() {
      return keptLength
    },
    keep(bytes, at, length) {
      for (let index = 0; index < length; index++) kept[index] = bytes[at + index] ?? 0
      keptLength = length
    },
  }
}

/** Byte by byte, as bbolt orders keys: negative when `key` is below the bytes given, 0 when it is equal. */
export function compareKey(key: KeyPlace, bytes: Uint8Array, at: number, length: number): number {
  const shared = Math.min(key.length, length)
  for (let index = 0; index < shared; index++) {
    const difference = (key.bytes[key.at + index] ?? 0) - (bytes[at + index] ?? 0)
    if (difference !== 0) return difference
  }
  return key.length - length
}
