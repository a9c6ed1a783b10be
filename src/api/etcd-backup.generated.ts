// Generated from crds/etcdbackups.yaml by `npm run generate`: change the CRD, not this file.

/**
 * One snapshot of an etcd cluster, stored on a volume and read back before it counts as completed.
 */
export interface EtcdBackupObject {
  /**
   * etcd-operator.dev/v1alpha1
   */
  apiVersion?: string
  /**
   * EtcdBackup
   */
  kind?: string
  metadata?: object
  /**
   * What to back up, and where to store it. Immutable.
   */
  spec: {
    /**
     * Name of the EtcdCluster, in the same namespace.
     */
    cluster: string
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
     * What happens to the stored file when this object is deleted. Default: Retain.
     */
    deletionPolicy: 'Retain' | 'Delete'
    /**
     * Time from the start after which a backup that is not completed has failed, 10s to 24h. Default: 30m.
     */
    timeout: string
  }
  /**
   * What became of the backup.
   */
  status: {
    /**
     * Generation of the spec that this status was made for; -1 until the operator has looked at the object.
     */
    observedGeneration?: number
    /**
     * How far the work is; Completed and Failed never change again.
     */
    phase?: 'Pending' | 'Running' | 'Completed' | 'Failed'
    /**
     * Path of the file inside the volume; beside it lies the manifest, <location>.json.
     */
    location?: string
    /**
     * etcd's cluster ID in hex.
     */
    clusterID?: string
    /**
     * Name of the member that sent the snapshot.
     */
    member?: string
    /**
     * Version of etcd that the member ran.
     */
    etcdVersion?: string
    /**
     * etcd's revision that the file holds, a decimal number.
     */
    revision?: string
    /**
     * Size of the file.
     */
    size?: string
    /**
     * Number of keys in the file, counted as etcdutl snapshot status does.
     */
    totalKeys?: number
    /**
     * SHA-256 of the file in hex, as sha256sum prints it.
     */
    sha256?: string
    /**
     * When the operator began with it.
     */
    startTime?: string
    /**
     * When the phase became Completed or Failed.
     */
    completionTime?: string
    /**
     * The stored file as it was read back: checksum, pages of the database and revision.
     */
    verified?: {
      /**
       * When the file was read back.
       */
      time: string
      /**
       * Whether the file is whole.
       */
      result: 'Passed' | 'Failed'
    }
    /**
     * Complete, Reconciling, Stalled.
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
