import { Failure } from '../adapters/failure.ts'
import { ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_CLUSTER, ETCD_RESTORE } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdBackup, EtcdBackupSchedule } from '../api/backups.ts'
import type { EventDraft } from '../model/event.ts'
import { nextExpired, type RetentionView } from '../plan/schedule/retention.ts'
import { lookAgain } from './look-again.ts'
import { type EventSource, rehearseEvent } from './record-event.ts'

/**
 * Removes at most one backup that its schedule doesn't keep. Undefined: the live read found no such backup.
 *
 * Safety: everything is read again from the API server and decided again, ages by its clock, and the backup is deleted only as
 * it was read (uid and resourceVersion). So neither a stale cache nor an operator's clock that is wrong removes anything.
 */
export async function removeExpired(
  kube: Kube,
  seen: EtcdBackupSchedule,
  event: EventDraft,
  by: EventSource & { readonly monotonicMs: () => number },
  signal: AbortSignal,
): Promise<EtcdBackup | undefined> {
  const again = await lookAgain({
    look: () => look(kube, seen, event, by, signal),
    plan: (view: RetentionView | undefined) => view && nextExpired(view),
    isDue: (expired: EtcdBackup | undefined): expired is EtcdBackup => expired !== undefined,
    act: (_, { metadata }) => kube.delete(ETCD_BACKUP, metadata, { uid: metadata.uid, resourceVersion: metadata.resourceVersion }, signal),
    monotonicMs: by.monotonicMs,
  })
  if (again.kind === 'late') throw new Failure('timeout', `an expired backup was not removed, because ${again.why}`)
  return again.kind === 'acted' ? again.decision : undefined
}

/** Undefined for a schedule that was deleted or is being deleted. */
async function look(
  kube: Kube,
  seen: EtcdBackupSchedule,
  event: EventDraft,
  by: EventSource,
  signal: AbortSignal,
): Promise<RetentionView | undefined> {
  const where = { namespace: seen.metadata.namespace }
  const [now, schedule, backups, restores, clusters] = await Promise.all([
    rehearseEvent(kube, event, by, signal),
    kube.get(ETCD_BACKUP_SCHEDULE, seen.metadata, signal),
    kube.list(ETCD_BACKUP, where, signal),
    kube.list(ETCD_RESTORE, where, signal),
    kube.list(ETCD_CLUSTER, where, signal),
  ])
  if (schedule?.metadata.uid !== seen.metadata.uid || schedule.metadata.deletionTimestamp !== undefined) return undefined
  return { now, schedule, backups: backups.items, restores: restores.items, clusters: clusters.items }
}
