/** Pages of a bbolt file, written by hand. */

export const pageSize = 4096
/** Bytes of a page's head, and of each element's head behind it. */
export const [headBytes, elementBytes] = [16, 16]
export const noFreelist = 0xffff_ffff_ffff_ffffn

export type LeafEntry = readonly [key: Buffer | string, value: Buffer | string, isBucket?: 'bucket']

/** Large entries take the page beyond its first `pageSize` bytes. */
export function leafPage(id: number, entries: readonly LeafEntry[]): Buffer {
  return wholePages(id, 0x02, entries.length, leafElements(entries))
}

export function branchPage(id: number, children: readonly (readonly [key: Buffer | string, page: number])[]): Buffer {
  const keys = children.map(([key]) => Buffer.from(key))
  const heads = children.map(([, page], index) => {
    const head = Buffer.alloc(elementBytes)
    head.writeUInt32LE(children.length * elementBytes - index * elementBytes + sum(keys.slice(0, index)), 0)
    head.writeUInt32LE(keys[index]?.length ?? 0, 4)
    head.writeBigUInt64LE(BigInt(page), 8)
    return head
  })
  return wholePages(id, 0x01, children.length, Buffer.concat([...heads, ...keys]))
}

export function freelistPage(id: number, free: readonly number[]): Buffer {
  const ids = free.map((page) => u64le(page))
  if (free.length < 0xffff) return wholePages(id, 0x10, free.length, Buffer.concat(ids))
  return wholePages(id, 0x10, 0xffff, Buffer.concat([u64le(free.length), ...ids]))
}

export function metaPage(
  id: number,
  fields: { root: number; freelist?: number; end: number; transaction: number; pageSize?: number },
): Buffer {
  const body = Buffer.alloc(64)
  body.writeUInt32LE(0xed0cdaed, 0)
  body.writeUInt32LE(2, 4)
  body.writeUInt32LE(fields.pageSize ?? pageSize, 8)
  body.writeBigUInt64LE(BigInt(fields.root), 16)
  body.writeBigUInt64LE(fields.freelist === undefined ? noFreelist : BigInt(fields.freelist), 32)
  body.writeBigUInt64LE(BigInt(fields.end), 40)
  body.writeBigUInt64LE(BigInt(fields.transaction), 48)
  body.writeBigUInt64LE(fnv64a(body.subarray(0, 56)), 56)
  return wholePages(id, 0x04, 0, body)
}

/** The value under which a bucket stands in its parent. */
export function bucketAt(root: number): Buffer {
  return Buffer.concat([u64le(root), u64le(0)])
}

/** A small bucket stands in its parent whole. */
export function inlineBucket(entries: readonly LeafEntry[]): Buffer {
  return Buffer.concat([bucketAt(0), pageHead(0, 0x02, entries.length, 0), leafElements(entries)])
}

function leafElements(entries: readonly LeafEntry[]): Buffer {
  const data = entries.map(([key, value]) => Buffer.concat([Buffer.from(key), Buffer.from(value)]))
  const heads = entries.map(([key, value, isBucket], index) => {
    const head = Buffer.alloc(elementBytes)
    head.writeUInt32LE(isBucket === undefined ? 0 : 1, 0)
    head.writeUInt32LE((entries.length - index) * elementBytes + sum(data.slice(0, index)), 4)
    head.writeUInt32LE(Buffer.from(key).length, 8)
    head.writeUInt32LE(Buffer.from(value).length, 12)
    return head
  })
  return Buffer.concat([...heads, ...data])
}

function wholePages(id: number, kind: number, count: number, body: Buffer): Buffer {
  const pages = Math.ceil((headBytes + body.length) / pageSize)
  const page = Buffer.alloc(pages * pageSize)
  pageHead(id, kind, count, pages - 1).copy(page)
  body.copy(page, headBytes)
  return page
}

function pageHead(id: number, kind: number, count: number, overflow: number): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeBigUInt64LE(BigInt(id), 0)
  head.writeUInt16LE(kind, 8)
  head.writeUInt16LE(count, 10)
  head.writeUInt32LE(overflow, 12)
  return head
}

function fnv64a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn
  return hash
}

function u64le(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function sum(buffers: readonly Buffer[]): number {
  return buffers.reduce((bytes, buffer) => bytes + buffer.length, 0)
}
