// Generated from crds/etcdbackupschedules.yaml by `npm run generate`: change the CRD, not this file.

/**
 * Backups of an etcd cluster at the times of a cron expression, and how long they are kept.
 */
export interface EtcdBackupScheduleObject {
  /**
   * etcd-operator.dev/v1alpha1
   */
  apiVersion?: string
  /**
   * EtcdBackupSchedule
   */
  kind?: string
  metadata?: object
  /**
   * When to back up what.
   */
  spec: {
    /**
     * Name of the EtcdCluster, in the same namespace.
     */
    cluster: string
    /**
     * Five cron fields: minute, hour, day of the month, month, day of the week; for example "0 3 * * MON-FRI".
     */
    schedule: string
    /**
     * IANA name of the time zone that the schedule is meant in, for example Europe/Berlin. Default: Etc/UTC.
     */
    timeZone: string
    /**
     * Whether no backups are made for now. Runs that would have been due meanwhile are neither made up for nor counted as missed. Default: false.
     */
    suspend: boolean
    /**
     * A run that could not begin for longer than this is skipped and counted as missed, 10s to 24h. Default: 10m.
     */
    startingDeadline: string
    /**
     * Where the snapshot is stored; exactly one kind of storage.
     */
    storage: {
      /**
       * A volume of this namespace.
       */
      volume?: {
        /**
         * Name of the PersistentVolumeClaim.
         */
        claimName: string
        /**
         * Folder inside the volume. The file is <path>/<name of the EtcdBackup>.db. Absent, the name of the cluster.
         */
        path?: string
      }
    }
    /**
     * Which backups of this schedule are removed, with their files. The newest verified one always stays. Absent, all stay.
     */
    retention?: {
      /**
       * Number of completed backups that stay.
       */
      keepLast?: number
      /**
       * Age after which a backup is removed.
       */
      maxAge?: string
    }
  }
  /**
   * What became of the runs of the schedule.
   */
  status: {
    /**
     * Generation of the spec that this status was made for; -1 until the operator has looked at the object.
     */
    observedGeneration?: number
    /**
     * Runs that were due up to this time have been dealt with: made, missed or passed over.
     */
    handledUntil?: string
    /**
     * Scheduled time of the last run.
     */
    lastScheduleTime?: string
    /**
     * When the newest verified backup was completed.
     */
    lastSuccessTime?: string
    /**
     * When the next run is due.
     */
    nextScheduleTime?: string
    /**
     * The times and the cluster that the schedule promises at present, and since when; absent while it promises nothing.
     */
    promised?: {
      /**
       * spec.cluster.
       */
      cluster: string
      /**
       * spec.schedule.
       */
      schedule: string
      /**
       * spec.timeZone.
       */
      timeZone: string
      /**
       * When the schedule was created, or the operator saw that one of these was changed or that the schedule is no longer suspended.
       */
      since: string
    }
    /**
     * Names of the EtcdBackups of this schedule that are under way; never more than one.
     */
    active?: string[]
    /**
     * Number of runs that were skipped because they could not begin in time.
     */
    missed?: number
    /**
     * Ready, BackedUp, Stalled.
     */
    conditions?: {
      /**
       * Name of the condition.
       */
      type: string
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown'
      /**
       * Generation that the condition was evaluated for.
       */
      observedGeneration?: number
      /**
       * When the status changed last.
       */
      lastTransitionTime: string
      /**
       * CamelCase reason.
       */
      reason: string
      /**
       * What was seen, and the way out.
       */
      message: string
    }[]
  }
}
