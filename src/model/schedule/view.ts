import type { EtcdBackup, EtcdBackupSchedule } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { Reason } from '../../api/reasons.ts'

/** What a pass over a schedule knows. */
export interface ScheduleView {
  /** Wall clock of the operator, milliseconds since the epoch. */
  readonly now: number
  readonly schedule: EtcdBackupSchedule
  /** The EtcdCluster that it names. */
  readonly cluster: EtcdCluster | undefined
  /** Names of the EtcdClusters of the namespace; filled in only where the named EtcdCluster is missing. */
  readonly otherClusters: readonly string[]
  /** All EtcdBackups of the namespace. */
  readonly backups: readonly EtcdBackup[]
  /** Why the API server refused a request of this very pass. */
  readonly refusal?: Problem
}

/** A problem that only a person can solve; the message names the way out. */
export interface Problem {
  readonly reason: Reason
  readonly message: string
}
