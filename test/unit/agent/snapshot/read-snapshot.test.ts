import { createHash } from 'node:crypto'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSnapshot } from '../../../../src/agent/snapshot/read-snapshot.ts'
import type { AgentReason } from '../../../../src/api/reasons.ts'
import { aVolume } from '../a-volume.ts'
import { aDatabase, aSnapshot, at, put, revisionKey, sealed, tombstone } from './a-snapshot.ts'
import { branchPage, elementBytes, freelistPage, headBytes, leafPage, metaPage, pageSize } from './bbolt-pages.ts'

describe('a snapshot', () => {
  test('says what it holds', () => {
    const file = aSnapshot()
    expect(read(file)).toEqual({
      size: file.length,
      sha256: sha256(file),
      bodySha256: sha256(file.subarray(0, -32)),
      revision: '7',
      lastEntry: '7',
      totalKeys: 3,
      liveKeys: 3,
      storageVersion: '3.6',
    })
  })

  test('of etcd 3.5 notes no version', () => {
    const change = (database: Buffer) => database.write('storageVersioX', database.indexOf('storageVersion'))
    expect(read(aSnapshot({ change }))).toMatchObject({ storageVersion: '3.5' })
  })

  test('may hold a list of free pages', () => {
    expect(read(aSnapshot({ withFreelist: true }))).toMatchObject({ revision: '7' })
  })

  test('is not read through a symbolic link', () => {
    const root = aVolume({ 'real.db': aSnapshot() })
    symlinkSync('real.db', join(root, 'link.db'))
    expect(() => readSnapshot(join(root, 'link.db'))).toThrow('ELOOP')
  })
})

describe('keys', () => {
  test('that were written and deleted many times are counted once, or not at all', () => {
    const records = [
      put(2, 'a'),
      put(3, 'a', { version: 2 }),
      tombstone(4, 'a'),
      put(5, 'a'),
      put(6, 'b'),
      put(6, 'c', { sub: 1 }),
      tombstone(7, 'b'),
    ]
    expect(read(aSnapshot({ records }))).toMatchObject({ revision: '7', totalKeys: 2, liveKeys: 2 })
  })

  test('are counted by their last entry up to a compaction, and by births and deaths above it', () => {
    const records = [
      put(4, 'a', { version: 3 }),
      tombstone(5, 'b'), // At the very revision of the compaction: the key is gone before it.
      put(6, 'a', { version: 4 }),
      tombstone(7, 'a'),
      put(8, 'b'),
    ]
    expect(read(aSnapshot({ records, notes: compacted(5, 5) }))).toMatchObject({ revision: '8', liveKeys: 1 })
  })

  test('are followed one by one while a compaction removes entries', () => {
    // Of `a` and `b` the first entries are gone; of `c` none.
    const records = [put(4, 'a', { version: 3 }), put(5, 'b', { version: 2 }), tombstone(6, 'b'), put(7, 'c'), put(8, 'c', { version: 2 })]
    expect(read(aSnapshot({ records, notes: compacted(2, 7) }))).toMatchObject({ totalKeys: 2, liveKeys: 2 })
    expect(read(aSnapshot({ records, notes: [['scheduledCompactRev', revisionKey(7)]] }))).toMatchObject({ liveKeys: 2 })
  })

  test('that only raise the revision after a restore are no keys of a client', () => {
    const records = [put(2, 'a'), put(3, 'b'), put(4, 'c'), [revisionKey(1_000_000_004), ''] as const, put(1_000_000_005, 'd')]
    const facts = read(aSnapshot({ records, notes: compacted(1_000_000_004, 1_000_000_004) }))
    expect(facts).toMatchObject({ revision: '1000000005', totalKeys: 5, liveKeys: 4 })
  })

  test('may have their revision from a compaction that removed the last deletion', () => {
    const records = [put(2, 'a'), put(3, 'b'), put(4, 'c')]
    expect(read(aSnapshot({ records, notes: compacted(9, 9) }))).toMatchObject({ revision: '9', lastEntry: '4', liveKeys: 3 })
  })
})

describe('a file that is no snapshot', () => {
  test.each([
    ['is empty', Buffer.alloc(0), 'the file is empty'],
    ['is random', Buffer.from(sha256(Buffer.from('1')).repeat(500)), 'does not begin like a bbolt database'],
    ['has 32 bytes', Buffer.alloc(32, 7), 'does not begin like a bbolt database'],
    ['is a tar', Buffer.concat([Buffer.from('demo/b1.db\0'), Buffer.alloc(10_240)]), 'does not begin like a bbolt database'],
    ['is a copy of a member’s database', aDatabase(), 'has no SHA-256 at its end'],
    ['is such a copy with room to grow', Buffer.concat([aDatabase(), Buffer.alloc(64 * 1024)]), 'has no SHA-256 at its end'],
    ['is the database of another program', otherDatabase(), 'it has no bucket meta'],
  ])('is refused when it %s', (_, file, message) => {
    refuses(file, 'NotASnapshot', message)
  })
})

describe('a cut snapshot', () => {
  const file = aSnapshot()
  const lengths = [
    20,
    32,
    100,
    511,
    512,
    544,
    1000,
    4096,
    4128,
    4200,
    8191,
    8192,
    8224,
    12_320,
    20_000,
    40_992,
    file.length - 33,
    file.length - 1,
  ]

  test.each(lengths)('is seen at %i bytes', (length) => {
    refuses(file.subarray(0, length), 'SnapshotTruncated', /the file has \d+ bytes, (a database has at least|its database)/)
  })

  test('without its checksum alone is taken for a copied database', () => {
    refuses(file.subarray(0, -32), 'NotASnapshot', 'has no SHA-256 at its end')
  })

  test('is seen at every length', () => {
    for (let length = 20; length < file.length; length += 331)
      expect(reasonOf(file.subarray(0, length)), `${length} bytes`).toBe('SnapshotTruncated')
  })

  test('that goes on too long is damaged', () => {
    refuses(Buffer.concat([file, Buffer.alloc(512)]), 'SnapshotDamaged', `the file has ${file.length + 512} bytes`)
  })
})

describe('a flipped bit', () => {
  const positions: readonly (readonly [string, number])[] = [
    ['the first meta page', 16 + 40],
    ['the checksum of the first meta page', 16 + 56],
    ['the magic number of the first meta page', 16],
    ['the second meta page', pageSize + 16 + 48],
    ['a branch', at.branch * pageSize + 8],
    ['the head of a leaf', at.leaf * pageSize + 10],
    ['the place of an element', at.leaf * pageSize + headBytes + 4],
    ['a value', (at.large + 1) * pageSize + 50],
    ['a page that is not in use', at.free * pageSize + 7],
    ['the checksum', at.end * pageSize + 3],
  ]

  test.each(positions)('is seen in %s', (_, position) => {
    const file = aSnapshot()
    file[position] = (file[position] ?? 0) ^ 1
    expect(reasonOf(file)).toBe('SnapshotDamaged')
  })

  test('is seen wherever it is', () => {
    const file = aSnapshot()
    for (let position = 0; position < file.length; position += 331) {
      file[position] = (file[position] ?? 0) ^ 0x10
      expect(reasonOf(file), `byte ${position}`).toBe('SnapshotDamaged')
      file[position] = (file[position] ?? 0) ^ 0x10
    }
  })

  test('in a value is seen by the checksum alone', () => {
    const file = aSnapshot()
    const position = (at.large + 1) * pageSize + 50
    file[position] = (file[position] ?? 0) ^ 1
    const [body, trailer] = [sha256(file.subarray(0, -32)), file.subarray(-32).toString('hex')]
    refuses(file, 'SnapshotDamaged', `the SHA-256 of the database is ${body}, the file's last 32 bytes say ${trailer}`)
  })

  test('in a page is said with the page', () => {
    const file = aSnapshot()
    file[at.leaf * pageSize] = 99
    refuses(file, 'SnapshotDamaged', /last 32 bytes say [0-9a-f]+; page 4 of the database: it says that it is page 99/)
  })

  test('in both meta pages leaves nothing to begin with', () => {
    const file = aSnapshot()
    file[16 + 40] = 1
    file[pageSize + 16 + 40] = 1
    refuses(file, 'SnapshotDamaged', /page 0 of the database, a meta page: its checksum is [0-9a-f]+, it says [0-9a-f]+/)
  })
})

describe('a database with a right checksum and wrong pages', () => {
  const pageAt = (page: number, bytes = 0) => page * pageSize + bytes
  const damages: readonly (readonly [string, string, (database: Buffer) => void])[] = [
    ['a version that is not 2', 'page 0 of the database, a meta page: version 3 instead of 2', (db) => db.writeUInt32LE(3, 20)],
    [
      'another page size in one meta page',
      'page 1 of the database, a meta page: its magic number is missing',
      (db) => metaPage(0, { root: at.root, end: at.end, transaction: 12, pageSize: 8192 }).copy(db),
    ],
    [
      'no possible page size',
      'a page size of 4000 bytes',
      (db) => metaPage(0, { root: at.root, end: at.end, transaction: 12, pageSize: 4000 }).copy(db),
    ],
    ['a root outside', 'the root bucket on page 99 of 11', (db) => metaPage(0, { root: 99, end: at.end, transaction: 12 }).copy(db)],
    ['another number on a page', 'page 4 of the database: it says that it is page 5', (db) => db.writeUInt8(5, pageAt(at.leaf))],
    ['a page of no kind', 'page 4 of the database: flags 0x3, neither', (db) => db.writeUInt16LE(3, pageAt(at.leaf, 8))],
    [
      'too many elements',
      "page 4 of the database: 9999 elements don't fit into 4096 bytes",
      (db) => db.writeUInt16LE(9999, pageAt(at.leaf, 10)),
    ],
    [
      'an overflow beyond the end',
      'page 4 of the database: it and 4294967295 pages',
      (db) => db.writeUInt32LE(0xffff_ffff, pageAt(at.leaf, 12)),
    ],
    ['an overflow into the next page', 'page 5 of the database: it is used twice', (db) => db.writeUInt32LE(1, pageAt(at.leaf, 12))],
    [
      'a key outside of its page',
      'page 4 of the database: element 0 takes',
      (db) => db.writeUInt32LE(5000, pageAt(at.leaf, headBytes + 4)),
    ],
    ['a key among the elements', 'page 4 of the database: element 0 takes', (db) => db.writeUInt32LE(8, pageAt(at.leaf, headBytes + 4))],
    [
      'an empty key',
      'page 4 of the database: the key of element 0 has 0 bytes',
      (db) => db.writeUInt32LE(0, pageAt(at.leaf, headBytes + 8)),
    ],
    ['a giant value', 'page 4 of the database: element 0 takes', (db) => db.writeUInt32LE(0xffff_ffff, pageAt(at.leaf, headBytes + 12))],
    [
      'an unknown flag',
      'page 4 of the database: element 1 has flags 0x40',
      (db) => db.writeUInt32LE(0x40, pageAt(at.leaf, headBytes + elementBytes)),
    ],
    [
      'keys in disorder',
      'page 4 of the database: key 1 is not above',
      (db) => leafPage(at.leaf, [put(3, 'b'), put(2, 'a')]).copy(db, pageAt(at.leaf)),
    ],
    [
      'a key twice',
      'page 4 of the database: key 1 is not above',
      (db) => leafPage(at.leaf, [put(2, 'a'), put(2, 'b')]).copy(db, pageAt(at.leaf)),
    ],
    [
      'a leaf that overlaps the next',
      'page 3 of the database: key 1 is not above',
      (db) => leafPage(at.leaf, [put(2, 'a'), put(5, 'b')]).copy(db, pageAt(at.leaf)),
    ],
    [
      'a leaf below its branch',
      'page 4 of the database: its first key is below',
      (db) => leafPage(at.leaf, [put(1, 'a')]).copy(db, pageAt(at.leaf)),
    ],
    [
      'a branch without children',
      'page 3 of the database: a branch without elements',
      (db) => branchPage(at.branch, []).copy(db, pageAt(at.branch)),
    ],
    [
      'a circle',
      'page 3 of the database: it is used twice',
      (db) => branchPage(at.branch, [[revisionKey(2), at.branch]]).copy(db, pageAt(at.branch)),
    ],
    [
      'a child outside',
      'page 4096 of the database: a bucket uses it, but the pages are 2 to 10',
      (db) => branchPage(at.branch, [[revisionKey(2), 4096]]).copy(db, pageAt(at.branch)),
    ],
    [
      'an entry under no revision',
      'page 4 of the database: an entry of etcd is not under a revision',
      (db) => leafPage(at.leaf, [[revisionKey(2).fill('x', 8), '']]).copy(db, pageAt(at.leaf)),
    ],
    [
      'an entry that is no KeyValue',
      'page 4 of the database: an entry of etcd is not a KeyValue',
      (db) => leafPage(at.leaf, [[revisionKey(2), 'xyz']]).copy(db, pageAt(at.leaf)),
    ],
    [
      'a KeyValue that is cut',
      'page 4 of the database: an entry of etcd is not a KeyValue',
      (db) => leafPage(at.leaf, [[revisionKey(2), Buffer.from([0x0a, 0xff])]]).copy(db, pageAt(at.leaf)),
    ],
  ]

  test.each(damages)('is refused: %s', (_, message, change) => {
    refuses(aSnapshot({ change }), 'SnapshotDamaged', message)
  })

  test('is refused: a page of many pieces that says it is full of elements', () => {
    const large = leafPage(at.root, [['key', 'x'.repeat(2 ** 21)]])
    large.writeUInt16LE(0xffff, 10)
    const end = at.root + large.length / pageSize
    const metas = [0, 1].map((id) => metaPage(id, { root: at.root, end, transaction: 12 - id }))
    refuses(sealed(Buffer.concat([...metas, large])), 'SnapshotDamaged', "page 2 of the database: 65535 elements don't fit")
  })

  const lists: readonly (readonly [string, string, Buffer])[] = [
    ['a page that is used', 'page 4 of the database: it is used, but listed as free', freelistPage(at.freelist, [at.leaf, at.free])],
    ['a page twice', 'page 9 of the database: it lists page 10 as free twice', freelistPage(at.freelist, [at.free, at.free])],
    ['a page outside', 'page 9 of the database: it lists page 77 of 11 as free', freelistPage(at.freelist, [77])],
    ['not all that are free', 'page 10 of the database: it is neither used nor listed as free', freelistPage(at.freelist, [])],
    ['more pages than fit', "page 9 of the database: 65534 free pages don't fit", endless(0xfffe)],
    ['more pages than there can be', "page 9 of the database: 18446744073709552000 free pages don't fit", endless(0xffff)],
    ['nothing, being a leaf', 'page 9 of the database: flags 0x2 instead', leafPage(at.freelist, [])],
  ]

  test.each(lists)('is refused: a list of free pages that names %s', (_, message, page) => {
    refuses(aSnapshot({ withFreelist: true, change: (db) => page.copy(db, pageAt(at.freelist)) }), 'SnapshotDamaged', message)
  })
})

function read(file: Buffer) {
  return readSnapshot(join(aVolume({ 'b1.db': file }), 'b1.db'))
}

function refuses(file: Buffer, reason: AgentReason, message: string | RegExp): void {
  const expected = typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message)
  expect(() => read(file)).toThrow(expect.objectContaining({ reason, message: expected }))
}

function reasonOf(file: Buffer): unknown {
  try {
    return read(file)
  } catch (error) {
    return error instanceof Error && 'reason' in error ? error.reason : error
  }
}

function compacted(finished: number, scheduled: number) {
  return [
    ['finishedCompactRev', revisionKey(finished)],
    ['scheduledCompactRev', revisionKey(scheduled)],
  ] as const
}

function otherDatabase(): Buffer {
  return sealed(aDatabase({ change: (db) => leafPage(at.root, []).copy(db, at.root * pageSize) }))
}

function endless(count: number): Buffer {
  const page = freelistPage(at.freelist, [])
  page.writeUInt16LE(count, 10)
  page.fill(0xff, headBytes)
  return page
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
