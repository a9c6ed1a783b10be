import { describe, expect, test } from 'vitest'
import { formatVerified, parseVerified, type VerifiedSnapshot } from '../../../../src/model/restore/verified-snapshot.ts'

const verified: VerifiedSnapshot = {
  source: 'backup b1',
  claimName: 'backups',
  path: 'demo/b1.db',
  snapshot: {
    size: 40_992,
    sha256: 'a'.repeat(64),
    bodySha256: 'b'.repeat(64),
    revision: '35',
    lastEntry: '35',
    totalKeys: 29,
    liveKeys: 27,
    storageVersion: '3.6',
  },
}

test('what was written is read again', () => {
  expect(parseVerified(formatVerified(verified))).toEqual(verified)
})

test('a backup of an empty cluster is one as well', () => {
  const empty = { ...verified, snapshot: { ...verified.snapshot, revision: '0', lastEntry: '0', totalKeys: 0, liveKeys: 0 } }
  expect(parseVerified(formatVerified(empty))).toEqual(empty)
})

describe('nothing is believed of', () => {
  const snapshot = (changes: object) => JSON.stringify({ ...verified, snapshot: { ...verified.snapshot, ...changes } })
  test.each(
    Object.entries({
      'an annotation that is missing': undefined,
      'what is no JSON': '{',
      'what is no object': '[]',
      'facts without a file': JSON.stringify({ ...verified, path: '' }),
      'a hash that is none': snapshot({ bodySha256: '../..' }),
      'a revision that is no decimal number': snapshot({ revision: '0x10' }),
      'a last entry that is no decimal number': snapshot({ lastEntry: '-1' }),
      'a size that is no number': snapshot({ size: '40992' }),
      'a count below zero': snapshot({ liveKeys: -1 }),
    }),
  )('%s', (_, text) => {
    expect(parseVerified(text)).toBeUndefined()
  })
})
