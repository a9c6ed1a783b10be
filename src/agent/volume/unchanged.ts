import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import type { SnapshotFacts } from '../../model/agent/task.ts'
import { trailerBytes } from '../snapshot/checksum.ts'
import { readFully } from '../snapshot/read-fully.ts'

/**
 * Whether an ordinary file is still the one that was verified, at a glance: its size, and the checksum that it ends with.
 * etcdutl compares that with all the rest before it restores anything.
 */
export function isUnchanged(file: string, verified: Pick<SnapshotFacts, 'size' | 'bodySha256'>): boolean {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(fd)
    return stats.isFile() && stats.size === verified.size && stats.size >= trailerBytes && trailerOf(fd, stats.size) === verified.bodySha256
  } finally {
    closeSync(fd)
  }
}

function trailerOf(fd: number, size: number): string {
  const trailer = Buffer.alloc(trailerBytes)
  readFully(fd, trailer, 0, trailerBytes, size - trailerBytes)
  return trailer.toString('hex')
}
