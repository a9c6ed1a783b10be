import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DatabaseFacts, readDatabase } from '../../../../src/agent/snapshot/read-database.ts'
import { aVolume } from '../a-volume.ts'
import { aDatabase, at, put, revisionKey } from './a-snapshot.ts'
import { type LeafEntry, pageSize } from './bbolt-pages.ts'

const bump = 1_000_000_000
const mark: LeafEntry = [revisionKey(bump + 4), '']
const scheduled = (revision: number): LeafEntry => ['scheduledCompactRev', revisionKey(revision)]

describe('a database without a checksum', () => {
  test('says what it holds', () => {
    expect(read(aDatabase())).toEqual({ revision: '7', totalKeys: 3, liveKeys: 3 })
  })

  test('may have room to grow, and one torn meta page', () => {
    const database = Buffer.concat([aDatabase(), Buffer.alloc(8 * pageSize)])
    database.fill(0, 16, 80)
    expect(read(database)).toMatchObject({ revision: '7' })
  })

  test('has no pages to spare', () => {
    expect(() => read(aDatabase().subarray(0, -pageSize))).toThrow(expect.objectContaining({ reason: 'SnapshotTruncated' }))
  })

  test('is refused when a page is damaged', () => {
    const damaged = aDatabase({ change: (database) => database.writeUInt8(5, at.leaf * pageSize) })
    expect(() => read(damaged)).toThrow(expect.objectContaining({ reason: 'SnapshotDamaged' }))
  })
})

describe('a restored database', () => {
  const records = [put(2, 'a'), put(3, 'b'), put(4, 'c')]

  test('has what the backup had, without the entry that raised the revision', () => {
    const restored = aDatabase({ records: [...records, mark], notes: [scheduled(bump + 4)] })
    expect(read(restored, bump)).toEqual({ revision: '4', totalKeys: 3, liveKeys: 3 })
  })

  test('keeps the entry of an earlier restore', () => {
    const earlier: LeafEntry = [revisionKey(3), '']
    const restored = aDatabase({ records: [put(2, 'a'), earlier, put(4, 'c'), mark], notes: [scheduled(bump + 4)] })
    expect(read(restored, bump)).toEqual({ revision: '4', totalKeys: 3, liveKeys: 2 })
  })

  test('has the revision of a compaction that removed the last deletion', () => {
    const notes: readonly LeafEntry[] = [['finishedCompactRev', revisionKey(6)], scheduled(bump + 4)]
    expect(read(aDatabase({ records: [...records, mark], notes }), bump)).toMatchObject({ revision: '6', liveKeys: 3 })
  })

  test.each([
    ['whose revision was not raised', { records, notes: [] }],
    ['that is not marked as compacted', { records: [...records, mark], notes: [] }],
    ['that somebody wrote to', { records: [...records, mark, put(bump + 5, 'd')], notes: [scheduled(bump + 4)] }],
  ])('is refused: one %s', (_, options) => {
    expect(() => read(aDatabase(options), bump)).toThrow(expect.objectContaining({ reason: 'RestoredDataDiffers' }))
  })
})

function read(database: Buffer, raisedBy?: number): DatabaseFacts {
  return readDatabase(join(aVolume({ db: database }), 'db'), raisedBy)
}
