import type { BackupManifest } from '../../model/agent/task.ts'
import type { Disk, FileIdentity, NewFile } from './disk.ts'
import { giveName } from './give-name.ts'
import { identityOf, isSameFile } from './identity-of.ts'
import { renderManifest } from './manifest.ts'
import { replaced } from './read-back.ts'
import type { StoredPaths } from './stored-paths.ts'

/**
 * Gives a verified `.part` its final name and its manifest. In this order a crash anywhere leaves either no file of the final
 * name, or a complete file with a manifest (final or `.part`) by which the next try recognizes it (see finish-earlier.ts).
 *
 * @param ours the file that was written and read back
 * @throws Refusal `FileExists`; `VolumeFailed` when another process has put its own file in the place of one of ours
 */
export async function store(paths: StoredPaths, ours: FileIdentity, manifest: BackupManifest, disk: Disk): Promise<void> {
  // Safety: another try that has replaced the `.part` stores its own file, and the `.part` of the manifest may be its own already.
  if (!isSameFile(identityOf(paths.part), ours)) throw replaced(paths.part)
  await disk.remove(paths.manifestPart)
  // The file stays open until it has its final name: the inode number of an open file is not given to another file.
  const file = await disk.create(paths.manifestPart)
  try {
    const described = await write(file, manifest)
    await giveName(paths, ours, disk)
    await disk.sync(paths.folder)
    // Safety: the manifest of another try describes another snapshot.
    if (!isSameFile(identityOf(paths.manifestPart), described)) throw replaced(paths.manifestPart)
    await disk.rename(paths.manifestPart, paths.manifest)
    await disk.sync(paths.folder)
  } finally {
    await file.close()
  }
}

async function write(file: NewFile, manifest: BackupManifest): Promise<FileIdentity> {
  await file.append([Buffer.from(renderManifest(manifest))])
  await file.sync()
  return file.identity()
}
