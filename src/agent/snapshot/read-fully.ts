import { readSync } from 'node:fs'
import { Refusal } from '../refusal.ts'

/** Fills `into` from `at` on; a read may give fewer bytes than asked for. Errors of the volume pass through. */
export function readFully(fd: number, into: Uint8Array, at: number, bytes: number, position: number): void {
  for (let read = 0; read < bytes; ) {
    const got = readSync(fd, into, at + read, bytes - read, position + read)
    if (got === 0) throw new Refusal('SnapshotTruncated', `the file ended at byte ${position + read} while it was read`)
    read += got
  }
}
