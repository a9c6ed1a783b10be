import { Refusal } from '../refusal.ts'
import type { Disk, FileIdentity } from './disk.ts'
import { identityOf, isSameFile } from './identity-of.ts'
import { replaced } from './read-back.ts'
import type { StoredPaths } from './stored-paths.ts'
import { errnoOf } from './volume-refusal.ts'

/**
 * Gives the finished `.part` its final name. Never takes the name from another file: link(2) refuses, unlike rename(2).
 *
 * @param ours the file that was written and read back
 * @throws Refusal `FileExists`; `VolumeFailed` when another process has put its own file in the place of the `.part`
 */
export async function giveName({ part, file }: StoredPaths, ours: FileIdentity, disk: Disk): Promise<void> {
  if (!isSameFile(identityOf(part), ours)) throw replaced(part)
  switch (await link(part, file, disk)) {
    case 'unsupported':
      if (identityOf(file) !== undefined) throw exists(file)
      return disk.rename(part, file)
    case 'taken':
      // The file may be ours: a network file system answers EEXIST when it carried out the request and its first answer was lost.
      if (!isSameFile(identityOf(file), ours)) throw exists(file)
      return disk.remove(part)
    case 'linked':
      if (isSameFile(identityOf(file), ours)) return disk.remove(part)
      // Safety: the name was free a moment ago, so it was given to the file that replaced our `.part` just now, and that file was not read back.
      await disk.remove(file)
      throw replaced(part)
  }
}

async function link(part: string, file: string, disk: Disk): Promise<'linked' | 'taken' | 'unsupported'> {
  try {
    await disk.link(part, file)
    return 'linked'
  } catch (error) {
    const code = errnoOf(error) ?? ''
    if (code === 'EEXIST') return 'taken'
    if (withoutLinks.includes(code)) return 'unsupported'
    throw error
  }
}

/** Errors of file systems without hard links. */
const withoutLinks: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

function exists(file: string): Refusal {
  return new Refusal('FileExists', `${file} appeared while the backup was taken: it was left alone; choose another name or path`)
}
