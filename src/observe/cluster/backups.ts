import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { newestVerified } from '../../model/backup/backups.ts'
import type { BackupFacts } from '../../model/cluster/backups.ts'
import type { Caches } from '../watches/caches.ts'

/** What the caches know of a cluster's backups: only its status tells of them, so that a late answer does no harm. */
export function backupFacts(caches: Pick<Caches, 'backups' | 'schedules'>, { metadata, status }: EtcdCluster): BackupFacts {
  const { namespace, name } = metadata
  const newest = newestVerified(caches.backups.ofCluster(namespace, name), name, status?.clusterID)
  return {
    newest: newest && {
      name: newest.metadata.name,
      time: newest.status?.completionTime ?? newest.metadata.creationTimestamp,
      revision: newest.status?.revision ?? '',
    },
    schedules: caches.schedules.ofCluster(namespace, name).map((schedule) => ({
      name: schedule.metadata.name,
      suspended: schedule.spec.suspend,
      backedUp: schedule.status?.conditions?.find(({ type }) => type === 'BackedUp'),
    })),
  }
}
