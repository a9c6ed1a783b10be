import { accessSync, constants, statfsSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type AgentResult, type PrepareTask, sourceCopy } from '../../model/agent/task.ts'
import { Refusal } from '../refusal.ts'
import { dataFolders } from '../volume/data-folders.ts'
import type { Disk } from '../volume/disk.ts'
import { fileInside } from '../volume/inside.ts'
import { isUnchanged } from '../volume/unchanged.ts'
import { volumeRefusal } from '../volume/volume-refusal.ts'

/**
 * Prepares the run of etcdutl, which refuses a folder that exists: removes the data of an interrupted try, and copies the snapshot
 * to where etcdutl reads it. etcdutl comes from the image that the user names, and must not read other files of the volume.
 */
export async function prepare(
  task: PrepareTask,
  roots: { readonly backups: string; readonly data: string; readonly source: string },
  disk: Disk,
): Promise<AgentResult> {
  const { volume, restoring } = dataFolders(roots.data, task.target)
  const file = fileInside(roots.backups, task.location)
  refuseChanged(task, file)
  refuseReadOnly(volume)
  // Safety: data under this name is never a member's; publish.ts renames the data once it is complete.
  await disk.removeTree(restoring)
  refuseFull(volume, task.size)
  await handOver(task, file, join(roots.source, sourceCopy))
  return { result: 'Prepared' }
}

/** Kubernetes makes the folder with the pod and removes it with the pod. */
async function handOver(task: PrepareTask, file: string, copy: string): Promise<void> {
  try {
    await rm(copy, { force: true })
    await copyFile(file, copy, constants.COPYFILE_EXCL)
  } catch (error) {
    const { message } = volumeRefusal(error, `copying ${task.location}`)
    throw new Refusal('VolumeFailed', `${message}; the node's own disk has to hold the backup while it is restored`, { cause: error })
  }
  // Safety: the copy is checked, because etcdutl restores the copy; the original may have been replaced since it was verified.
  refuseChanged(task, copy)
}

function refuseChanged({ location, size, bodySha256 }: PrepareTask, file: string): void {
  if (isUnchanged(file, { size, bodySha256 })) return
  throw new Refusal('BackupChanged', `${location} has changed since it was verified: restore again, or from another backup`)
}

function refuseReadOnly(volume: string): void {
  try {
    accessSync(volume, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw volumeRefusal(error, `writing to ${volume}`)
  }
}

/** Refuses a volume that is too small, earlier and with a clearer message than etcdutl. */
function refuseFull(volume: string, needed: number): void {
  const { bavail, bsize } = statfsSync(volume)
  const free = bavail * bsize
  if (free >= needed) return
  const wayOut = 'enlarge its claim, or delete the EtcdCluster and that claim and restore with a larger spec.storage.size'
  throw new Refusal('VolumeFull', `the data volume has ${free} bytes free, the backup needs ${needed}: ${wayOut}`)
}
