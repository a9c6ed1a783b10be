import { type AlertCases, of } from './play.ts'

const size = of('etcd_operator_cluster_db_size_bytes')
const inUse = of('etcd_operator_cluster_db_in_use_bytes')
const quota = of('etcd_operator_cluster_db_quota_bytes')
const noSpace = of('etcd_operator_cluster_alarm', { alarm: 'NOSPACE' })
const corrupt = of('etcd_operator_cluster_alarm', { alarm: 'CORRUPT' })
const MiB = 1024 * 1024

export const databaseCases: Readonly<Record<string, AlertCases>> = {
  EtcdClusterQuotaLow: {
    fires: [
      {
        series: { [size]: '81x20', [quota]: '100x20' },
        minute: 10,
        says: 'The database of prod/demo takes 81% of its quota. At 100 % etcd refuses writes.',
      },
    ],
    quiet: [
      { series: { [size]: '80x20', [quota]: '100x20' }, minute: 20 },
      { series: { [size]: '81x20', [quota]: '100x20' }, minute: 9 },
    ],
  },
  EtcdClusterQuotaAlmostUsed: {
    fires: [
      {
        series: { [size]: '96x20', [quota]: '100x20' },
        minute: 2,
        says: 'The database of prod/demo takes 96% of its quota. At 100 % etcd refuses writes.',
      },
    ],
    quiet: [
      { series: { [size]: '95x20', [quota]: '100x20' }, minute: 20 },
      { series: { [size]: '96x20', [quota]: '100x20' }, minute: 1 },
    ],
  },
  EtcdClusterNoSpace: {
    fires: [
      {
        series: { [noSpace]: '0 1', [corrupt]: '0 0' },
        minute: 1,
        says: 'etcd has raised the NOSPACE alarm in prod/demo: clients can read and delete, and every other write is refused.',
      },
    ],
    quiet: [{ series: { [noSpace]: '0x5', [corrupt]: '1x5' }, minute: 5 }],
  },
  EtcdClusterCorrupt: {
    fires: [
      {
        series: { [corrupt]: '0 1', [noSpace]: '0 0' },
        minute: 1,
        says: 'etcd has raised the CORRUPT alarm in prod/demo: a member holds other data than the rest, and may answer clients with it.',
      },
    ],
    quiet: [{ series: { [corrupt]: '0x5', [noSpace]: '1x5' }, minute: 5 }],
  },
  EtcdClusterDefragmentationNeeded: {
    fires: [
      {
        series: { [size]: `${200 * MiB}x99`, [inUse]: `${50 * MiB}x99` },
        minute: 60,
        says: '75% of the database file of prod/demo is free space that counts for the quota; a defragmentation gives it back.',
      },
    ],
    quiet: [
      { series: { [size]: `${200 * MiB}x99`, [inUse]: `${50 * MiB}x99` }, minute: 59 },
      { series: { [size]: `${200 * MiB}x99`, [inUse]: `${100 * MiB}x99` }, minute: 99 },
      // A small file.
      { series: { [size]: `${100 * MiB}x99`, [inUse]: `${1 * MiB}x99` }, minute: 99 },
    ],
  },
}
