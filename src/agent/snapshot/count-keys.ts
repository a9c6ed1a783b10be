import type { Pages } from './pages.ts'
import { isBumpMark, isTombstone, revisionOf, versionOf } from './revision-record.ts'
import type { StoreMeta } from './store-meta.ts'
import { type Bucket, walkBucket } from './walk-bucket.ts'

/** What the bucket `key` holds. */
export interface KeyCount {
  /** Revision of the last entry. */
  readonly revision: number
  /** Keys that a client sees at that revision. */
  readonly keys: number
  /** Entries that write a key. */
  readonly puts: number
  /** Entries that a restore has written to raise the revision; one for each restore that the data has been through. */
  readonly bumpMarks: number
  /** The revision of the last of them; 0 without one. */
  readonly bumpMark: number
}

/**
 * Counts keys in one pass and without remembering any, provided that no compaction was removing entries above `compacted`.
 *
 * Up to the compacted revision only the last entry of each key is left, so each put there is a key. (A deletion at this very
 * revision may be left as well.) Above it nothing was removed: a put of version 1 is a key more, a deletion, which etcd
 * writes for existing keys alone, is one less.
 */
export function countKeys(pages: Pages, bucket: Bucket, { compacted }: StoreMeta): KeyCount {
  let revision = 0
  let keys = 0
  let puts = 0
  let bumpMarks = 0
  let bumpMark = 0
  walkBucket(pages, bucket, (entry) => {
    revision = revisionOf(entry)
    if (isTombstone(entry)) keys -= revision > compacted ? 1 : 0
    else if (isBumpMark(entry)) {
      bumpMark = revision
      bumpMarks++
    } else {
      puts++
      if (revision <= compacted || versionOf(entry) === 1) keys++
    }
  })
  return { revision, keys, puts, bumpMarks, bumpMark }
}
