import { type KeyHash, keyHash, keySet, maxKeys } from './key-set.ts'
import { pieceBytes } from './page-memory.ts'
import { isBumpMark, isTombstone, keyOf } from './revision-record.ts'
import type { Entry } from './walk-bucket.ts'

/**
 * Counts the keys that exist after the last entry, by following each key. The count is right for every file, also when a compaction
 * had removed only some of a key's entries. Keys that don't fit into memory are counted in another round.
 *
 * @param entries how many entries there are at most
 * @param walk goes through all of them, in their order
 */
export function countOneByOne(entries: number, walk: (visit: (entry: Entry) => void) => void): number {
  const rounds = Math.max(1, Math.ceil(entries / maxKeys))
  const keys = keySet(entries)
  const hash = keyHash()
  let count = 0
  for (let round = 0; round < rounds; round++) {
    keys.clear()
    walk((entry) => {
      if (isBumpMark(entry)) return
      takeKey(hash, entry)
      const [high, low] = [hash.high(), hash.low()]
      if (high % rounds !== round) return
      if (isTombstone(entry)) keys.remove(high, low)
      else keys.add(high, low)
    })
    count += keys.size()
  }
  return count
}

function takeKey(hash: KeyHash, entry: Entry): void {
  const { at, end } = keyOf(entry)
  hash.reset()
  for (let from = at; from < end; from += pieceBytes) {
    const bytes = Math.min(pieceBytes, end - from)
    hash.take(entry.memory.bytes, entry.memory.find('value', from, bytes), bytes)
  }
}
