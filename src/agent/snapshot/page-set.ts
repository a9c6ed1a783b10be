/** Which pages were seen: one bit a page, so that a file of any size costs little. */
export interface PageSet {
  /** False when the page was in the set already. */
  add(page: number): boolean
  has(page: number): boolean
}

export function pageSet(pages: number): PageSet {
  const bits = new Uint8Array(Math.ceil(pages / 8))
  const has = (page: number) => (((bits[page >>> 3] ?? 0) >>> (page & 7)) & 1) === 1
  return {
    has,
    add(page) {
      if (has(page)) return false
      bits[page >>> 3] = (bits[page >>> 3] ?? 0) | (1 << (page & 7))
      return true
    },
  }
}
