import { ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_CLUSTER, ETCD_RESTORE } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdBackup, EtcdBackupSchedule } from '../api/backups.ts'
import type { EventDraft } from '../model/event.ts'
import { nextExpired } from '../plan/schedule/retention.ts'
import { type EventSource, rehearseEvent } from './record-event.ts'

/**
 * Removes at most one backup that its schedule doesn't keep. Undefined: there is none after all.
 *
 * Safety: everything is read again from the API server and decided again, ages by its clock, and the backup is deleted only as
 * it was read (uid and resourceVersion). So neither a stale cache nor an operator's clock that is wrong removes anything.
 */
export async function removeExpired(
  kube: Kube,
  seen: EtcdBackupSchedule,
  event: EventDraft,
  by: EventSource,
  signal: AbortSignal,
): Promise<EtcdBackup | undefined> {
  const where = { namespace: seen.metadata.namespace }
  const [now, schedule, backups, restores, clusters] = await Promise.all([
    rehearseEvent(kube, event, by, signal),
    kube.get(ETCD_BACKUP_SCHEDULE, seen.metadata, signal),
    kube.list(ETCD_BACKUP, where, signal),
    kube.list(ETCD_RESTORE, where, signal),
    kube.list(ETCD_CLUSTER, where, signal),
  ])
  if (schedule?.metadata.uid !== seen.metadata.uid || schedule.metadata.deletionTimestamp !== undefined) return undefined
  const expired = nextExpired({ now, schedule, backups: backups.items, restores: restores.items, clusters: clusters.items })
  if (expired === undefined) return undefined
  const { uid, resourceVersion } = expired.metadata
  await kube.delete(ETCD_BACKUP, expired.metadata, { uid, resourceVersion }, signal)
  return expired
}
