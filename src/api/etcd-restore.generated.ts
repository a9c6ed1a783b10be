// Generated from crds/etcdrestores.yaml by `npm run generate`: change the CRD, not this file.

/**
 * A new EtcdCluster that begins with the data of a backup. The EtcdCluster isn't owned by it.
 */
export interface EtcdRestoreObject {
  /**
   * etcd-operator.dev/v1alpha1
   */
  apiVersion?: string
  /**
   * EtcdRestore
   */
  kind?: string
  metadata?: object
  /**
   * What to restore into which cluster. Immutable.
   */
  spec: {
    /**
     * The backup; exactly one of its fields.
     */
    source: {
      /**
       * Name of an EtcdBackup of this namespace.
       */
      backup?: string
      /**
       * A file on a volume of this namespace, without its EtcdBackup.
       */
      volume?: {
        /**
         * Name of the PersistentVolumeClaim.
         */
        claimName: string
        /**
         * Full path of the file inside the volume, for example demo/b1.db. Its manifest is looked for beside it.
         */
        path: string
      }
    }
    /**
     * Name of the EtcdCluster that is made; no EtcdCluster of this name may exist.
     */
    cluster: string
    clusterSpec?: {[key: string]: unknown}
  }
  /**
   * What became of the restore.
   */
  status: {
    /**
     * Generation of the spec that this status was made for; -1 until the operator has looked at the object.
     */
    observedGeneration?: number
    /**
     * How far the work is; Completed and Failed never change again.
     */
    phase?: 'Pending' | 'Verifying' | 'Restoring' | 'Growing' | 'Completed' | 'Failed'
    /**
     * The backup or the file that the cluster is made from, in words.
     */
    source?: string
    /**
     * Cluster ID in hex of the new cluster.
     */
    clusterID?: string
    /**
     * etcd's revision that the backup holds, a decimal number; up to it every write is there, beyond it none. The new cluster goes on at a higher one.
     */
    revision?: string
    /**
     * Number of keys that the new cluster answered with at the restored revision.
     */
    restoredKeys?: number
    /**
     * When the operator began with it.
     */
    startTime?: string
    /**
     * When the phase became Completed or Failed.
     */
    completionTime?: string
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
