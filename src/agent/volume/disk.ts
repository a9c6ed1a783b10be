import { type FileHandle, link, open, rename, rm, unlink } from 'node:fs/promises'
import { errnoOf } from './volume-refusal.ts'

/**
 * The calls that change a volume; a test can kill the program before any of them. They fail with the errors of node:fs. They are
 * asynchronous, because a slow volume must not keep the agent from answering etcd's pings.
 */
export interface Disk {
  /** Creates a file that only its owner may read; fails when the name exists. */
  create(path: string): Promise<NewFile>
  /** Gives the same file a second name; fails when the name exists. */
  link(existing: string, path: string): Promise<void>
  /** Renames atomically, and replaces a file that has the new name. */
  rename(from: string, to: string): Promise<void>
  /** Removes a file; succeeds when the file doesn't exist. */
  remove(path: string): Promise<void>
  /** Removes a folder with everything in it; follows no symbolic links. */
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

/** Device and inode number: a name may be given to another file, but these numbers belong to one file for as long as it exists. */
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
      // fsync(2): EINVAL means that this file can't be synced; some network file systems answer so for folders.
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

/** A call may write fewer bytes than it was given, for example on a full volume: the next call then fails with the reason. */
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
