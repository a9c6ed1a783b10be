import type { EtcdBackup, EtcdBackupSchedule, EtcdRestore } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import {
  backupJobName,
  clientCaSecretName,
  clientSecretName,
  configName,
  deletionJobName,
  memberOfVolume,
  ordinalOf,
  peerCaSecretName,
  peerServiceName,
  peerTlsSecretName,
  restoreJobName,
  serverTlsSecretName,
  sourceJobName,
  userSecretName,
  verifyJobName,
} from '../../model/names.ts'

export interface Relatives {
  readonly backups: readonly EtcdBackup[]
  readonly schedules: readonly EtcdBackupSchedule[]
  readonly restores: readonly EtcdRestore[]
  readonly users: readonly EtcdUser[]
}

/**
 * Tells which objects of the namespace belong to the cluster, by their names alone: events outlive their objects, so labels can't be asked.
 * A backup's file is told by its EtcdBackup, a Job's pod by its Job.
 */
export function belongsTo(
  cluster: EtcdCluster,
  { backups, restores, schedules, users }: Relatives,
): (kind: string, name: string) => boolean {
  const own = cluster.metadata.name
  const ofCluster = <T extends { readonly spec: { readonly cluster: string } }>(all: readonly T[]) =>
    all.filter(({ spec }) => spec.cluster === own)
  const named = (all: readonly { readonly metadata: { readonly name: string } }[]) => new Set(all.map(({ metadata }) => metadata.name))
  const [ofBackups, ofRestores, ofUsers] = [ofCluster(backups), ofCluster(restores), ofCluster(users)]
  const jobs = new Set([
    verifyJobName(cluster),
    restoreJobName(cluster),
    ...ofBackups.flatMap(({ metadata }) => [backupJobName(metadata.name), deletionJobName(metadata.name)]),
    ...ofRestores.map(sourceJobName),
  ])
  const exact: Readonly<Record<string, ReadonlySet<string>>> = {
    EtcdCluster: new Set([own]),
    EtcdBackup: named(ofBackups),
    EtcdBackupSchedule: named(ofCluster(schedules)),
    EtcdRestore: named(ofRestores),
    EtcdUser: named(ofUsers),
    StatefulSet: new Set([own]),
    PodDisruptionBudget: new Set([own]),
    NetworkPolicy: new Set([own]),
    Service: new Set([own, peerServiceName(cluster)]),
    ConfigMap: new Set([configName(cluster)]),
    Secret: new Set([
      ...[peerCaSecretName, clientCaSecretName, peerTlsSecretName, serverTlsSecretName, clientSecretName].map((name) => name(cluster)),
      ...ofUsers.map(userSecretName),
    ]),
    Job: jobs,
  }
  return (kind, name) => {
    if (exact[kind]?.has(name)) return true
    if (kind === 'PersistentVolumeClaim') return memberOfVolume(cluster, name) !== undefined
    return kind === 'Pod' && (ordinalOf(cluster, name) !== undefined || jobs.has(name.replace(/-[a-z0-9]{5}$/, '')))
  }
}
