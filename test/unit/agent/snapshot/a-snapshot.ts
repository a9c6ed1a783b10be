import { createHash } from 'node:crypto'
import { branchPage, bucketAt, freelistPage, inlineBucket, type LeafEntry, leafPage, metaPage, pageSize } from './bbolt-pages.ts'

/** The pages of `aSnapshot`. */
export const at = { root: 2, branch: 3, leaf: 4, lastLeaf: 5, large: 6, members: 8, freelist: 9, free: 10, end: 11 } as const

interface Options {
  /** In the order of their revisions. Cut into the pages `leaf`, `lastLeaf` and `large`. */
  readonly records?: readonly LeafEntry[]
  /** Of the bucket `meta`. */
  readonly notes?: readonly LeafEntry[]
  /** Of the buckets `alarm` and `auth`, which stand before the others. */
  readonly alarms?: readonly LeafEntry[]
  readonly auth?: readonly LeafEntry[]
  /** Whether the list of free pages is stored, which etcd doesn't. */
  readonly withFreelist?: boolean
  /** Pages to put in place of others, or bytes to change, before the checksum is made. */
  readonly change?: (database: Buffer) => void
}

const someRecords = [
  put(2, 'a'),
  put(3, 'b'),
  put(4, 'a', { version: 2 }),
  tombstone(5, 'b'),
  put(6, 'c', { value: 'x'.repeat(4200) }),
  put(7, 'd'),
]

/** A small snapshot as etcd 3.6 sends it: a branch, leaves, one of them with a value that goes on over two pages, buckets inline. */
export function aSnapshot(options: Options = {}): Buffer {
  return sealed(aDatabase(options))
}

export function aDatabase(options: Options = {}): Buffer {
  const { records = someRecords, notes = [], alarms = [], auth = [], withFreelist = false, change = () => {} } = options
  const [first, second, third] = [records.slice(0, 2), records.slice(2, 4), records.slice(4)]
  const freelist = withFreelist ? { freelist: at.freelist } : {}
  const database = Buffer.concat([
    metaPage(0, { root: at.root, end: at.end, transaction: 12, ...freelist }),
    metaPage(1, { root: at.root, end: at.end, transaction: 11, ...freelist }),
    leafPage(at.root, [
      ['alarm', inlineBucket(alarms), 'bucket'],
      ['auth', inlineBucket(auth), 'bucket'],
      ['key', bucketAt(at.branch), 'bucket'],
      ['lease', inlineBucket([]), 'bucket'],
      ['members', bucketAt(at.members), 'bucket'],
      ['meta', inlineBucket([...notes, ['storageVersion', '3.6.0']]), 'bucket'],
    ]),
    branchPage(at.branch, [
      [first[0]?.[0] ?? 'a', at.leaf],
      [second[0]?.[0] ?? 'b', at.lastLeaf],
      [third[0]?.[0] ?? 'c', at.large],
    ]),
    leafPage(at.leaf, first),
    leafPage(at.lastLeaf, second),
    large(third),
    leafPage(at.members, [['8e9e05c52164694d', '{"id":1}']]),
    withFreelist ? freelistPage(at.freelist, [at.free]) : Buffer.alloc(pageSize),
    Buffer.alloc(pageSize),
  ])
  change(database)
  return database
}

/** With the SHA-256 that makes it a snapshot. */
export function sealed(database: Buffer): Buffer {
  return Buffer.concat([database, createHash('sha256').update(database).digest()])
}

/** An entry of bucket `key`: a write, in the words of mvcc.proto's KeyValue. */
export function put(revision: number, key: string, { version = 1, value = 'v', sub = 0 } = {}): LeafEntry {
  const text = Buffer.from(value)
  return [
    revisionKey(revision, sub),
    Buffer.concat([
      Buffer.from([0x0a, key.length]),
      Buffer.from(key),
      Buffer.from([0x10, ...varint(revision), 0x18, ...varint(revision), 0x20, ...varint(version), 0x2a, ...varint(text.length)]),
      text,
    ]),
  ]
}

/** A deletion. */
export function tombstone(revision: number, key: string, sub = 0): LeafEntry {
  return [Buffer.concat([revisionKey(revision, sub), Buffer.from('t')]), Buffer.concat([Buffer.from([0x0a, key.length]), Buffer.from(key)])]
}

export function revisionKey(revision: number, sub = 0): Buffer {
  const key = Buffer.alloc(17)
  key.writeBigUInt64BE(BigInt(revision), 0)
  key.write('_', 8)
  key.writeBigUInt64BE(BigInt(sub), 9)
  return key
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))]
}

/** Always two pages, so that every page keeps its number. */
function large(records: readonly LeafEntry[]): Buffer {
  const page = leafPage(at.large, records)
  if (page.length > 2 * pageSize) throw new Error('too large for two pages')
  if (page.length === pageSize) page.writeUInt32LE(1, 12)
  return Buffer.concat([page, Buffer.alloc(2 * pageSize - page.length)])
}
