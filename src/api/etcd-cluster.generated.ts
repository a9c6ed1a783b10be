// Generated from crds/etcdclusters.yaml by `npm run generate`: change the CRD, not this file.

/**
 * An etcd cluster; its members run as pods with a volume each, and the operator looks after its membership.
 */
export interface EtcdClusterObject {
  /**
   * etcd-operator.dev/v1alpha1
   */
  apiVersion?: string
  /**
   * EtcdCluster
   */
  kind?: string
  metadata?: object
  /**
   * The cluster that is wished for.
   */
  spec: {
    /**
     * Number of voting members, 1, 3, 5 or 7. `kubectl scale` sets it.
     */
    size: number
    /**
     * etcd's version, x.y.z without a leading v; 3.5.11 to 3.7.
     */
    version: string
    /**
     * The image that the members run.
     */
    image: {
      /**
       * Repository of the etcd image, without a tag.
       */
      repository: string
      /**
       * Tag of the image; empty means v followed by spec.version.
       */
      tag: string
      /**
       * When the kubelet pulls the image.
       */
      pullPolicy: 'Always' | 'IfNotPresent' | 'Never'
      /**
       * Secrets of this namespace with credentials for the registry.
       */
      pullSecrets: {
        /**
         * Name of the Secret.
         */
        name: string
      }[]
    }
    /**
     * The volume of each member.
     */
    storage: {
      /**
       * Size of each member's volume; may grow, never shrinks.
       */
      size: number | string
      /**
       * StorageClass of the volumes; empty means the default StorageClass. Immutable.
       */
      className: string
      /**
       * What happens to the volumes when the EtcdCluster is deleted.
       */
      deletionPolicy: 'Retain' | 'Delete'
      /**
       * What happens to the volume of a member that left the cluster. A retained one is deleted before a member of its name joins again.
       */
      scaleDownPolicy: 'Delete' | 'Retain'
    }
    /**
     * How the cluster begins; read only while no cluster ID is pinned in the status.
     */
    bootstrap: {
      /**
       * What to do when volumes of an earlier cluster of this name are found. Refuse starts nothing and says so; Adopt brings that cluster back with its data.
       */
      existingVolumes: 'Refuse' | 'Adopt'
      /**
       * A backup whose data the cluster begins with; the source of an EtcdRestore. Absent or empty, the cluster begins without data.
       */
      restore?: {
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
    }
    /**
     * Settings of etcd itself.
     */
    etcd: {
      /**
       * Size of the database at which etcd raises the NOSPACE alarm and refuses writes. Absent, the smaller of 2Gi and 40 % of storage.size.
       */
      quotaBackendBytes?: number | string
      /**
       * How etcd compacts old revisions by itself.
       */
      autoCompaction: {
        /**
         * periodic keeps the revisions of a time, revision keeps a number of them.
         */
        mode: 'periodic' | 'revision'
        /**
         * A duration in mode periodic (1h), a number of revisions in mode revision ("10000").
         */
        retention: string
      }
      /**
       * Time between two heartbeats of the leader.
       */
      heartbeatInterval: string
      /**
       * Time without a heartbeat after which a follower stands for election; at least five heartbeats.
       */
      electionTimeout: string
      /**
       * Number of committed transactions after which etcd writes a snapshot of its raft log.
       */
      snapshotCount: number
      /**
       * Further etcd flags, name without dashes to value; only flags that this etcd minor version knows and that the operator does not own.
       */
      extraArgs: {
        [k: string]: string
      }
    }
    /**
     * The members' pods.
     */
    pod: {
      /**
       * Requests and limits of the etcd container.
       */
      resources: {
        /**
         * Resource name to quantity.
         */
        requests?: {
          [k: string]: number | string
        }
        /**
         * Resource name to quantity.
         */
        limits?: {
          [k: string]: number | string
        }
      }
      /**
       * Further labels of the pods.
       */
      labels: {
        [k: string]: string
      }
      /**
       * Further annotations of the pods.
       */
      annotations: {
        [k: string]: string
      }
      /**
       * Labels that a node must have.
       */
      nodeSelector: {
        [k: string]: string
      }
      /**
       * Taints that the pods tolerate, as in a pod's spec.
       */
      tolerations: {
        /**
         * Taint key; empty with operator Exists matches every key.
         */
        key?: string
        /**
         * Relation of key and value.
         */
        operator?: 'Exists' | 'Equal'
        /**
         * Taint value.
         */
        value?: string
        /**
         * Taint effect; empty matches all.
         */
        effect?: '' | 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
        /**
         * Seconds that a NoExecute taint is tolerated.
         */
        tolerationSeconds?: number
      }[]
      /**
       * Affinity as in a pod's spec. Absent or empty, each member prefers another node and another zone.
       */
      affinity: {
        /**
         * As in a pod's spec.
         */
        nodeAffinity?: {[key: string]: unknown}
        /**
         * As in a pod's spec.
         */
        podAffinity?: {[key: string]: unknown}
        /**
         * As in a pod's spec.
         */
        podAntiAffinity?: {[key: string]: unknown}
      }
      /**
       * Spread constraints as in a pod's spec; a constraint without labelSelector counts the pods of this cluster.
       */
      topologySpreadConstraints: {
        /**
         * How unevenly the pods may be spread.
         */
        maxSkew: number
        /**
         * Node label that names the domain.
         */
        topologyKey: string
        /**
         * What to do with a pod that fits nowhere.
         */
        whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'
        [k: string]: unknown
      }[]
      /**
       * PriorityClass of the pods.
       */
      priorityClassName: string
    }
    /**
     * What the operator mends by itself.
     */
    repair: {
      /**
       * Whether a failed member is replaced without being asked.
       */
      automatic: boolean
      /**
       * Time after which the members of an unreachable node count as lost.
       */
      nodeLossAfter: string
    }
    /**
     * true - observe and report; nothing but the status is written.
     */
    paused: boolean
    /**
     * Reserved.
     */
    tls?: {[key: string]: unknown}
    /**
     * Reserved.
     */
    auth?: {[key: string]: unknown}
  }
  /**
   * The cluster as the operator saw it last.
   */
  status?: {
    /**
     * Generation of the spec that this status was made for.
     */
    observedGeneration?: number
    /**
     * etcd's cluster ID in hex, pinned at the first bootstrap.
     */
    clusterID?: string
    /**
     * What was frozen before the first member started; never changes afterwards.
     */
    bootstrap?: {
      /**
       * Number of members that the cluster began with.
       */
      size: number
      /**
       * initial-cluster-token.
       */
      token: string
      /**
       * Name of the data directory below /var/lib/etcd.
       */
      incarnation: string
      /**
       * The backup that the cluster begins with, as it was verified; absent in a cluster that began without data.
       */
      restore?: {
        /**
         * PersistentVolumeClaim that holds the file.
         */
        claimName: string
        /**
         * Path of the file inside the volume.
         */
        path: string
        /**
         * Bytes of the file.
         */
        size: number
        /**
         * SHA-256 of the file in hex.
         */
        sha256: string
        /**
         * SHA-256 in hex of all but its last 32 bytes; those hold it as well.
         */
        bodySha256: string
        /**
         * etcd's revision that the file holds, a decimal number.
         */
        revision: string
        /**
         * Revision of its last entry, a decimal number: lower where a compaction has removed the last deletion.
         */
        lastEntry: string
        /**
         * What was added to the revision, so that no client sees it go back; a decimal number.
         */
        bump: string
        /**
         * Number of keys in the file, counted as etcdutl snapshot status does.
         */
        totalKeys: number
        /**
         * Number of keys that a client sees at that revision.
         */
        liveKeys: number
        /**
         * Number of keys that the first member answered with at the restored revision.
         */
        restoredKeys?: number
      }
      /**
       * The members whose retained volumes were adopted, when the cluster began with those.
       */
      adopted?: string[]
    }
    /**
     * Lowest version that a voter runs.
     */
    version?: string
    /**
     * Voters in etcd's own list.
     */
    members?: number
    /**
     * Voters that serve.
     */
    readyMembers?: number
    /**
     * Members that serve / members that are wished for.
     */
    ready?: string
    /**
     * Name of the leader.
     */
    leader?: string
    /**
     * Size of the leader's database file.
     */
    dbSize?: string
    /**
     * URL for clients inside the Kubernetes cluster.
     */
    endpoint?: string
    /**
     * Label selector of the pods.
     */
    selector?: string
    /**
     * The plan in one line; present while anything is left to do.
     */
    nextStep?: {
      /**
       * Stable for the same step.
       */
      id: string
      /**
       * The step's name, or Wait or Block.
       */
      action: string
      /**
       * Name of the member that the step is about.
       */
      member?: string
      /**
       * UID of the object that the step is about.
       */
      uid?: string
      /**
       * Why.
       */
      reason: string
      /**
       * What is done or waited for.
       */
      message: string
      /**
       * When this step was first planned.
       */
      since: string
    }
    /**
     * One row per member.
     */
    memberStatus?: {
      /**
       * Name of the member and of its pod.
       */
      name: string
      /**
       * Member ID in hex as etcdctl prints it.
       */
      id?: string
      /**
       * What the member is to the cluster.
       */
      role: 'Voter' | 'Learner' | 'Joining' | 'Leaving' | 'Failed'
      /**
       * Whether it leads.
       */
      leader: boolean
      /**
       * Whether it serves clients.
       */
      ready: boolean
      /**
       * Version that it runs.
       */
      version?: string
      /**
       * Size of its database file.
       */
      dbSize?: string
      /**
       * Part of it that is in use.
       */
      dbSizeInUse?: string
      /**
       * Entries of the leader's log that it has not applied yet.
       */
      raftLag?: number
      /**
       * Kubernetes node of its pod.
       */
      node?: string
      /**
       * PersistentVolumeClaim with its data.
       */
      volume?: string
      /**
       * Why it isn't ready.
       */
      message?: string
    }[]
    /**
     * The newest verified backup of this cluster.
     */
    lastBackup?: {
      /**
       * Name of the EtcdBackup.
       */
      name: string
      /**
       * When it was completed.
       */
      time: string
      /**
       * etcd's revision that it holds, a decimal number.
       */
      revision: string
    }
    /**
     * Ready, Available, FaultTolerant, Progressing, Stalled, BackedUp, Encrypted.
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
       * The reason in words.
       */
      message: string
    }[]
  }
}
