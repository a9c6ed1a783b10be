import { type FileHandle, link, open, rename, rm, unlink } from 'node:fs/promises'
import { errnoOf } from './volume-refusal.ts'

/**
 * The calls that change a volume, so that a test can end the program before any of them. They fail with the errors of
 * node:fs. In the background: a slow volume must not keep the agent from answering etcd's pings.
 */
export interface Disk {
  /** A new file that only its owner may read; fails when there is anything of that name. */
  create(path: string): Promise<NewFile>
  /** A second name for the same file; fails when there is anything of that name. */
  link(existing: string, path: string): Promise<void>
  /** Replaces what has the new name, at one stroke. */
  rename(from: string, to: string): Promise<void>
  /** A file that isn't there is no error. */
  remove(path: string): Promise<void>
  /** A folder with all that is in it; follows no symbolic links. */
  removeTree(path: string): Promise<void>
  /** Makes what was written to a file, or the names in a folder, outlive a power failure. */
  sync(path: string): Promise<void>
}

export interface NewFile {
  append(pieces: readonly Buffer[]): Promise<void>
  sync(): Promise<void>
  identity(): Promise<FileIdentity>
  close(): Promise<void>
}

/** A name may be given to another file; these numbers belong to one file for as long as it exists. */
export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

export const disk: Disk = {
  create: async (path) => newFile(await open(path, 'wx', 0o600)),
  link,
  rename,
  remove: (path) =>
    unlink(path).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error
    }),
  removeTree: (path) => rm(path, { recursive: true, force: true }),
  async sync(path) {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } catch (error) {
      // fsync(2): what is meant has nothing to sync; some network file systems say so of their folders.
      if (errnoOf(error) !== 'EINVAL') throw error
    } finally {
      await handle.close()
    }
  },
}

function newFile(handle: FileHandle): NewFile {
  return {
    append: (pieces) => writeAll(handle, pieces),
    sync: () => handle.sync(),
    identity: () => handle.stat({ bigint: true }),
    close: () => handle.close(),
  }
}

/** A call may write less than it was given, and does where the volume is full: the next one then says why. */
async function writeAll(handle: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  const { bytesWritten } = await handle.writev(pieces)
  const rest = after(pieces, bytesWritten)
  if (rest.length > 0) await writeAll(handle, rest)
}

function after(pieces: readonly Buffer[], bytes: number): readonly Buffer[] {
  let skip = bytes
  return pieces.flatMap((piece) => {
    const skipped = Math.min(skip, piece.length)
    skip -= skipped
    return skipped < piece.length ? [piece.subarray(skipped)] : []
  })
}
