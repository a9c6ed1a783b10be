import type { Meta } from './meta-page.ts'
import { readFully } from './read-fully.ts'

/** Reads pages. When they are asked for in order, as etcd mostly stores them, one read fetches many pages. */
export interface PageSource {
  readonly pageSize: number
  /** Fills the beginning of `into` with the page. */
  readPage(page: number, into: Uint8Array): void
  /** Reads bytes at any position of the file. */
  readBytes(position: number, into: Uint8Array, at: number, bytes: number): void
}

const aheadBytes = 128 * 1024

export function pageSource(fd: number, { pageSize, end }: Meta): PageSource {
  const ahead = Buffer.alloc(aheadBytes)
  const fits = aheadBytes / pageSize
  let first = 0
  let beyond = 0
  let next = 0

  return {
    pageSize,
    readPage(page, into) {
      if (page < first || page >= beyond) {
        first = page
        beyond = Math.min(end, page + (page === next ? fits : 1))
        readFully(fd, ahead, 0, (beyond - first) * pageSize, first * pageSize)
      }
      next = page + 1
      const at = (page - first) * pageSize
      ahead.copy(into, 0, at, at + pageSize)
    },
    readBytes: (position, into, at, bytes) => readFully(fd, into, at, bytes, position),
  }
}
