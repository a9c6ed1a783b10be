import { shortHash } from '../hash.ts'
import type { ScheduleFacts } from './backups.ts'
import type { VersionStep } from './version-change.ts'
import type { ClusterView } from './view.ts'

/** The backup before a version change. */
export type BackupFirst =
  /** Not wanted, or not possible: why, for a person; undefined where there is nothing to say. */
  | { readonly state: 'none'; readonly why: string | undefined }
  /** It is to be created, in the place of this schedule's backups. */
  | { readonly state: 'due'; readonly name: string; readonly schedule: ScheduleFacts }
  | { readonly state: 'running'; readonly name: string }
  | { readonly state: 'failed'; readonly name: string }
  | { readonly state: 'completed'; readonly name: string }

/** A backup is Completed only once its file was read back and verified. */
export function backupFirst(view: ClusterView, { to }: VersionStep): BackupFirst {
  const { spec, metadata } = view.cluster
  // An EtcdCluster that was stored before the field existed may lack it.
  if (!(spec.upgrade?.backupFirst ?? true)) return { state: 'none', why: undefined }
  const name = backupFirstName(view, to)
  const phase = view.backups.phases.get(name)
  if (phase === 'Completed') return { state: 'completed', name }
  if (phase === 'Failed') return { state: 'failed', name }
  if (phase !== undefined) return { state: 'running', name }
  const schedule = view.backups.schedules.toSorted(bySuspension)[0]
  if (schedule !== undefined) return { state: 'due', name, schedule }
  return { state: 'none', why: `no backup is taken first, because no EtcdBackupSchedule of ${metadata.name} tells where to` }
}

/** A suspended schedule tells as well where backups are stored. */
function bySuspension(a: ScheduleFacts, b: ScheduleFacts): number {
  return Number(a.suspended) - Number(b.suspended) || a.name.localeCompare(b.name)
}

/** The same for the same wish; another edit of the spec, or the next step of the change, gets a backup of its own. */
export function backupFirstName({ cluster: { metadata } }: Pick<ClusterView, 'cluster'>, to: string): string {
  return `${metadata.name}-${shortHash([metadata.uid, metadata.generation, to])}`
}
