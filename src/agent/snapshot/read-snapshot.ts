import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import type { SnapshotFacts } from '../../model/agent/task.ts'
import { Refusal } from '../refusal.ts'
import { checksums, trailerBytes } from './checksum.ts'
import type { ClusterState } from './cluster-state.ts'
import { type Meta, readMeta } from './meta-page.ts'
import { readContents } from './read-contents.ts'

/**
 * Reads a whole snapshot file: a bbolt database, followed by its SHA-256. The file is read twice, once from end to end for the
 * checksum and once along the pages in use; the memory needed doesn't grow with the file.
 *
 * `etcdutl snapshot status` doesn't look at the checksum, and only the checksum reveals a flipped bit in a value.
 *
 * @throws Refusal `NotASnapshot`, `SnapshotTruncated`, `SnapshotDamaged`; errors of the volume as they are
 */
export function readSnapshot(path: string): SnapshotFacts {
  return readWholeSnapshot(path).facts
}

export interface WholeSnapshot {
  readonly facts: SnapshotFacts
  readonly state: ClusterState
}

/** The facts about the snapshot, and the cluster's own state (authentication, alarms) in it. */
export function readWholeSnapshot(path: string): WholeSnapshot {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    return readOpenSnapshot(fd)
  } finally {
    closeSync(fd)
  }
}

export function readOpenSnapshot(fd: number): WholeSnapshot {
  const { size } = fstatSync(fd)
  if (size === 0) throw new Refusal('NotASnapshot', 'the file is empty')
  const meta = readMeta(fd, size, 'both')
  checkSize(size, meta)
  const sums = checksums(fd, size)
  if (sums.body !== sums.trailer) throw checksumDiffers(sums, damageOf(fd, meta))

  const contents = readContents(fd, meta)
  const facts = {
    size,
    sha256: sums.file,
    bodySha256: sums.body,
    revision: String(Math.max(contents.revision, contents.compacted)),
    lastEntry: String(contents.revision),
    totalKeys: contents.keys + (contents.bumpMarks > 0 ? 1 : 0),
    liveKeys: contents.keys,
    storageVersion: contents.storageVersion,
  }
  return { facts, state: { isAuthEnabled: contents.isAuthEnabled, isCorrupt: contents.isCorrupt } }
}

/** A complete snapshot has all pages up to the last one, and then the checksum: etcd sends no more and no less. */
function checkSize(size: number, meta: Meta): void {
  const pages = meta.end * meta.pageSize
  const whole = pages + trailerBytes
  if (size === whole) return
  if (size < whole && size !== pages)
    throw new Refusal('SnapshotTruncated', `the file has ${size} bytes, its database and checksum ${whole}`)
  if (size % 512 !== trailerBytes)
    throw new Refusal('NotASnapshot', 'the file has no SHA-256 at its end: it is a copy of a database, not a snapshot that a member sent')
  throw new Refusal('SnapshotDamaged', `the file has ${size} bytes, its database and checksum ${whole}`)
}

/** A wrong checksum alone doesn't tell where the damage is; the other errors found in the database do. */
function damageOf(fd: number, meta: Meta): string {
  try {
    readContents(fd, meta)
    return ''
  } catch (error) {
    if (error instanceof Refusal) return `; ${error.message}`
    throw error
  }
}

function checksumDiffers({ body, trailer }: { body: string; trailer: string }, damage: string): Refusal {
  return new Refusal('SnapshotDamaged', `the SHA-256 of the database is ${body}, the file's last 32 bytes say ${trailer}${damage}`)
}
