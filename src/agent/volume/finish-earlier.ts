import type { BackupManifest, BackupTask, SnapshotFacts } from '../../model/agent/task.ts'
import { Refusal } from '../refusal.ts'
import { readSnapshot } from '../snapshot/read-snapshot.ts'
import type { Disk } from './disk.ts'
import { identityOf } from './identity-of.ts'
import { readManifest } from './manifest.ts'
import type { StoredPaths } from './stored-paths.ts'

/**
 * Finishes an earlier try of the same backup that stored the file but was killed before it could report. The file is read again,
 * as thoroughly as the first time. Undefined: no file has this name, so the backup is still to be taken.
 *
 * @throws Refusal `FileExists` when the file isn't this backup's; nothing is touched then
 */
export async function finishEarlier(task: BackupTask, paths: StoredPaths, disk: Disk): Promise<BackupManifest | undefined> {
  if (identityOf(paths.file) === undefined) {
    refuseOthersManifest(task, paths)
    return undefined
  }
  const isNamed = identityOf(paths.manifest) !== undefined
  const manifest = ownManifest(task, isNamed ? paths.manifest : paths.manifestPart)
  if (manifest === undefined || !isSame(manifest.snapshot, factsOf(paths.file))) throw exists(task)

  await disk.remove(paths.part)
  if (isNamed) await disk.remove(paths.manifestPart)
  else await disk.rename(paths.manifestPart, paths.manifest)
  await disk.sync(paths.folder)
  return manifest
}

/** A manifest without its file may be left of another backup: its name is refused too. */
function refuseOthersManifest(task: BackupTask, paths: StoredPaths): void {
  if (identityOf(paths.manifest) !== undefined && ownManifest(task, paths.manifest) === undefined) throw exists(task)
}

function ownManifest({ backup, location }: BackupTask, path: string): BackupManifest | undefined {
  const manifest = unlessRefused(() => readManifest(path))
  return manifest?.backup.uid === backup.uid && manifest.status.location === location ? manifest : undefined
}

function factsOf(file: string): SnapshotFacts | undefined {
  return unlessRefused(() => readSnapshot(file))
}

/** Undefined for an unreadable file or manifest: this backup has not written it. An error of the volume proves nothing and is thrown. */
function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal && !error.reason.startsWith('Volume')) return undefined
    throw error
  }
}

function isSame(a: SnapshotFacts, b: SnapshotFacts | undefined): boolean {
  return b !== undefined && a.sha256 === b.sha256 && a.revision === b.revision && a.size === b.size
}

function exists({ location }: BackupTask): Refusal {
  return new Refusal(
    'FileExists',
    `${location} or its manifest is on the volume already and belongs to another backup: it was left alone; choose another name or path`,
  )
}
