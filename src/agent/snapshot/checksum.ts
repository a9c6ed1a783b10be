import { createHash } from 'node:crypto'
import { readFully } from './read-fully.ts'

export const trailerBytes = 32

export interface Checksums {
  /** SHA-256 in hex of the whole file. */
  readonly file: string
  /** SHA-256 in hex of all but the last 32 bytes. */
  readonly body: string
  /** The last 32 bytes in hex: the checksum that etcd has written. */
  readonly trailer: string
}

/** Large enough that the number of reads doesn't matter, small enough to stay in a processor's cache. */
const chunkBytes = 256 * 1024

/** Reads the file once, from its first byte to its last. */
export function checksums(fd: number, fileBytes: number): Checksums {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(chunkBytes)
  const bodyBytes = fileBytes - trailerBytes
  for (let position = 0; position < bodyBytes; position += chunkBytes) {
    const bytes = Math.min(chunkBytes, bodyBytes - position)
    readFully(fd, chunk, 0, bytes, position)
    hash.update(bytes === chunkBytes ? chunk : chunk.subarray(0, bytes))
  }
  const trailer = Buffer.alloc(trailerBytes)
  readFully(fd, trailer, 0, trailerBytes, bodyBytes)
  const body = hash.copy().digest('hex')
  return { body, file: hash.update(trailer).digest('hex'), trailer: trailer.toString('hex') }
}
