import { closeSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { countOneByOne } from '../../../../src/agent/snapshot/count-one-by-one.ts'
import { maxKeys } from '../../../../src/agent/snapshot/key-set.ts'
import { readMeta } from '../../../../src/agent/snapshot/meta-page.ts'
import { openPages } from '../../../../src/agent/snapshot/pages.ts'
import { type Entry, walkBucket } from '../../../../src/agent/snapshot/walk-bucket.ts'
import { aVolume } from '../a-volume.ts'
import { aDatabase, at, put, tombstone } from './a-snapshot.ts'
import type { LeafEntry } from './bbolt-pages.ts'

test.each([1, 2, 7])('keys are counted the same in %i rounds', (rounds) => {
  const records = [
    put(2, 'a'),
    put(3, 'b'),
    put(4, 'c'),
    tombstone(5, 'b'),
    ...Array.from({ length: 40 }, (_, index) => put(6 + index, `key-${index % 20}`)),
    tombstone(50, 'key-7'),
    tombstone(51, 'never'),
  ]
  expect(countOneByOne(rounds * maxKeys, entriesOf(records))).toBe(21)
})

function entriesOf(records: readonly LeafEntry[]): (visit: (entry: Entry) => void) => void {
  const path = join(aVolume({ db: aDatabase({ records }) }), 'db')
  const fd = openSync(path, 'r')
  onTestFinished(() => closeSync(fd))
  const meta = readMeta(fd, statSync(path).size, 'both')
  return (visit) => void walkBucket(openPages(fd, meta), { name: 'key', place: { root: at.branch } }, visit)
}
