import type { SnapshotSource } from '../../adapters/etcd/snapshot-source.ts'
import { isFailure } from '../../adapters/failure.ts'
import type { AgentResult, BackupManifest, BackupTask } from '../../model/agent/task.ts'
import { Refusal } from '../refusal.ts'
import { type OpenSource, openSource } from '../source/open-source.ts'
import { receive } from '../source/receive.ts'
import { backupManifest } from '../volume/backup-manifest.ts'
import type { Disk, FileIdentity, NewFile } from '../volume/disk.ts'
import { finishEarlier } from '../volume/finish-earlier.ts'
import { identityOf, isSameFile } from '../volume/identity-of.ts'
import { folderInside } from '../volume/inside.ts'
import { readBack } from '../volume/read-back.ts'
import { store } from '../volume/store.ts'
import { folderOf, foldersUpTo, type StoredPaths, storedPaths } from '../volume/stored-paths.ts'

export interface BackupTools {
  readonly disk: Disk
  readonly connect: (url: string) => SnapshotSource
  readonly now: () => Date
  /** When the signal fires, the part of the snapshot that has arrived is removed. */
  readonly stopping: AbortSignal
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** When no byte arrives for this long, the member or the connection to it is lost. */
const stallMs = 30_000

/**
 * Takes a backup: a healthy member sends its snapshot into a `.part` file; the file is read back from the volume and verified, and
 * only then gets its final name. May be killed anywhere and run again.
 *
 * @param root the folder where the volume is mounted
 */
export async function backUp(task: BackupTask, root: string, tools: BackupTools): Promise<AgentResult> {
  const paths = await makeFolder(task, root, tools.disk)
  const started = performance.now()
  const earlier = await finishEarlier(task, paths, tools.disk)
  if (earlier !== undefined) {
    tools.log('an earlier try has stored the backup already', { location: task.location })
    return backedUp(earlier, 0, since(started))
  }
  const source = await openSource(task, tools.connect)
  try {
    return await take(task, paths, source, tools)
  } finally {
    source.connection.close()
  }
}

async function makeFolder({ location }: BackupTask, root: string, disk: Disk): Promise<StoredPaths> {
  const paths = storedPaths(folderInside(root, folderOf(location), { create: true }), location)
  for (const folder of foldersUpTo(folderInside(root, ''), paths.folder)) await disk.sync(folder)
  return paths
}

async function take(
  task: BackupTask,
  paths: StoredPaths,
  source: OpenSource,
  { disk, now, stopping, log }: BackupTools,
): Promise<AgentResult> {
  log('streaming', { member: source.member, version: source.version, revision: source.revision })
  await disk.remove(paths.part)
  const file = await disk.create(paths.part)
  const ours = await file.identity()
  try {
    const started = performance.now()
    await stream(source, file, stopping)
    const streamMs = since(started)
    log('received', { streamMs })

    const received = performance.now()
    const { facts, state } = readBack(paths.part, ours, source)
    const verifyMs = since(received)
    log('read back', { ...facts, verifyMs })

    const manifest = backupManifest(task, source, { facts, authEnabled: state.isAuthEnabled }, now())
    await store(paths, ours, manifest, disk)
    log('stored', { location: task.location })
    return backedUp(manifest, streamMs, verifyMs)
  } catch (error) {
    await removeOwn(paths, ours, disk)
    throw error
  } finally {
    await file.close()
  }
}

async function stream({ connection, member }: OpenSource, file: NewFile, stopping: AbortSignal): Promise<void> {
  try {
    await receive(connection.snapshot(stallMs, stopping), file)
  } catch (error) {
    throw isFailure(error) ? new Refusal('SnapshotInterrupted', `${member}: ${error.message}`, { cause: error }) : error
  }
  connection.close()
  await file.sync()
}

/** Removes the `.part` after a failure: it would fill a volume that may be full. Errors are ignored, because the failure itself is reported. */
async function removeOwn({ part, manifestPart, file }: StoredPaths, ours: FileIdentity, disk: Disk): Promise<void> {
  try {
    // A file that has its final name is the backup, even if a later step failed: the next try finishes it.
    if (isSameFile(identityOf(file), ours) || !isSameFile(identityOf(part), ours)) return
    await disk.remove(manifestPart)
    await disk.remove(part)
  } catch {}
}

function backedUp({ status, snapshot }: BackupManifest, streamMs: number, verifyMs: number): AgentResult {
  const { member, clusterID: clusterId, etcdVersion, completionTime } = status
  return { result: 'BackedUp', snapshot, member, clusterId, etcdVersion, completionTime, streamMs, verifyMs }
}

function since(started: number): number {
  return Math.round(performance.now() - started)
}
