import { damagedPage } from './damage.ts'
import type { Meta } from './meta-page.ts'
import { type PageSet, pageSet } from './page-set.ts'
import { type PageSource, pageSource } from './page-source.ts'

/** The pages of a database, and which of them were met on the way through it. */
export interface Pages {
  readonly source: PageSource
  readonly meta: Meta
  readonly reached: PageSet
  /** The pages in the list of free pages; absent when no list is stored. */
  readonly free?: PageSet
}

/** The head of every page: its number, what it holds, how many elements, and how many pages follow that belong to it. */
export interface PageHeader {
  readonly page: number
  readonly kind: number
  readonly count: number
  readonly overflow: number
}

export const pageHeaderBytes = 16
export const kind = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const

/** @throws Refusal `SnapshotDamaged` */
export function openPages(fd: number, meta: Meta): Pages {
  const reached = pageSet(meta.end)
  reached.add(0)
  reached.add(1)
  const pages = { source: pageSource(fd, meta), meta, reached }
  return meta.freelist === undefined ? pages : { ...pages, free: readFreelist(pages, meta.freelist) }
}

/** Reads the head of a page and notes the page and its overflow pages as used. A page that is used twice is refused, so no walk goes in a circle. */
export function claimPage({ meta, reached, free }: Pages, view: DataView, page: number): PageHeader {
  const header = { page: u64(view, 0), kind: view.getUint16(8, true), count: view.getUint16(10, true), overflow: view.getUint32(12, true) }
  if (header.page !== page) throw damagedPage(page, `it says that it is page ${header.page}`)
  if (page + header.overflow >= meta.end)
    throw damagedPage(page, `it and ${header.overflow} pages that belong to it reach beyond the last page, ${meta.end - 1}`)
  for (let each = page; each <= page + header.overflow; each++) {
    if (!reached.add(each)) throw damagedPage(each, 'it is used twice')
    if (free?.has(each)) throw damagedPage(each, 'it is used, but listed as free')
  }
  return header
}

/** If the file stores a list of free pages, every page must be either used or in that list. */
export function checkAllAccounted({ meta, reached, free }: Pages): void {
  if (free === undefined) return
  for (let page = 0; page < meta.end; page++)
    if (!reached.has(page) && !free.has(page)) throw damagedPage(page, 'it is neither used nor listed as free')
}

/** A number of 8 bytes; beyond 2^53 only roughly, which is beyond every page and revision. */
export function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

/** The header's count has 16 bits: with 65535 or more free pages their number stands before the list. */
const countFollows = 0xffff

function readFreelist(pages: Pages, page: number): PageSet {
  const { source, meta } = pages
  const start = page * meta.pageSize
  const view = new DataView(new ArrayBuffer(meta.pageSize))
  const load = (position: number, bytes: number) => source.readBytes(position, new Uint8Array(view.buffer), 0, bytes)
  load(start, meta.pageSize)
  const header = claimPage(pages, view, page)
  if (header.kind !== kind.freelist) throw damagedPage(page, `flags 0x${header.kind.toString(16)} instead of a list of free pages`)

  const isLong = header.count === countFollows
  const first = pageHeaderBytes + (isLong ? 8 : 0)
  const count = isLong ? u64(view, pageHeaderBytes) : header.count
  const room = (header.overflow + 1) * meta.pageSize
  if (first + count * 8 > room) throw damagedPage(page, `${count} free pages don't fit into ${room} bytes`)

  const free = pageSet(meta.end)
  for (let index = 0; index < count; ) {
    const position = first + index * 8
    const here = Math.min(count - index, Math.floor(meta.pageSize / 8))
    load(start + position, here * 8)
    for (let each = 0; each < here; each++) addFree(free, u64(view, each * 8), page, meta)
    index += here
  }
  return free
}

function addFree(free: PageSet, id: number, page: number, meta: Meta): void {
  if (id < 2 || id >= meta.end) throw damagedPage(page, `it lists page ${id} of ${meta.end} as free`)
  if (!free.add(id)) throw damagedPage(page, `it lists page ${id} as free twice`)
}
