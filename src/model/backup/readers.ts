import type { EtcdBackup, EtcdRestore, RestoreSource } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { isTerminal } from '../terminal.ts'
import { claimNameOf, locationOf } from './view.ts'

/**
 * Who reads the file of a backup, in words: restores that haven't ended, and clusters that are formed from it. A cluster that
 * has its cluster ID has its data as well. One that waits for a backup doesn't read it yet: the deletion of a backup that waits
 * for it in turn would never end.
 */
export function readersOf(backup: EtcdBackup, restores: readonly EtcdRestore[], clusters: readonly EtcdCluster[]): readonly string[] {
  const reading = restores.filter((restore) => reads(restore.spec.source, backup) && !isTerminal(restore))
  const forming = clusters.filter(({ spec, status }) => reads(spec.bootstrap.restore ?? {}, backup) && status?.clusterID === undefined)
  return [
    ...reading.map(({ metadata }) => `EtcdRestore ${metadata.name}`),
    ...forming.map(({ metadata }) => `EtcdCluster ${metadata.name}`),
  ].toSorted()
}

/** Whether anything still reads it. */
export function isSourceOf(backup: EtcdBackup, restores: readonly EtcdRestore[], clusters: readonly EtcdCluster[]): boolean {
  return readersOf(backup, restores, clusters).length > 0
}

/**
 * Safety: whoever names a backup looks for its file only when it is Completed, and a backup that is being deleted never becomes
 * that (see model/restore/source.ts). Whoever names the file asks nobody: it may be there already.
 */
function reads({ backup: name, volume }: RestoreSource, backup: EtcdBackup): boolean {
  if (name === backup.metadata.name) return backup.status?.phase === 'Completed'
  return volume?.claimName === claimNameOf(backup) && volume.path === locationOf(backup)
}
