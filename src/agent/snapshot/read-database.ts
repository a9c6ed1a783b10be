import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { Refusal } from '../refusal.ts'
import { readMeta } from './meta-page.ts'
import { readContents } from './read-contents.ts'

export interface DatabaseFacts {
  /** etcd's revision, without the bump; decimal. */
  readonly revision: string
  /** Counted as in `SnapshotFacts`. */
  readonly totalKeys: number
  readonly liveKeys: number
}

/**
 * Reads the database of a data directory (`member/snap/db`) that `etcdutl snapshot restore` has written and no etcd has
 * opened yet: such a file has no checksum. With `bump`, the entry that raised the revision isn't counted.
 *
 * @param bump what `--bump-revision` was given
 * @throws Refusal as `readSnapshot`; `RestoredDataDiffers` when the revision wasn't raised by `bump`
 */
export function readDatabase(path: string, bump = 0): DatabaseFacts {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    return readOpenDatabase(fd, bump)
  } finally {
    closeSync(fd)
  }
}

function readOpenDatabase(fd: number, bump: number): DatabaseFacts {
  const { size } = fstatSync(fd)
  const meta = readMeta(fd, size, 'either')
  const needed = meta.end * meta.pageSize
  if (size < needed) throw new Refusal('SnapshotTruncated', `the database has ${size} bytes, its pages ${needed}`)

  const contents = readContents(fd, meta)
  const { revision, compacted, scheduled, keys, bumpMarks, bumpMark } = contents
  const isMarked = bump > 0
  if (isMarked && (bumpMark !== revision || scheduled !== revision))
    throw new Refusal('RestoredDataDiffers', `revision ${revision} isn't marked as the one that was raised by ${bump}`)
  return {
    revision: String(Math.max(revision - bump, compacted)),
    totalKeys: keys + (bumpMarks > (isMarked ? 1 : 0) ? 1 : 0),
    liveKeys: keys,
  }
}
