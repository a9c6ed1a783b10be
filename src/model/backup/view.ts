import type { EtcdBackup } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { storedBackupFinalizer } from '../../api/labels.ts'
import type { AgentImage } from '../agent/image.ts'
import type { AgentRun } from '../agent/run.ts'
import type { ClaimFacts } from '../claim.ts'
import { parseDuration } from '../duration.ts'
import type { Known } from '../known.ts'

/** Everything that one pass knows about one EtcdBackup, as plain facts. */
export interface BackupView {
  /** Wall clock of the operator, milliseconds since the epoch. */
  readonly now: number
  readonly backup: EtcdBackup
  /** The EtcdCluster that it names. */
  readonly cluster: EtcdCluster | undefined
  /** Names of the EtcdClusters of the namespace; filled in only where the named EtcdCluster is missing. */
  readonly otherClusters: readonly string[]
  /** The claim for the backup; undefined while no rule needs it. */
  readonly claim: ClaimFacts | undefined
  /** The Job that takes the backup. */
  readonly work: AgentRun
  /** The Job that removes the file, once the EtcdBackup is being deleted. */
  readonly removal: AgentRun
  /** Pods that may still write the file, even if their Job was deleted; looked for only before the file is removed. */
  readonly writers: readonly string[]
  readonly agentImage: Known<AgentImage>
  /** What reads the file: unfinished restores, in words. */
  readonly readers: readonly string[]
  /** The API server refuses new objects, because the namespace is being deleted. */
  readonly namespaceTerminating: boolean
}

/** Path of the file inside the volume. */
export function locationOf({ metadata, spec }: EtcdBackup): string {
  return `${spec.storage.volume.path ?? spec.cluster}/${metadata.name}.db`
}

export function claimNameOf({ spec }: EtcdBackup): string {
  return spec.storage.volume.claimName
}

/** Whether the finalizer is missing, so that the file would outlive the EtcdBackup. No file is stored before the first status. */
export function lacksFinalizer({ metadata, spec, status }: EtcdBackup): boolean {
  const isLeaving = metadata.deletionTimestamp !== undefined
  if (isLeaving || spec.deletionPolicy !== 'Delete' || status?.startTime === undefined) return false
  return !metadata.finalizers?.includes(storedBackupFinalizer)
}

/** A deletion that takes longer than this needs a person. */
const lateMs = 15 * 60_000

/** Whether the backup has been terminating for that long; `now` in milliseconds since the epoch. */
export function isDeletionLate({ metadata }: EtcdBackup, now: number): boolean {
  return now - Date.parse(metadata.deletionTimestamp ?? '') > lateMs
}

/** When the operator accepted the backup; read from its status, so that no restart of the operator gives it more time. */
export function startedAt({ backup, now }: Pick<BackupView, 'backup' | 'now'>): number {
  const started = Date.parse(backup.status?.startTime ?? '')
  return Number.isNaN(started) ? now : started
}

/** Milliseconds until spec.timeout is over; negative afterwards. */
export function timeLeftMs(view: Pick<BackupView, 'backup' | 'now'>): number {
  return startedAt(view) + (parseDuration(view.backup.spec.timeout) ?? 0) - view.now
}

/** The members that a snapshot may be asked of: every voter that the cluster's status lists. */
export function votersOf(cluster: EtcdCluster): readonly string[] {
  return (cluster.status?.memberStatus ?? []).filter(({ role }) => role === 'Voter').map(({ name }) => name)
}
