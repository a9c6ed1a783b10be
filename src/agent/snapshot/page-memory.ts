import type { PageSource } from './page-source.ts'

/**
 * Memory for one page at a time, reused for the next page. A page with large values has many overflow pages: only the beginning
 * of them is kept in memory, and the rest is read piece by piece.
 */
export interface PageMemory {
  /** The page, from byte 0 on. */
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Reads this page of the file. */
  load(page: number): void
  /** Reads on, for a page that has this many bytes in all. */
  extend(totalBytes: number): void
  /** Takes a page that is stored inside another one. */
  take(page: Uint8Array): void
  /** Where in `bytes` these bytes of the page are; at most `pieceBytes`, and until the next call with the same slot. */
  find(slot: 'key' | 'value', at: number, bytes: number): number
}

/** bbolt allows keys up to 32 KiB. */
export const pieceBytes = 32 * 1024
/** Bytes of a page that are kept in memory, from its beginning. */
export const maxHeldBytes = 256 * 1024

export function pageMemory(source: PageSource): PageMemory {
  const { pageSize } = source
  let held = 0
  let start = 0
  let room = pageSize
  let memory = memoryOf(room)

  function hold(bytes: number): void {
    if (bytes <= room) return
    const before = memory.bytes
    room = Math.min(maxHeldBytes, Math.max(bytes, 2 * room))
    memory = memoryOf(room)
    memory.bytes.set(before.subarray(0, held))
  }
  return {
    get bytes() {
      return memory.bytes
    },
    get view() {
      return memory.view
    },
    load(page) {
      start = page * pageSize
      held = pageSize
      source.readPage(page, memory.bytes)
    },
    extend(totalBytes) {
      const wanted = Math.min(maxHeldBytes, totalBytes)
      hold(wanted)
      source.readBytes(start + held, memory.bytes, held, wanted - held)
      held = wanted
    },
    take(page) {
      held = 0
      hold(page.length)
      memory.bytes.set(page)
      held = page.length
    },
    find(slot, at, bytes) {
      if (at + bytes <= held) return at
      const place = room + (slot === 'key' ? 0 : pieceBytes)
      source.readBytes(start + at, memory.bytes, place, bytes)
      return place
    },
  }
}

/** After the page there is room for two pieces, one per slot, that are read from the rest of the page. */
function memoryOf(room: number): Pick<PageMemory, 'bytes' | 'view'> {
  const bytes = new Uint8Array(room + 2 * pieceBytes)
  return { bytes, view: new DataView(bytes.buffer) }
}
