import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, tryRun } from '../cluster/command.ts'

/** A file system of its own that can be filled. Needs root. */
export interface SmallVolume {
  readonly path: string
  makeReadOnly(): Promise<void>
  remove(): Promise<void>
}

export async function startSmallVolume(mebibytes: number): Promise<SmallVolume> {
  const folder = mkdtempSync(join(tmpdir(), 'small-volume-'))
  const [image, path] = [join(folder, 'image'), join(folder, 'mounted')]
  mkdirSync(path)
  await run('truncate', ['--size', `${mebibytes}M`, image])
  await run('mkfs.ext4', ['-q', '-m', '0', image]) // Without a reserve for root, whom these tests run as.
  await run('mount', ['-o', 'loop', image, path])
  return {
    path,
    makeReadOnly: async () => void (await run('mount', ['-o', 'remount,ro', path])),
    async remove() {
      await tryRun('umount', [path])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
