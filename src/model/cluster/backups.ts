/** What a cluster says of its backups. */
export interface BackupFacts {
  /** The newest verified backup of this very etcd cluster; `time` is when it was completed, as its status says. */
  readonly newest: { readonly name: string; readonly time: string; readonly revision: string } | undefined
  readonly schedules: readonly ScheduleFacts[]
}

/** A schedule that names the cluster, and what it says of itself. */
export interface ScheduleFacts {
  readonly name: string
  readonly suspended: boolean
  /** Its condition BackedUp; undefined before the first pass over it. */
  readonly backedUp: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string } | undefined
}
