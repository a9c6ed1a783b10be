import { type Alert, cluster, ofCluster } from '../alert.ts'

const share = `max by (${ofCluster}) (etcd_operator_cluster_db_size_bytes) / max by (${ofCluster}) (etcd_operator_cluster_db_quota_bytes)`

/** The members' databases: room, and whether they agree. */
export const databaseAlerts: readonly Alert[] = [
  {
    name: 'EtcdClusterQuotaLow',
    severity: 'warning',
    minutes: 10,
    value: share,
    fires: '> 0.8',
    summary: `The database of EtcdCluster ${cluster} takes most of its quota`,
    description: `The database of ${cluster} takes {{ $value | humanizePercentage }} of its quota. At 100 % etcd refuses writes.`,
  },
  {
    name: 'EtcdClusterQuotaAlmostUsed',
    severity: 'critical',
    minutes: 2,
    value: share,
    fires: '> 0.95',
    summary: `The database of EtcdCluster ${cluster} is almost full`,
    description: `The database of ${cluster} takes {{ $value | humanizePercentage }} of its quota. At 100 % etcd refuses writes.`,
  },
  {
    name: 'EtcdClusterNoSpace',
    severity: 'critical',
    minutes: 0,
    value: `max by (${ofCluster}) (etcd_operator_cluster_alarm{alarm="NOSPACE"})`,
    fires: '== 1',
    summary: `EtcdCluster ${cluster} refuses writes: its database is full`,
    description: `etcd has raised the NOSPACE alarm in ${cluster}: clients can read and delete, and every other write is refused.`,
  },
  {
    name: 'EtcdClusterCorrupt',
    severity: 'critical',
    minutes: 0,
    value: `max by (${ofCluster}) (etcd_operator_cluster_alarm{alarm="CORRUPT"})`,
    fires: '== 1',
    summary: `Members of EtcdCluster ${cluster} hold different data`,
    description: `etcd has raised the CORRUPT alarm in ${cluster}: a member holds other data than the rest, and may answer clients with it.`,
  },
  {
    name: 'EtcdClusterDefragmentationNeeded',
    severity: 'info',
    minutes: 60,
    value: `1 - max by (${ofCluster}) (etcd_operator_cluster_db_in_use_bytes) / max by (${ofCluster}) (etcd_operator_cluster_db_size_bytes)`,
    fires: '> 0.5',
    // A small file is not worth the pause.
    besides: `and on (${ofCluster}) max by (${ofCluster}) (etcd_operator_cluster_db_size_bytes) > 100 * 1024 * 1024`,
    summary: `More than half of the database file of EtcdCluster ${cluster} is empty`,
    description: `{{ $value | humanizePercentage }} of the database file of ${cluster} is free space that counts for the quota; a defragmentation gives it back.`,
  },
]
