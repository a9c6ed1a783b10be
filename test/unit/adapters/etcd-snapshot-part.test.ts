import { describe, expect, test } from 'vitest'
import { readSnapshotPart } from '../../../src/adapters/etcd/snapshot-part.ts'

/** A header (field 1) with a member's ID, remaining_bytes 300, a blob, the version that 3.6 sends. */
const message = Buffer.concat([
  Buffer.from([0x0a, 0x0a, 0x10, ...Array.from({ length: 8 }, () => 0xff), 0x7f]),
  Buffer.from([0x10, 0xac, 0x02]),
  Buffer.from([0x1a, 0x04]),
  Buffer.from('blob'),
  Buffer.from([0x22, 0x05]),
  Buffer.from('3.6.0'),
])

describe("a snapshot's message", () => {
  test('is read without copying the blob', () => {
    const part = readSnapshotPart(message)
    expect(part).toEqual({ remaining: 300, blob: Buffer.from('blob') })
    expect(part.blob.buffer).toBe(message.buffer)
  })

  test('may say nothing at all', () => {
    expect(readSnapshotPart(Buffer.alloc(0))).toEqual({ remaining: 0, blob: Buffer.alloc(0) })
  })

  test('counts beyond 32 bits', () => {
    expect(readSnapshotPart(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x40])).remaining).toBe(2 ** 34)
  })

  test('may hold fields of any wire type that nobody knows', () => {
    const unknown = Buffer.from([0x29, 1, 2, 3, 4, 5, 6, 7, 8, 0x35, 1, 2, 3, 4])
    expect(readSnapshotPart(Buffer.concat([unknown, message])).remaining).toBe(300)
  })

  test.each([
    ['a blob that ends after the message', [0x1a, 0x05, 1]],
    ['a number that never ends', [0x10, ...Array.from({ length: 11 }, () => 0x80)]],
    ['a number that is cut off', [0x10, 0x80]],
    ['groups, which nobody writes any more', [0x0b]],
  ])('is refused with %s', (_, bytes) => {
    expect(() => readSnapshotPart(Buffer.from(bytes))).toThrow(RangeError)
  })
})
