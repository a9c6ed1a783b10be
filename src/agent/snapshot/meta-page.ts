import { Refusal } from '../refusal.ts'
import { readFully } from './read-fully.ts'

/** What a bbolt file says of itself in its first two pages. */
export interface Meta {
  /** Bytes. */
  readonly pageSize: number
  /** Page of the root bucket. */
  readonly root: number
  /** Page of the list of free pages; absent when it isn't stored, as etcd does. */
  readonly freelist?: number
  /** The first page beyond the last one; bbolt's high-water mark. */
  readonly end: number
}

interface MetaPage extends Meta {
  /** The number of the transaction that wrote this meta page: the meta page with the higher number counts. */
  readonly transaction: bigint
}

/** Page header 16 bytes, then magic, version, page size, flags (4 bytes each), root, sequence, freelist, end, transaction, checksum (8 each). */
const headerBytes = 16
const metaBytes = 64
const magic = 0xed0cdaed
const version = 2
const noFreelist = 0xffff_ffff_ffff_ffffn
const noMagic = 'its magic number is missing'
const [smallestPage, largestPage] = [1024, 64 * 1024]

/**
 * Reads both meta pages. bbolt writes them in turn, so in a live file one of them may be half written; in a snapshot both are good.
 *
 * @throws Refusal `NotASnapshot` when neither page looks like a meta page, `SnapshotTruncated`, `SnapshotDamaged`
 */
export function readMeta(fd: number, fileBytes: number, need: 'both' | 'either'): Meta {
  const first = readMetaPage(fd, fileBytes, 0)
  const second = typeof first === 'object' ? readMetaPage(fd, fileBytes, first.pageSize) : findSecond(fd, fileBytes)
  if (typeof first === 'object') {
    if (typeof second === 'object') return first.transaction > second.transaction ? first : second
    if (need === 'either') return first
    throw fileBytes < 2 * first.pageSize ? cut(fileBytes, first) : badMeta(1, second)
  }
  if (typeof second === 'object') {
    if (need === 'either') return second
    throw badMeta(0, first)
  }
  if (first === noMagic) throw new Refusal('NotASnapshot', 'the file is not an etcd snapshot: it does not begin like a bbolt database')
  throw fileBytes < smallestPage ? cut(fileBytes) : badMeta(0, first)
}

/** Looks for the second meta page at every possible offset: the page size is unknown when the first meta page is bad. */
function findSecond(fd: number, fileBytes: number): MetaPage | string {
  for (let pageSize = smallestPage; pageSize <= largestPage; pageSize *= 2) {
    const found = readMetaPage(fd, fileBytes, pageSize)
    if (typeof found === 'object' && found.pageSize === pageSize) return found
  }
  return noMagic
}

/** The page at this byte, or what is wrong with it. */
function readMetaPage(fd: number, fileBytes: number, position: number): MetaPage | string {
  const page = new DataView(new ArrayBuffer(headerBytes + metaBytes))
  const there = Math.max(0, Math.min(page.byteLength, fileBytes - position))
  readFully(fd, new Uint8Array(page.buffer), 0, there, position)

  if (page.getUint32(headerBytes, true) !== magic) return noMagic
  if (there < page.byteLength) return `only ${there} bytes of it are there`
  const found = page.getUint32(headerBytes + 4, true)
  if (found !== version) return `version ${found} instead of ${version}`
  const [said, computed] = [page.getBigUint64(headerBytes + 56, true), fnv64a(new Uint8Array(page.buffer, headerBytes, 56))]
  if (said !== computed) return `its checksum is ${computed.toString(16)}, it says ${said.toString(16)}`
  return judge(page)
}

function judge(page: DataView): MetaPage | string {
  const u64 = (at: number) => page.getBigUint64(headerBytes + at, true)
  const pageSize = page.getUint32(headerBytes + 8, true)
  const [root, freelist, end] = [Number(u64(16)), u64(32), Number(u64(40))]
  if (pageSize < smallestPage || pageSize > largestPage || (pageSize & (pageSize - 1)) !== 0) return `a page size of ${pageSize} bytes`
  if (!Number.isSafeInteger(end * pageSize)) return `${end} pages`
  if (root < 2 || root >= end) return `the root bucket on page ${root} of ${end}`
  if (freelist !== noFreelist && (freelist < 2n || freelist >= BigInt(end))) return `the list of free pages on page ${freelist} of ${end}`
  return { pageSize, root, end, transaction: u64(48), ...(freelist === noFreelist ? {} : { freelist: Number(freelist) }) }
}

/** As bbolt computes it over the fields before it. */
function fnv64a(bytes: Uint8Array): bigint {
  return bytes.reduce((hash, byte) => ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn, 0xcbf29ce484222325n)
}

function badMeta(page: number, what: string): Refusal {
  return new Refusal('SnapshotDamaged', `page ${page} of the database, a meta page: ${what}`)
}

function cut(fileBytes: number, meta?: Meta): Refusal {
  const said = meta === undefined ? 'a database has at least four pages' : `its database has ${meta.end * meta.pageSize}`
  return new Refusal('SnapshotTruncated', `the file has ${fileBytes} bytes, ${said}`)
}
