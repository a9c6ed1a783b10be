import type { Disk, FileIdentity } from './disk.ts'
import { identityOf, isSameFile } from './identity-of.ts'
import { replaced } from './read-back.ts'
import { Refusal } from './refusal.ts'
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
  try {
    await disk.link(part, file)
    // Safety: the name was free a moment ago and link gave it to whatever is the `.part` now, which nobody has read back.
    if (!isSameFile(identityOf(file), ours)) await disk.remove(file)
  } catch (error) {
    const code = errnoOf(error) ?? ''
    // A network file system may answer EEXIST to a request that it carried out and whose answer was lost: looked at below.
    if (withoutLinks.includes(code)) await renameToFree(part, file, disk)
    else if (code !== 'EEXIST') throw error
  }
  const named = identityOf(file)
  if (named === undefined) throw replaced(part)
  if (!isSameFile(named, ours)) throw exists(file)
  await disk.remove(part)
}

async function renameToFree(part: string, file: string, disk: Disk): Promise<void> {
  if (identityOf(file) === undefined) await disk.rename(part, file)
}

/** What file systems answer that know no hard links. */
const withoutLinks: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

function exists(file: string): Refusal {
  return new Refusal('FileExists', `${file} appeared while the backup was taken: it was left alone; choose another name or path`)
}
