import { randomBytes } from 'node:crypto'

/**
 * A set of keys that keeps 64 bits of a hash per key: a million keys need 16 MiB, whatever their length. The hash has a random
 * seed, so nobody can choose keys that collide. By accident, two of a million keys collide in about one of ten million files.
 */
export interface KeySet {
  add(high: number, low: number): void
  remove(high: number, low: number): void
  clear(): void
  size(): number
}

export const maxKeys = 2 ** 20

/** Makes a set for about this many keys, at most `maxKeys`. Open addressing with linear probing; a slot of two zeros is free. */
export function keySet(keys: number): KeySet {
  // At most half full, and a power of two.
  const slots = 2 ** Math.ceil(Math.log2(2 * Math.max(512, Math.min(keys, maxKeys))))
  const mask = slots - 1
  const highs = new Uint32Array(slots)
  const lows = new Uint32Array(slots)
  let size = 0
  const isFree = (slot: number) => highs[slot] === 0 && lows[slot] === 0

  /** The slot that holds the key, or the free slot where it would be stored. */
  function find(high: number, low: number): number {
    let slot = low & mask
    while (!isFree(slot) && !(highs[slot] === high && lows[slot] === low)) slot = (slot + 1) & mask
    return slot
  }
  return {
    add(high, low) {
      const slot = find(high, low)
      if (!isFree(slot)) return
      if (size === slots - 1) throw new Error('the set of keys is full')
      highs[slot] = high
      lows[slot] = low
      size++
    },
    remove(high, low) {
      let hole = find(high, low)
      if (isFree(hole)) return
      // Later keys that linear probing would look for in this hole move up; otherwise they would not be found any more.
      for (let slot = (hole + 1) & mask; !isFree(slot); slot = (slot + 1) & mask) {
        const home = (lows[slot] ?? 0) & mask
        if (((slot - home) & mask) < ((slot - hole) & mask)) continue
        highs[hole] = highs[slot] ?? 0
        lows[hole] = lows[slot] ?? 0
        hole = slot
      }
      highs[hole] = 0
      lows[hole] = 0
      size--
    },
    clear() {
      highs.fill(0)
      lows.fill(0)
      size = 0
    },
    size: () => size,
  }
}

/** Two numbers of 32 bits that depend on every byte taken in. */
export interface KeyHash {
  reset(): void
  take(bytes: Uint8Array, at: number, length: number): void
  high(): number
  low(): number
}

export function keyHash(): KeyHash {
  const seed = new DataView(new Uint8Array(randomBytes(8)).buffer)
  const [seedHigh, seedLow] = [seed.getUint32(0), seed.getUint32(4)]
  let [one, two] = [seedHigh, seedLow]
  return {
    reset() {
      one = seedHigh
      two = seedLow
    },
    take(bytes, at, length) {
      for (let index = at; index < at + length; index++) {
        const byte = bytes[index] ?? 0
        one = Math.imul((one << 13) ^ (one >>> 19) ^ byte, 0x85eb_ca6b)
        two = Math.imul((two << 15) ^ (two >>> 17) ^ byte, 0xc2b2_ae35)
      }
    },
    high: () => mix(one ^ (two >>> 16)),
    // Never two zeros: they mark a free slot.
    low: () => mix(two ^ (one >>> 16)) || 1,
  }
}

function mix(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x7feb_352d)
  const twice = Math.imul(once ^ (once >>> 15), 0x846c_a68b)
  return (twice ^ (twice >>> 16)) >>> 0
}
