import type { EtcdBackup, EtcdBackupSchedule, EtcdRestore } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { isOfSchedule, isVerified } from '../../model/backup/backups.ts'
import { isSourceOf } from '../../model/backup/readers.ts'
import { parseDuration } from '../../model/duration.ts'

/** What retention is decided from. */
export interface RetentionView {
  /** Milliseconds since the epoch; when a backup is about to be deleted, by the API server's clock, which wrote the creation times. */
  readonly now: number
  readonly schedule: EtcdBackupSchedule
  /** All EtcdBackups of the namespace, like the EtcdRestores and EtcdClusters below. */
  readonly backups: readonly EtcdBackup[]
  readonly restores: readonly EtcdRestore[]
  readonly clusters: readonly EtcdCluster[]
}

/**
 * The backup of this schedule that is deleted next, oldest first; undefined: none. Their age is the creation time, which the API
 * server wrote: the operator's clock, which named them, may have been wrong.
 *
 * Safety: the newest verified backup of every etcd cluster stays whatever the limits say (a new cluster under an old name has another
 * cluster ID, and must not push out the last backup of the lost cluster), and so does a backup that a restore reads.
 */
export function nextExpired(view: RetentionView): EtcdBackup | undefined {
  const limits = limitsOf(view.schedule)
  if (limits === undefined) return undefined
  const own = view.backups
    .filter((backup) => isOfSchedule(view.schedule, backup) && backup.metadata.deletionTimestamp === undefined)
    .toSorted(newestFirst)
  const verified = own.filter(isVerified)
  const lasting = new Set(newestOfEach(verified))
  const expired = verified.filter((backup, index) => isBeyond(limits, view.now, backup, index) && !lasting.has(backup))
  const kept = verified.filter((backup) => !expired.includes(backup))
  return [...expired, ...expiredFailures(view, limits, own, kept.at(-1))]
    .filter((backup) => !isSourceOf(backup, view.restores, view.clusters))
    .toSorted(newestFirst)
    .at(-1)
}

interface Limits {
  readonly keepLast: number
  readonly maxAgeMs: number
}

function limitsOf({ spec }: EtcdBackupSchedule): Limits | undefined {
  const { keepLast, maxAge } = spec.retention ?? {}
  const maxAgeMs = maxAge === undefined ? undefined : parseDuration(maxAge)
  if (keepLast === undefined && maxAgeMs === undefined) return undefined
  return { keepLast: keepLast ?? Number.POSITIVE_INFINITY, maxAgeMs: maxAgeMs ?? Number.POSITIVE_INFINITY }
}

/** Failed backups stay for people to read, by the same limits; none stays that is older than the oldest verified backup that is kept. */
function expiredFailures(
  view: RetentionView,
  limits: Limits,
  own: readonly EtcdBackup[],
  oldestKept: EtcdBackup | undefined,
): readonly EtcdBackup[] {
  const failed = own.filter(({ status }) => status?.phase === 'Failed')
  return failed.filter(
    (backup, index) => isBeyond(limits, view.now, backup, index) || (oldestKept !== undefined && createdAt(backup) < createdAt(oldestKept)),
  )
}

function isBeyond({ keepLast, maxAgeMs }: Limits, now: number, backup: EtcdBackup, index: number): boolean {
  return index >= keepLast || now - createdAt(backup) > maxAgeMs
}

/** The first backup in the list for each etcd cluster, by cluster ID. */
function newestOfEach(verified: readonly EtcdBackup[]): readonly EtcdBackup[] {
  return verified.filter((backup, index) => verified.findIndex(({ status }) => status?.clusterID === backup.status?.clusterID) === index)
}

function newestFirst(a: EtcdBackup, b: EtcdBackup): number {
  return createdAt(b) - createdAt(a) || (a.metadata.name < b.metadata.name ? 1 : -1)
}

function createdAt({ metadata }: EtcdBackup): number {
  return Date.parse(metadata.creationTimestamp)
}
