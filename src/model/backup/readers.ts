import type { EtcdBackup, EtcdRestore, RestoreSource } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { isTerminal } from '../terminal.ts'
import { claimNameOf, locationOf } from './view.ts'

/**
 * Who reads the file of a backup, in words: restores that haven't ended, and clusters that are formed from it. A cluster that
 * has its cluster ID has its data as well.
 */
export function readersOf(backup: EtcdBackup, restores: readonly EtcdRestore[], clusters: readonly EtcdCluster[]): readonly string[] {
  const reading = restores.filter((restore) => names(restore.spec.source, backup) && !isTerminal(restore))
  const forming = clusters.filter(({ spec, status }) => names(spec.bootstrap.restore ?? {}, backup) && status?.clusterID === undefined)
  return [
    ...reading.map(({ metadata }) => `EtcdRestore ${metadata.name}`),
    ...forming.map(({ metadata }) => `EtcdCluster ${metadata.name}`),
  ].toSorted()
}

/** Whether anything still reads it. */
export function isSourceOf(backup: EtcdBackup, restores: readonly EtcdRestore[], clusters: readonly EtcdCluster[]): boolean {
  return readersOf(backup, restores, clusters).length > 0
}

function names({ backup: name, volume }: RestoreSource, backup: EtcdBackup): boolean {
  return name === backup.metadata.name || (volume?.claimName === claimNameOf(backup) && volume.path === locationOf(backup))
}
