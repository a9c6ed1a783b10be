import type { EtcdBackupStatus } from '../api/backups.ts'
import type { Reason } from '../api/reasons.ts'
import { type BackupView, locationOf, startedAt } from '../model/backup/view.ts'
import { formatBytes } from '../model/quantity.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import type { BackedUp, BackupDecision } from '../plan/backup/step.ts'
import { isStalled } from '../plan/decision.ts'
import { conditionsFrom, reconciling, type Verdict } from './verdict.ts'

/** A decision that is reported in the status; the result of a step is reported by the next pass. */
export type BackupNews = Exclude<BackupDecision, { kind: 'step' | 'steady' }>

/** The whole status, from the view and the decision. */
export function backupStatusOf(view: BackupView, news: BackupNews): EtcdBackupStatus {
  const { status, metadata } = view.backup
  const isRemoval = 'on' in news && news.on === 'removal'
  return {
    // The result of the backup stays in the status while its file is deleted.
    ...(isRemoval ? status : {}),
    observedGeneration: metadata.generation,
    phase: phaseOf(view, news),
    location: locationOf(view.backup),
    startTime: status?.startTime ?? rfc3339(view.now),
    ...outcome(view, news),
    conditions: conditionsOf(view, news),
  }
}

function phaseOf({ backup }: BackupView, news: BackupNews): NonNullable<EtcdBackupStatus['phase']> {
  switch (news.kind) {
    case 'complete':
      return 'Completed'
    case 'fail':
      return 'Failed'
    case 'wait':
    case 'block':
      if (news.on === 'removal') return backup.status?.phase ?? 'Pending'
      return news.running ? 'Running' : 'Pending'
  }
}

function outcome({ now }: BackupView, news: BackupNews): Partial<EtcdBackupStatus> {
  switch (news.kind) {
    case 'complete':
      return stored(news.result, now)
    case 'fail': {
      const completionTime = rfc3339(now)
      return wasRead.has(news.reason) ? { completionTime, verified: { time: completionTime, result: 'Failed' } } : { completionTime }
    }
    case 'wait':
    case 'block':
      return {}
  }
}

/** Reasons that mean: the bytes were read back and are wrong. */
const wasRead: ReadonlySet<Reason> = new Set(['NotASnapshot', 'SnapshotTruncated', 'SnapshotDamaged', 'SnapshotTooOld'])

function stored({ snapshot, member, clusterId, etcdVersion, completionTime }: BackedUp, now: number): Partial<EtcdBackupStatus> {
  // The agent's own time, which stands in the manifest as well.
  const time = Number.isNaN(Date.parse(completionTime)) ? rfc3339(now) : completionTime
  return {
    clusterID: clusterId,
    member,
    etcdVersion,
    revision: snapshot.revision,
    size: formatBytes(snapshot.size),
    totalKeys: snapshot.totalKeys,
    sha256: snapshot.sha256,
    completionTime: time,
    verified: { time, result: 'Passed' },
  }
}

function conditionsOf(view: BackupView, news: BackupNews): NonNullable<EtcdBackupStatus['conditions']> {
  const { metadata, status } = view.backup
  const isRemoval = 'on' in news && news.on === 'removal'
  const kept = isRemoval ? status?.conditions?.filter(({ type }) => type === 'Complete') : []
  const complete = kept?.length ? {} : { Complete: completeness(news) }
  const about = { generation: metadata.generation, before: status?.conditions, now: view.now }
  const stalled = stall(news)
  const verdicts = { ...complete, Stalled: stalled, ...reconciling(stalled, news.kind === 'wait' ? news : undefined) }
  return [...(kept ?? []), ...conditionsFrom(verdicts, about)]
}

function completeness(news: BackupNews): Verdict {
  switch (news.kind) {
    case 'complete':
      return { status: 'True', reason: 'BackupCompleted', message: `stored and read back: revision ${news.result.snapshot.revision}` }
    case 'fail':
      return { status: 'False', reason: news.reason, message: news.message }
    case 'wait':
    case 'block':
      return { status: 'Unknown', reason: news.reason, message: news.message }
  }
}

/** A failed backup stays failed: a person decides whether to take another. */
function stall(news: BackupNews): Verdict {
  if (news.kind === 'complete') return { status: 'False', reason: 'BackupCompleted', message: 'no action is needed' }
  if (isStalled(news)) return { status: 'True', reason: news.reason, message: news.message }
  return { status: 'False', reason: news.reason, message: 'no action is needed' }
}

/** Milliseconds that the backup took, from its start until the agent reported the result. */
export function durationMs(view: BackupView, result: BackedUp): number {
  return Math.max(0, Date.parse(result.completionTime) - startedAt(view))
}
