import type { AgentResult, BackupManifest, DeleteTask } from '../../model/agent/task.ts'
import { Refusal } from '../refusal.ts'
import type { Disk } from '../volume/disk.ts'
import { identityOf } from '../volume/identity-of.ts'
import { folderInside } from '../volume/inside.ts'
import { readManifest } from '../volume/manifest.ts'
import { folderOf, type StoredPaths, storedPaths } from '../volume/stored-paths.ts'
import { isUnchanged } from '../volume/unchanged.ts'

/**
 * Removes the files that this backup stored. Files of another backup under these names stay; that is a success too, because no
 * file of this backup is left then. May be killed anywhere and run again: the manifest names the owner and is removed last.
 */
export async function deleteBackup(task: DeleteTask, root: string, disk: Disk): Promise<AgentResult> {
  const folder = existingFolder(root, folderOf(task.location))
  if (folder === undefined) return { result: 'Deleted' }

  const paths = storedPaths(folder, task.location)
  for (const path of ownPaths(paths, task.backupUid)) await disk.remove(path)
  await disk.sync(folder)
  return { result: 'Deleted' }
}

/** Undefined also where the path leads through a symbolic link: the agent never stores a backup through one. */
function existingFolder(root: string, path: string): string | undefined {
  try {
    return folderInside(root, path)
  } catch (error) {
    if (error instanceof Refusal && (error.reason === 'FileNotFound' || error.reason === 'NotAFile')) return undefined
    throw error
  }
}

/**
 * Safety: the manifest carries the uid of the EtcdBackup, which is never given twice. While only the `.part` of the manifest
 * exists, the file must be the one that this draft describes: another backup's file may have taken the name in the meantime.
 */
function ownPaths(paths: StoredPaths, uid: string): readonly string[] {
  const named = ownerOf(paths.manifest)
  const draft = ownerOf(paths.manifestPart)
  if (named.uid !== undefined && named.uid !== uid) return draft.uid === uid ? [paths.manifestPart] : []

  const isStored = named.uid === uid || (!named.isThere && draft.uid === uid && isDescribed(paths.file, draft.manifest))
  const isLeftOver = draft.uid === undefined || draft.uid === uid
  return [
    ...(isStored ? [paths.file] : []),
    ...(isLeftOver ? [paths.part, paths.manifestPart] : []), // Half-written: no backup of anybody.
    ...(named.uid === uid ? [paths.manifest] : []),
  ]
}

type Owner = { readonly isThere: boolean; readonly uid?: string; readonly manifest?: BackupManifest }

/** Undefined for a manifest that can't be read: the owner of the file is unknown then. */
function ownerOf(path: string): Owner {
  try {
    const manifest = readManifest(path)
    return manifest === undefined ? { isThere: false } : { isThere: true, uid: manifest.backup.uid, manifest }
  } catch (error) {
    if (error instanceof Refusal && error.reason === 'ManifestUnreadable') return { isThere: true }
    throw error
  }
}

function isDescribed(file: string, manifest: BackupManifest | undefined): boolean {
  return manifest !== undefined && identityOf(file)?.isFile === true && isUnchanged(file, manifest.snapshot)
}
