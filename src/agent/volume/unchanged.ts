import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import type { SnapshotFacts } from '../../model/agent/task.ts'
import { trailerBytes } from '../snapshot/checksum.ts'
import { readFully } from '../snapshot/read-fully.ts'

/**
 * Whether a regular file is still the one that was verified. Compares only its size and the checksum at its end;
 * etcdutl compares that checksum with the whole file before it restores anything.
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
