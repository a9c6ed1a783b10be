import type { EtcdBackup, EtcdRestore, RestoreSource } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { isTerminal } from '../terminal.ts'
import { claimNameOf, locationOf } from './view.ts'

/**
 * Who reads the file of a backup, in words: restores that haven't finished, and clusters that are being formed from it. A cluster
 * with a cluster ID has its data already. A restore or cluster that still waits for the backup doesn't count as a reader: otherwise
 * the deletion of the backup and that reader would wait for each other for ever.
 */
export function readersOf(backup: EtcdBackup, restores: readonly EtcdRestore[], clusters: readonly EtcdCluster[]): readonly string[] {
  const reading = restores.filter((restore) => reads(restore.spec.source, backup) && !isTerminal(restore))
  const forming = clusters.filter(({ spec, status }) => reads(spec.bootstrap.restore ?? {}, backup) && status?.clusterID === undefined)
  return [
    ...reading.map(({ metadata }) => `EtcdRestore ${metadata.name}`),
    ...forming.map(({ metadata }) => `EtcdCluster ${metadata.name}`),
  ].toSorted()
}

/** Whether a restore or a cluster still reads the backup. */
export function isSourceOf(backup: EtcdBackup, restores: readonly EtcdRestore[], clusters: readonly EtcdCluster[]): boolean {
  return readersOf(backup, restores, clusters).length > 0
}

/**
 * Safety: a source that names an EtcdBackup is read only when the backup is Completed, and a backup that is being deleted never
 * becomes Completed (see model/restore/source.ts). A source that names the file itself may be read at any time.
 */
function reads({ backup: name, volume }: RestoreSource, backup: EtcdBackup): boolean {
  if (name === backup.metadata.name) return backup.status?.phase === 'Completed'
  return volume?.claimName === claimNameOf(backup) && volume.path === locationOf(backup)
}
