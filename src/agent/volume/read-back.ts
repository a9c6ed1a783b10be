import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { Refusal } from '../refusal.ts'
import { readOpenSnapshot, type WholeSnapshot } from '../snapshot/read-snapshot.ts'
import type { OpenSource } from '../source/open-source.ts'
import type { FileIdentity } from './disk.ts'
import { isSameFile } from './identity-of.ts'
import { errnoOf } from './volume-refusal.ts'

/**
 * Reads the stored file back and proves that it is a complete snapshot, no older than the member's revision.
 *
 * @param ours the file that was written
 * @throws Refusal as `readSnapshot`; `SnapshotTooOld`; `VolumeFailed` when another file has replaced the one that was written
 */
export function readBack(part: string, ours: FileIdentity, source: Pick<OpenSource, 'member' | 'revision'>): WholeSnapshot {
  const fd = open(part)
  try {
    if (!isSameFile(fstatSync(fd, { bigint: true }), ours)) throw replaced(part)
    return notOlder(read(fd, source), source)
  } finally {
    closeSync(fd)
  }
}

/** Another try of the same backup has replaced the file: one of the two was thought dead. The next try reads what is on the volume. */
export function replaced(part: string): Refusal {
  return new Refusal('VolumeFailed', `${part} was removed or replaced by another process while it was in use`)
}

function open(part: string): number {
  try {
    return openSync(part, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? replaced(part) : error
  }
}

/** A cluster without any write is at revision 1, and etcd stores no entry for it. */
const firstRevision = 1n

function read(fd: number, { member }: Pick<OpenSource, 'member'>): WholeSnapshot {
  try {
    return readOpenSnapshot(fd)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const wayOut = 'look at the member and at the volume, and take another backup'
    throw new Refusal(error.reason, `the snapshot that ${member} sent and the volume stored: ${error.message}; ${wayOut}`, { cause: error })
  }
}

function notOlder(whole: WholeSnapshot, { member, revision }: Pick<OpenSource, 'member' | 'revision'>): WholeSnapshot {
  const { facts } = whole
  if (BigInt(facts.revision) >= BigInt(revision) || BigInt(revision) === firstRevision) return whole
  throw new Refusal(
    'SnapshotTooOld',
    `${member} sent revision ${facts.revision}, although it had ${revision} when it was asked: look at its log, and take another backup`,
  )
}
