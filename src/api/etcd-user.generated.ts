// Generated from crds/etcdusers.yaml by `npm run generate`: change the CRD, not this file.

/**
 * A user of an etcd cluster with its permissions, and a Secret to connect with.
 */
export interface EtcdUserObject {
  /**
   * etcd-operator.dev/v1alpha1
   */
  apiVersion?: string
  /**
   * EtcdUser
   */
  kind?: string
  metadata?: object
  /**
   * The user as it should be.
   */
  spec: {
    /**
     * Name of the EtcdCluster, in the same namespace.
     */
    cluster: string
    /**
     * Name of the user in etcd, and of its role. By default empty, which is the name of this object.
     */
    user: string
    /**
     * What the user may read and write; each with exactly one of key, prefix and range. None by default.
     */
    permissions: {
      /**
       * What is allowed.
       */
      access: 'Read' | 'Write' | 'ReadWrite'
      /**
       * One key.
       */
      key?: string
      /**
       * All keys that begin so; empty, every key.
       */
      prefix?: string
      /**
       * All keys from one to before another, in the order of their bytes.
       */
      range?: {
        /**
         * The first key.
         */
        from: string
        /**
         * The first key that is not in the range any more.
         */
        to: string
      }
    }[]
    /**
     * Whether the user has the root role of etcd: every key, maintenance and membership. Default: false.
     */
    admin: boolean
    /**
     * Whether the Secret holds a client certificate with the user as its common name. Default: true.
     */
    certificate: boolean
    /**
     * A password of the user. By default empty, which is none.
     */
    password: {
      /**
       * True makes a random password.
       */
      generate?: boolean
      /**
       * Name of the Secret, of this namespace, that holds the password.
       */
      secretName?: string
      /**
       * Key in that Secret; absent, password.
       */
      key?: string
    }
  }
  /**
   * The user as the operator saw it last.
   */
  status: {
    /**
     * Generation of the spec that this status was made for; -1 until the operator has looked at the object.
     */
    observedGeneration?: number
    /**
     * Secret to connect with.
     */
    secretName?: string
    /**
     * The same Secret, where the Service Binding specification looks for it.
     */
    binding?: {
      /**
       * Name of the Secret.
       */
      name: string
    }
    /**
     * When the client certificate in the Secret expires.
     */
    certificateExpiry?: string
    /**
     * When that certificate was issued.
     */
    certificateIssued?: string
    /**
     * SHA-256 of the CA certificate that issued it, in hex.
     */
    certificateIssuer?: string
    /**
     * The user in etcd, and the role of its name, that the operator made for this object; noted before they are made.
     */
    claim?: {
      /**
       * UID of the EtcdCluster.
       */
      clusterUID: string
      /**
       * Name of the user in etcd.
       */
      user: string
    }
    /**
     * Which password etcd has: another value for another password, which tells nothing of it.
     */
    passwordVersion?: string
    /**
     * Ready, Stalled.
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
