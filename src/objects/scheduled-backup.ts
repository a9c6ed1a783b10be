import type { EtcdBackup, EtcdBackupSchedule } from '../api/backups.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { label, manager, recommended } from '../api/labels.ts'
import { backupTimeout } from '../model/backup/backups.ts'

/**
 * The EtcdBackup of one run. It has no owner: backups outlive their schedule. Its file is deleted with it only where spec.retention is
 * set.
 */
export function scheduledBackup(schedule: EtcdBackupSchedule, name: string) {
  const { cluster, storage, retention } = schedule.spec
  const labels = { ...backupLabels(cluster), [label.schedule]: schedule.metadata.name }
  const deletionPolicy: EtcdBackup['spec']['deletionPolicy'] = retention === undefined ? 'Retain' : 'Delete'
  return {
    metadata: { namespace: schedule.metadata.namespace, name, labels },
    spec: { cluster, storage, deletionPolicy, timeout: backupTimeout },
  }
}

/** The EtcdBackup before a version change. It stays, with its file, until a person deletes it. */
export function backupBeforeChange({ metadata }: EtcdCluster, name: string, storage: EtcdBackup['spec']['storage']) {
  const labels = backupLabels(metadata.name)
  const deletionPolicy: EtcdBackup['spec']['deletionPolicy'] = 'Retain'
  return {
    metadata: { namespace: metadata.namespace, name, labels },
    spec: { cluster: metadata.name, storage, deletionPolicy, timeout: backupTimeout },
  }
}

function backupLabels(cluster: string): Readonly<Record<string, string>> {
  return {
    [label.cluster]: cluster,
    [recommended.name]: 'etcd-backup',
    [recommended.component]: 'backup',
    [recommended.partOf]: cluster,
    [recommended.managedBy]: manager,
  }
}
