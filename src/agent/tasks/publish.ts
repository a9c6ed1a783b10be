import { chmodSync, globSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentResult, PublishTask } from '../../model/agent/task.ts'
import { Refusal } from '../refusal.ts'
import { type DatabaseFacts, readDatabase } from '../snapshot/read-database.ts'
import { dataFolders } from '../volume/data-folders.ts'
import type { Disk } from '../volume/disk.ts'
import { identityOf } from '../volume/identity-of.ts'

/** Proves that etcdutl has restored the snapshot that was verified, and renames the data to the folder that the member opens. May be run again. */
export async function publish(task: PublishTask, root: string, disk: Disk): Promise<AgentResult> {
  const { volume, restoring, target } = dataFolders(root, task.target)
  if (hasLog(target)) {
    // An earlier try has published already, and the member may have run on that data since: the data of this try is not needed.
    await disk.removeTree(restoring)
    return { result: 'Published' }
  }
  refuseOther(task, readDatabase(join(restoring, 'member', 'snap', 'db'), Number(task.bump)))
  chmodSync(restoring, 0o700) // etcd warns about any other mode.
  await syncTree(restoring, disk)
  // Safety: without a write-ahead log no member has ever voted or written in this folder; etcd leaves such a folder when it found no data.
  if (identityOf(target) !== undefined) await disk.removeTree(target)
  await disk.rename(restoring, target)
  await disk.sync(volume)
  return { result: 'Published' }
}

/** Where etcd has a write-ahead log it has data. */
function hasLog(target: string): boolean {
  return globSync('member/wal/*.wal', { cwd: target }).length > 0
}

function refuseOther({ revision, totalKeys, liveKeys }: PublishTask, restored: DatabaseFacts): void {
  const differences = [
    difference('revision', revision, restored.revision),
    difference('number of keys', totalKeys, restored.totalKeys),
    difference('number of live keys', liveKeys, restored.liveKeys),
  ].filter((one) => one !== undefined)
  if (differences.length === 0) return
  throw new Refusal('RestoredDataDiffers', `the data that etcdutl restored differs from the verified snapshot: ${differences.join(', ')}`)
}

function difference(what: string, verified: string | number, restored: string | number): string | undefined {
  return verified === restored ? undefined : `${what} ${restored} instead of ${verified}`
}

/** Syncs the files before the folders that name them. */
async function syncTree(folder: string, disk: Disk): Promise<void> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await syncTree(path, disk)
    else if (entry.isFile()) await disk.sync(path)
  }
  await disk.sync(folder)
}
