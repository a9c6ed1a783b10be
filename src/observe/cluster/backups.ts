import type { EtcdBackup } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { newestVerified } from '../../model/backup/backups.ts'
import type { BackupFacts } from '../../model/cluster/backups.ts'
import { oncePerObject } from '../../model/once-per.ts'
import type { Caches } from '../watches/caches.ts'

/** The backups of a cluster, from the caches. No decision that could lose data depends on them, so caches that are a little late do no harm. */
export function backupFacts(caches: Pick<Caches, 'backups' | 'schedules'>, { metadata, status }: EtcdCluster): BackupFacts {
  const { namespace, name } = metadata
  const newest = newestBackup(caches, namespace, name, status?.clusterID)
  return {
    running: runningBackups(caches.backups.ofCluster(namespace, name)),
    phases: phasesOf(caches.backups.ofCluster(namespace, name)),
    newest: newest && {
      name: newest.metadata.name,
      time: newest.status?.completionTime ?? newest.metadata.creationTimestamp,
      revision: newest.status?.revision ?? '',
    },
    schedules: caches.schedules.ofCluster(namespace, name).map((schedule) => ({
      name: schedule.metadata.name,
      suspended: schedule.spec.suspend,
      storage: schedule.spec.storage,
      backedUp: schedule.status?.conditions?.find(({ type }) => type === 'BackedUp'),
    })),
  }
}

/** Computed again only after a change of the EtcdBackups, like the newest one. */
const runningBackups = oncePerObject((backups: readonly EtcdBackup[]) =>
  backups.flatMap(({ metadata, status }) => (status?.phase === 'Running' ? metadata.name : [])),
)

/** Computed again only after a change of the EtcdBackups. */
const phasesOf = oncePerObject(
  (backups: readonly EtcdBackup[]): BackupFacts['phases'] =>
    new Map(backups.map(({ metadata, status }) => [metadata.name, status?.phase ?? 'Pending'])),
)

/** The newest verified backup of an etcd cluster; computed again only after a change of its EtcdBackups. */
export function newestBackup(
  caches: Pick<Caches, 'backups'>,
  namespace: string,
  cluster: string,
  clusterId: string | undefined,
): EtcdBackup | undefined {
  const backups = caches.backups.ofCluster(namespace, cluster)
  const known = found.get(backups)
  if (known !== undefined && known.clusterId === clusterId) return known.newest
  const newest = newestVerified(backups, cluster, clusterId)
  found.set(backups, { clusterId, newest })
  return newest
}

/** By array: a cache returns the same array until one of its objects changes. */
const found = new WeakMap<readonly EtcdBackup[], { readonly clusterId: string | undefined; readonly newest: EtcdBackup | undefined }>()
