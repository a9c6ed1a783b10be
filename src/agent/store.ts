import type { BackupManifest } from '../model/agent/task.ts'
import type { Disk, FileIdentity } from './disk.ts'
import { giveName } from './give-name.ts'
import { renderManifest } from './manifest.ts'
import type { StoredPaths } from './stored-paths.ts'

/**
 * Makes a verified `.part` the backup. In this order a crash anywhere leaves either no file of the final name, or a whole one
 * with a manifest, final or not, by which the next try recognizes it (see finish-earlier.ts).
 */
export async function store(paths: StoredPaths, ours: FileIdentity, manifest: BackupManifest, disk: Disk): Promise<void> {
  await writeManifestPart(paths, manifest, disk)
  await giveName(paths, ours, disk)
  await disk.sync(paths.folder)
  await disk.rename(paths.manifestPart, paths.manifest)
  await disk.sync(paths.folder)
}

async function writeManifestPart({ manifestPart }: StoredPaths, manifest: BackupManifest, disk: Disk): Promise<void> {
  await disk.remove(manifestPart)
  const file = await disk.create(manifestPart)
  try {
    await file.append([Buffer.from(renderManifest(manifest))])
    await file.sync()
  } finally {
    await file.close()
  }
}
