import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refusal } from '../../../../src/agent/refusal.ts'
import { readSnapshot } from '../../../../src/agent/snapshot/read-snapshot.ts'
import { aVolume } from '../a-volume.ts'
import { aSnapshot, at, revisionKey } from './a-snapshot.ts'
import { headBytes, pageSize } from './bbolt-pages.ts'

/** Where pages say what they hold: their heads, their first elements, and the bytes behind. */
const position = fc
  .tuple(fc.integer({ min: 0, max: at.end - 1 }), fc.oneof(fc.nat(headBytes - 1), fc.nat(200), fc.nat(pageSize - 1)))
  .map(([page, byte]) => page * pageSize + byte)
const write = fc.tuple(position, fc.oneof(fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff), fc.nat(255)))

test('whatever a database with a right checksum holds, it is read or refused', () => {
  const path = join(aVolume(), 'any.db')
  fc.assert(
    fc.property(fc.array(write, { minLength: 1, maxLength: 4 }), fc.boolean(), fc.boolean(), (writes, withFreelist, isCompacting) => {
      const notes = isCompacting ? ([['scheduledCompactRev', revisionKey(5)]] as const) : []
      const change = (database: Buffer) => {
        for (const [place, byte] of writes) database.writeUInt8(byte, place)
      }
      writeFileSync(path, aSnapshot({ withFreelist, notes, change }))
      expect(outcome(path)).toMatch(/^(read|NotASnapshot|SnapshotTruncated|SnapshotDamaged)$/)
    }),
    { numRuns: 150 },
  )
})

function outcome(path: string): string {
  try {
    readSnapshot(path)
    return 'read'
  } catch (error) {
    return error instanceof Refusal ? error.reason : String(error)
  }
}
