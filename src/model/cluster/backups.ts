import type { EtcdBackup } from '../../api/backups.ts'

/** The backups and schedules that name a cluster. */
export interface BackupFacts {
  /** The newest verified backup of this very etcd cluster; `time` is when it was completed, as its status says. */
  readonly newest: { readonly name: string; readonly time: string; readonly revision: string } | undefined
  readonly schedules: readonly ScheduleFacts[]
  /** Names of the backups that are being taken. */
  readonly running: readonly string[]
  /** Of every backup that names the cluster, by its name; Pending where it has none yet. */
  readonly phases: ReadonlyMap<string, BackupPhase>
}

export type BackupPhase = 'Pending' | 'Running' | 'Completed' | 'Failed'

/** A schedule that names the cluster, and the schedule's own status. */
export interface ScheduleFacts {
  readonly name: string
  readonly suspended: boolean
  /** Where it stores backups. */
  readonly storage: EtcdBackup['spec']['storage']
  /** Its condition BackedUp; undefined before the first pass over it. */
  readonly backedUp: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string } | undefined
}
