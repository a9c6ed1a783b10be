import type { BackupManifest, BackupTask, SnapshotFacts } from '../../model/agent/task.ts'
import { formatBytes } from '../../model/quantity.ts'
import { rfc3339 } from '../../model/rfc3339.ts'

/** The manifest that is stored beside the backup's file. */
export function backupManifest(
  { backup, cluster, clusterId, location }: BackupTask,
  source: { readonly member: string; readonly version: string },
  { facts: snapshot, authEnabled }: { readonly facts: SnapshotFacts; readonly authEnabled: boolean },
  now: Date,
): BackupManifest {
  const time = rfc3339(now.getTime())
  return {
    format: 1,
    backup: { namespace: backup.namespace, name: backup.name, uid: backup.uid },
    cluster,
    authEnabled,
    status: {
      phase: 'Completed',
      location,
      clusterID: clusterId,
      member: source.member,
      etcdVersion: source.version,
      revision: snapshot.revision,
      size: formatBytes(snapshot.size),
      totalKeys: snapshot.totalKeys,
      sha256: snapshot.sha256,
      startTime: backup.startTime,
      completionTime: time,
      verified: { time, result: 'Passed' },
    },
    snapshot,
  }
}
