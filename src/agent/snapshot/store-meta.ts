import { damagedPage } from './damage.ts'
import type { Pages } from './pages.ts'
import { readRevision, revisionBytes } from './revision-record.ts'
import { type Bucket, type Entry, walkBucket } from './walk-bucket.ts'

/** What etcd notes in its bucket `meta`. */
export interface StoreMeta {
  /** The revision up to which superseded entries have been removed; 0 when there was no compaction. */
  readonly compacted: number
  /** The revision up to which superseded entries are to be removed: above `compacted` while a compaction is running. */
  readonly scheduled: number
  /** Storage version, as x.y. */
  readonly storageVersion: string
}

/** etcd notes its storage version since 3.6. */
const unversioned = '3.5'

export function readStoreMeta(pages: Pages, bucket: Bucket): StoreMeta {
  const found = { compacted: 0, scheduled: 0, storageVersion: unversioned }
  walkBucket(pages, bucket, (entry) => {
    const name = textAt(entry, entry.keyAt, entry.keyBytes)
    if (name === 'finishedCompactRev') found.compacted = revisionIn(entry)
    if (name === 'scheduledCompactRev') found.scheduled = revisionIn(entry)
    if (name === 'storageVersion') found.storageVersion = minorIn(entry)
  })
  return found
}

function revisionIn(entry: Entry): number {
  if (entry.valueBytes < revisionBytes) throw damagedPage(entry.page, 'the revision of a compaction is cut')
  return readRevision(entry.memory.view, entry.memory.find('value', entry.valueAt, revisionBytes))
}

/** Written as `3.6.0`. */
function minorIn(entry: Entry): string {
  const bytes = Math.min(entry.valueBytes, 32)
  const text = textAt(entry, entry.memory.find('value', entry.valueAt, bytes), bytes)
  const minor = /^\d+\.\d+(?=\.|$)/.exec(text)?.[0]
  if (minor === undefined) throw damagedPage(entry.page, `the storage version is ${JSON.stringify(text)}`)
  return minor
}

function textAt({ memory }: Entry, at: number, bytes: number): string {
  return Buffer.from(memory.bytes.subarray(at, at + bytes)).toString('latin1')
}
