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
   * The cluster as it should be.
   */
  spec: {
    /**
     * Number of voting members: 1, 3, 5 or 7. `kubectl scale` sets it. Default: 3.
     */
    size: number
    /**
     * etcd's version, x.y.z without a leading v, of 3.5.11 to 3.7; for example 3.6.16. (YAML takes 3.6 alone for a number, which is refused.)
     */
    version: string
    /**
     * The image that the members run. By default etcd's own, in the version of spec.version.
     */
    image: {
      /**
       * Repository of the etcd image, without a tag. Default: gcr.io/etcd-development/etcd, unless the operator runs with --etcd-image-repository.
       */
      repository: string
      /**
       * Tag of the image. By default empty, which is v followed by spec.version.
       */
      tag: string
      /**
       * When the kubelet pulls the image. Default: IfNotPresent.
       */
      pullPolicy: 'Always' | 'IfNotPresent' | 'Never'
      /**
       * Secrets of this namespace with credentials for the registry. None by default.
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
       * Size of each member's volume, a quantity of at least 64Mi. A larger one grows the volumes where their StorageClass can; with migration MemberByMember it may shrink as well.
       */
      size: number | string
      /**
       * Name of the StorageClass of the volumes. It can change only with migration MemberByMember. By default empty, which is the default StorageClass.
       */
      className: string
      /**
       * How the members come onto volumes that theirs cannot become: of another class, of a smaller size, or larger where the class cannot grow volumes. None: they do not. MemberByMember: a new member on a new volume takes the place of each member, one at a time. Default: None.
       */
      migration: 'None' | 'MemberByMember'
      /**
       * What happens to the volumes when the EtcdCluster is deleted. Default: Retain.
       */
      deletionPolicy: 'Retain' | 'Delete'
      /**
       * What happens to the volume of a member that left the cluster. A retained one is deleted before a member of its name joins again. Default: Delete.
       */
      scaleDownPolicy: 'Delete' | 'Retain'
    }
    /**
     * How the cluster begins. Read only while no cluster ID is pinned in the status; without effect afterwards.
     */
    bootstrap: {
      /**
       * What to do when volumes of an earlier cluster of this name are found. Refuse starts nothing and says so; Adopt brings that cluster back with its data. Default: Refuse.
       */
      existingVolumes: 'Refuse' | 'Adopt'
      /**
       * A backup whose data the cluster begins with, as in spec.source of an EtcdRestore; exactly one of its fields. Absent, the cluster begins without data.
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
     * Settings of etcd itself; each has its default.
     */
    etcd: {
      /**
       * Size of the database at which etcd raises the NOSPACE alarm and refuses writes, a quantity of at least 16Mi and less than half of spec.storage.size. Absent, the smaller of 2Gi and 40 % of spec.storage.size.
       */
      quotaBackendBytes?: number | string
      /**
       * How etcd compacts old revisions by itself. Default: those older than an hour.
       */
      autoCompaction: {
        /**
         * periodic keeps the revisions of a time, revision keeps a number of them. Default: periodic.
         */
        mode: 'periodic' | 'revision'
        /**
         * A duration in mode periodic (1h), a number of revisions in mode revision ("10000"). Default: 1h.
         */
        retention: string
      }
      /**
       * Time between two heartbeats of the leader, 10ms to 10s. Default: 100ms.
       */
      heartbeatInterval: string
      /**
       * Time without a heartbeat after which a follower stands for election, 50ms to 50s and at least five heartbeats. Default: 1s.
       */
      electionTimeout: string
      /**
       * Number of committed transactions after which etcd writes a snapshot of its raft log. Default: 10000.
       */
      snapshotCount: number
      /**
       * Further etcd flags, name without dashes to value. Only flags that this minor version of etcd knows and that the operator does not set itself. None by default.
       */
      extraArgs: {
        [k: string]: string
      }
    }
    /**
     * The members' pods; each field has its default.
     */
    pod: {
      /**
       * Requests and limits of the etcd container. Default: a request of 100m CPU and 128Mi memory, no limits.
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
       * Further labels of the pods. None by default.
       */
      labels: {
        [k: string]: string
      }
      /**
       * Further annotations of the pods. None by default.
       */
      annotations: {
        [k: string]: string
      }
      /**
       * Labels that a node must have. None by default.
       */
      nodeSelector: {
        [k: string]: string
      }
      /**
       * Taints that the pods tolerate, as in a pod's spec. None by default.
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
       * Affinity as in a pod's spec. By default empty, which lets each member prefer another node and another zone.
       */
      affinity: {
        /**
         * Nodes that the pods must or should run on, as in a pod's spec.
         */
        nodeAffinity?: {
          /**
           * Terms of which one must hold.
           */
          requiredDuringSchedulingIgnoredDuringExecution?: {
            /**
             * The terms.
             */
            nodeSelectorTerms: {
              /**
               * Requirements on the node's labels; each must hold.
               */
              matchExpressions?: {
                /**
                 * Name of the label or field.
                 */
                key: string
                /**
                 * Relation of the key and the values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
                /**
                 * Values.
                 */
                values?: string[]
              }[]
              /**
               * Requirements on the node's fields; each must hold.
               */
              matchFields?: {
                /**
                 * Name of the label or field.
                 */
                key: string
                /**
                 * Relation of the key and the values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
                /**
                 * Values.
                 */
                values?: string[]
              }[]
            }[]
          }
          /**
           * Terms that should hold.
           */
          preferredDuringSchedulingIgnoredDuringExecution?: {
            /**
             * Weight of the term.
             */
            weight: number
            /**
             * The term.
             */
            preference: {
              /**
               * Requirements on the node's labels; each must hold.
               */
              matchExpressions?: {
                /**
                 * Name of the label or field.
                 */
                key: string
                /**
                 * Relation of the key and the values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
                /**
                 * Values.
                 */
                values?: string[]
              }[]
              /**
               * Requirements on the node's fields; each must hold.
               */
              matchFields?: {
                /**
                 * Name of the label or field.
                 */
                key: string
                /**
                 * Relation of the key and the values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
                /**
                 * Values.
                 */
                values?: string[]
              }[]
            }
          }[]
        }
        /**
         * Pods that the pods must or should run beside, as in a pod's spec.
         */
        podAffinity?: {
          /**
           * Terms that must hold.
           */
          requiredDuringSchedulingIgnoredDuringExecution?: {
            /**
             * Node label that names the domain.
             */
            topologyKey: string
            /**
             * Selects pods by their labels.
             */
            labelSelector?: {
              /**
               * Label name to value; each must be equal.
               */
              matchLabels?: {
                [k: string]: string
              }
              /**
               * Requirements; each must hold.
               */
              matchExpressions?: {
                /**
                 * Label name.
                 */
                key: string
                /**
                 * Relation of the label and the values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
                /**
                 * Label values.
                 */
                values?: string[]
              }[]
            }
            /**
             * Namespaces of the pods; absent or empty, this one.
             */
            namespaces?: string[]
            /**
             * Selects namespaces by their labels.
             */
            namespaceSelector?: {
              /**
               * Label name to value; each must be equal.
               */
              matchLabels?: {
                [k: string]: string
              }
              /**
               * Requirements; each must hold.
               */
              matchExpressions?: {
                /**
                 * Label name.
                 */
                key: string
                /**
                 * Relation of the label and the values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
                /**
                 * Label values.
                 */
                values?: string[]
              }[]
            }
            /**
             * Labels of the new pod that the others must share.
             */
            matchLabelKeys?: string[]
            /**
             * Labels of the new pod in which the others must differ.
             */
            mismatchLabelKeys?: string[]
          }[]
          /**
           * Terms that should hold.
           */
          preferredDuringSchedulingIgnoredDuringExecution?: {
            /**
             * Weight of the term.
             */
            weight: number
            /**
             * The term.
             */
            podAffinityTerm: {
              /**
               * Node label that names the domain.
               */
              topologyKey: string
              /**
               * Selects pods by their labels.
               */
              labelSelector?: {
                /**
                 * Label name to value; each must be equal.
                 */
                matchLabels?: {
                  [k: string]: string
                }
                /**
                 * Requirements; each must hold.
                 */
                matchExpressions?: {
                  /**
                   * Label name.
                   */
                  key: string
                  /**
                   * Relation of the label and the values.
                   */
                  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
                  /**
                   * Label values.
                   */
                  values?: string[]
                }[]
              }
              /**
               * Namespaces of the pods; absent or empty, this one.
               */
              namespaces?: string[]
              /**
               * Selects namespaces by their labels.
               */
              namespaceSelector?: {
                /**
                 * Label name to value; each must be equal.
                 */
                matchLabels?: {
                  [k: string]: string
                }
                /**
                 * Requirements; each must hold.
                 */
                matchExpressions?: {
                  /**
                   * Label name.
                   */
                  key: string
                  /**
                   * Relation of the label and the values.
                   */
                  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
                  /**
                   * Label values.
                   */
                  values?: string[]
                }[]
              }
              /**
               * Labels of the new pod that the others must share.
               */
              matchLabelKeys?: string[]
              /**
               * Labels of the new pod in which the others must differ.
               */
              mismatchLabelKeys?: string[]
            }
          }[]
        }
        /**
         * Pods that the pods must not or should not run beside, as in a pod's spec.
         */
        podAntiAffinity?: {
          /**
           * Terms that must hold.
           */
          requiredDuringSchedulingIgnoredDuringExecution?: {
            /**
             * Node label that names the domain.
             */
            topologyKey: string
            /**
             * Selects pods by their labels.
             */
            labelSelector?: {
              /**
               * Label name to value; each must be equal.
               */
              matchLabels?: {
                [k: string]: string
              }
              /**
               * Requirements; each must hold.
               */
              matchExpressions?: {
                /**
                 * Label name.
                 */
                key: string
                /**
                 * Relation of the label and the values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
                /**
                 * Label values.
                 */
                values?: string[]
              }[]
            }
            /**
             * Namespaces of the pods; absent or empty, this one.
             */
            namespaces?: string[]
            /**
             * Selects namespaces by their labels.
             */
            namespaceSelector?: {
              /**
               * Label name to value; each must be equal.
               */
              matchLabels?: {
                [k: string]: string
              }
              /**
               * Requirements; each must hold.
               */
              matchExpressions?: {
                /**
                 * Label name.
                 */
                key: string
                /**
                 * Relation of the label and the values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
                /**
                 * Label values.
                 */
                values?: string[]
              }[]
            }
            /**
             * Labels of the new pod that the others must share.
             */
            matchLabelKeys?: string[]
            /**
             * Labels of the new pod in which the others must differ.
             */
            mismatchLabelKeys?: string[]
          }[]
          /**
           * Terms that should hold.
           */
          preferredDuringSchedulingIgnoredDuringExecution?: {
            /**
             * Weight of the term.
             */
            weight: number
            /**
             * The term.
             */
            podAffinityTerm: {
              /**
               * Node label that names the domain.
               */
              topologyKey: string
              /**
               * Selects pods by their labels.
               */
              labelSelector?: {
                /**
                 * Label name to value; each must be equal.
                 */
                matchLabels?: {
                  [k: string]: string
                }
                /**
                 * Requirements; each must hold.
                 */
                matchExpressions?: {
                  /**
                   * Label name.
                   */
                  key: string
                  /**
                   * Relation of the label and the values.
                   */
                  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
                  /**
                   * Label values.
                   */
                  values?: string[]
                }[]
              }
              /**
               * Namespaces of the pods; absent or empty, this one.
               */
              namespaces?: string[]
              /**
               * Selects namespaces by their labels.
               */
              namespaceSelector?: {
                /**
                 * Label name to value; each must be equal.
                 */
                matchLabels?: {
                  [k: string]: string
                }
                /**
                 * Requirements; each must hold.
                 */
                matchExpressions?: {
                  /**
                   * Label name.
                   */
                  key: string
                  /**
                   * Relation of the label and the values.
                   */
                  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
                  /**
                   * Label values.
                   */
                  values?: string[]
                }[]
              }
              /**
               * Labels of the new pod that the others must share.
               */
              matchLabelKeys?: string[]
              /**
               * Labels of the new pod in which the others must differ.
               */
              mismatchLabelKeys?: string[]
            }
          }[]
        }
      }
      /**
       * Spread constraints as in a pod's spec; a constraint without labelSelector counts the pods of this cluster. None by default.
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
        /**
         * Number of domains that there must be at least.
         */
        minDomains?: number
        /**
         * Whether nodes outside of affinity and nodeSelector count.
         */
        nodeAffinityPolicy?: 'Honor' | 'Ignore'
        /**
         * Whether nodes with taints that aren't tolerated count.
         */
        nodeTaintsPolicy?: 'Honor' | 'Ignore'
        /**
         * Selects the pods that are counted.
         */
        labelSelector?: {
          /**
           * Label name to value; each must be equal.
           */
          matchLabels?: {
            [k: string]: string
          }
          /**
           * Requirements; each must hold.
           */
          matchExpressions?: {
            /**
             * Label name.
             */
            key: string
            /**
             * Relation of the label and the values.
             */
            operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
            /**
             * Label values.
             */
            values?: string[]
          }[]
        }
        /**
         * Labels of the new pod that the counted ones must share.
         */
        matchLabelKeys?: string[]
      }[]
      /**
       * Name of the PriorityClass of the pods. By default empty, which is the default PriorityClass.
       */
      priorityClassName: string
    }
    /**
     * Replacement of members that have failed for good; one at a time, and only while a majority is healthy without the member.
     */
    repair: {
      /**
       * Whether members are replaced without asking. With false a removal that begins a replacement waits with reason ApprovalNeeded until the annotation etcd-operator.dev/approve of the EtcdCluster holds the ID of that step, status.nextStep.id. Default: true.
       */
      automatic: boolean
      /**
       * Time after which a node that is not ready counts as lost: its member is then replaced, if neither the operator nor the leader of etcd reaches the member. A member that is silent for that long on a ready node is Stalled instead. Default: 5m.
       */
      nodeLossAfter: string
      /**
       * Member IDs in hex, as etcdctl member list and status.memberStatus print them, of members that are to be exchanged, for example to move one to another node or zone. One at a time, each is replaced under its own name, with a new ID and a new volume; a further member votes meanwhile, so that the cluster tolerates as many failures as before. For an ID that etcd does not list nothing is done, so it may be taken out of the list. A member whose ID is taken out before it was removed stays. None by default.
       */
      replaceMembers: string[]
    }
    /**
     * What the operator does to keep space in the members' databases, and when it may disrupt.
     */
    maintenance: {
      /**
       * What is done when the database has reached its quota, so that etcd has raised the NOSPACE alarm and refuses writes. Report: the status says so, with figures. Remediate: revisions that are older than spec.etcd.autoCompaction keeps are compacted (than an hour where that is off), every member that wins space is defragmented, one at a time, and the alarm is disarmed. Default: Report.
       */
      noSpace: 'Report' | 'Remediate'
      /**
       * Defragmentation at the times of a cron expression, one member at a time, of the members whose database has enough free space; a member answers no client meanwhile, for about 10 seconds per GiB. Absent: none.
       */
      defragment?: {
        /**
         * Five cron fields: minute, hour, day of the month, month, day of the week; for example "0 3 * * SUN". Members are defragmented within an hour from then on; a time at which that is not possible is skipped.
         */
        schedule: string
        /**
         * IANA name of the time zone that the schedule is meant in, for example Europe/Berlin. Default: Etc/UTC.
         */
        timeZone: string
        /**
         * How much of a member's database must be free, so that the member is defragmented; both conditions must hold.
         */
        freeSpaceAbove: {
          /**
           * Share of the database file that is free, in percent. Default: 50.
           */
          percent: number
          /**
           * Free space in the database file, a quantity of at least 1Mi. Default: 100Mi.
           */
          bytes: number | string
        }
      }
      /**
       * When the operator may begin what disrupts clients or costs a member for a while and is not repair: the restart of each member of a roll, a version change, moving the leadership, the removal of a healthy member (exchange, migration, shrinking) and a scheduled defragmentation. A window opens at each time of its schedule and stays open for its duration; where several overlap, each counts. What was begun in a window is finished after it. Repairs and growing wait for no window. None by default, which means that any time will do.
       *
       * Items: A time at which a window opens again and again, and for how long.
       */
      windows: {
        /**
         * When the window opens. Five cron fields: minute, hour, day of the month, month, day of the week; for example "0 2 * * SAT".
         */
        schedule: string
        /**
         * How long the window stays open, 1m to 168h; for example 4h. A window that lasts longer than until it opens again is always open.
         */
        duration: string
        /**
         * IANA name of the time zone that the schedule is meant in, for example Europe/Berlin. Default: Etc/UTC.
         */
        timeZone: string
      }[]
    }
    /**
     * How the members move to another version of etcd.
     */
    upgrade: {
      /**
       * Whether a verified backup is taken before the first member of a version change. An EtcdBackupSchedule of this cluster tells where to; without one the status says so, and the change goes on without a backup. Default: true.
       */
      backupFirst: boolean
    }
    /**
     * Whether the operator only observes and reports: nothing but the status is written. Default: false.
     */
    paused: boolean
    /**
     * Encryption of the clients' and the peers' connections.
     */
    tls: {
      /**
       * Required: TLS alone on both ports. Optional: 2379 takes TLS and plain text, and the peers speak plain text: the passage from one of the others to the other. "Off" (in quotes, or YAML takes it for false): plain text. No default: absent, a cluster that begins gets Required, and one that runs keeps what it has.
       */
      mode?: 'Required' | 'Optional' | 'Off'
      /**
       * The issuer of cert-manager that signs the certificates. By default empty, which is two CAs of the operator, one for the peers and one for the clients.
       */
      issuer: {
        /**
         * Name of the Issuer, or of the ClusterIssuer.
         */
        name?: string
        /**
         * Kind of the issuer; absent, Issuer.
         */
        kind?: 'Issuer' | 'ClusterIssuer'
      }
      /**
       * Secrets of yours, of this namespace, with certificates that the operator checks and copies. By default empty.
       */
      secrets: {
        /**
         * Name of the Secret, with tls.crt, tls.key and ca.crt, of the certificate that clients are shown.
         */
        server?: string
        /**
         * Name of the Secret, with tls.crt, tls.key and ca.crt, of the certificate that the peers show each other.
         */
        peer?: string
        /**
         * Name of the Secret, with ca.crt, of the CA that signs the clients' certificates.
         */
        clientCA?: string
      }
      /**
       * Whether clients must show a certificate. None: the server alone is authenticated, and spec.auth stays off. Default: Required.
       */
      clientCertificates: 'Required' | 'None'
      /**
       * Further DNS names or IP addresses for the certificate that clients are shown. None by default.
       */
      extraNames: string[]
      /**
       * How long certificates are valid.
       */
      duration: {
        /**
         * How long the certificates of members and clients are valid; renewed when a third is left. Default: 2160h.
         */
        leaf: string
        /**
         * How long the CAs of the operator are valid; exchanged when a third is left. Default: 43800h.
         */
        ca: string
      }
    }
    /**
     * etcd's users and permissions; the users are EtcdUsers.
     */
    auth: {
      /**
       * Whether etcd asks who a client is and what it may do. It needs spec.tls.mode Required and spec.tls.clientCertificates Required. Default: false.
       */
      enabled: boolean
    }
    /**
     * Who may reach the members, where the network of the Kubernetes cluster enforces NetworkPolicies.
     */
    networkPolicy: {
      /**
       * Whether the operator keeps a NetworkPolicy of the name of the cluster: 2380 from members alone, 2379 and 2381 from everywhere unless the lists say who. Default: true.
       */
      enabled: boolean
      /**
       * Who may reach 2379 besides members, the operator and its Jobs, as NetworkPolicyPeers. By default empty, which is everybody.
       */
      clients: {
        /**
         * Pods by their labels, in this namespace unless namespaceSelector is there too. Empty is every pod.
         */
        podSelector?: {
          /**
           * Labels that must be there. None by default.
           */
          matchLabels?: {
            [k: string]: string
          }
          /**
           * Requirements on the labels; each must hold. None by default.
           */
          matchExpressions?: {
            /**
             * Name of the label.
             */
            key: string
            /**
             * Relation of the key and the values.
             */
            operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
            /**
             * Values.
             */
            values?: string[]
          }[]
        }
        /**
         * Namespaces by their labels. Empty is every namespace.
         */
        namespaceSelector?: {
          /**
           * Labels that must be there. None by default.
           */
          matchLabels?: {
            [k: string]: string
          }
          /**
           * Requirements on the labels; each must hold. None by default.
           */
          matchExpressions?: {
            /**
             * Name of the label.
             */
            key: string
            /**
             * Relation of the key and the values.
             */
            operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
            /**
             * Values.
             */
            values?: string[]
          }[]
        }
        /**
         * A range of addresses.
         */
        ipBlock?: {
          /**
           * For example 10.0.0.0/8.
           */
          cidr: string
          /**
           * Ranges inside cidr that are left out. None by default.
           */
          except?: string[]
        }
      }[]
      /**
       * Who may reach 2381, as NetworkPolicyPeers. By default empty, which is everybody.
       */
      metrics: {
        /**
         * Pods by their labels, in this namespace unless namespaceSelector is there too. Empty is every pod.
         */
        podSelector?: {
          /**
           * Labels that must be there. None by default.
           */
          matchLabels?: {
            [k: string]: string
          }
          /**
           * Requirements on the labels; each must hold. None by default.
           */
          matchExpressions?: {
            /**
             * Name of the label.
             */
            key: string
            /**
             * Relation of the key and the values.
             */
            operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
            /**
             * Values.
             */
            values?: string[]
          }[]
        }
        /**
         * Namespaces by their labels. Empty is every namespace.
         */
        namespaceSelector?: {
          /**
           * Labels that must be there. None by default.
           */
          matchLabels?: {
            [k: string]: string
          }
          /**
           * Requirements on the labels; each must hold. None by default.
           */
          matchExpressions?: {
            /**
             * Name of the label.
             */
            key: string
            /**
             * Relation of the key and the values.
             */
            operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
            /**
             * Values.
             */
            values?: string[]
          }[]
        }
        /**
         * A range of addresses.
         */
        ipBlock?: {
          /**
           * For example 10.0.0.0/8.
           */
          cidr: string
          /**
           * Ranges inside cidr that are left out. None by default.
           */
          except?: string[]
        }
      }[]
    }
  }
  /**
   * The cluster as the operator saw it last.
   */
  status: {
    /**
     * Generation of the spec that this status was made for; -1 until the operator has looked at the object.
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
         * SHA-256 in hex of the file without its last 32 bytes, which hold the same sum.
         */
        bodySha256: string
        /**
         * etcd's revision that the file holds, a decimal number.
         */
        revision: string
        /**
         * Revision of the last entry in the file, a decimal number; lower than revision where a compaction has removed the last deletion.
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
       * Mode of TLS that the cluster began with; absent, Off.
       */
      tls?: 'Required' | 'Optional' | 'Off'
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
     * Number of voters in etcd's own list.
     */
    members?: number
    /**
     * Number of voters that serve clients.
     */
    readyMembers?: number
    /**
     * Voters that serve / voters that spec.size asks for.
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
       * Names the step; the same as long as the step is the same.
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
       * Why the step is taken or waited for; a CamelCase reason.
       */
      reason: string
      /**
       * What the operator does or waits for.
       */
      message: string
      /**
       * When this step was first planned.
       */
      since: string
      /**
       * When the maintenance window opens that this step waits for; absent where it waits for none.
       */
      notBefore?: string
    }
    /**
     * How far the members are with the change that they are being restarted for; absent while there is none.
     */
    rollout?: {
      /**
       * Number of members that run what the spec asks for.
       */
      updated: number
      /**
       * Number of members in all.
       */
      total: number
      /**
       * What changes, for example version 3.6.11 -> 3.6.16.
       */
      what: string
    }
    /**
     * With the annotation etcd-operator.dev/dry-run "true" the steps, in their order, that the operator would take for the present spec; empty where nothing is to be done. Absent without the annotation.
     */
    plan?: {
      /**
       * The step's name; in the last row perhaps Wait or Block, where the steps end at what only the world or a person can change, or More, where the list was cut.
       */
      action: string
      /**
       * Name of the member that the step is about.
       */
      member?: string
      /**
       * Why the step is taken; a CamelCase reason.
       */
      reason: string
      /**
       * What the operator would do.
       */
      message: string
      /**
       * Whether the step disrupts clients or costs a member for a while, and is not repair: it waits for a maintenance window where there are any.
       */
      disrupts: boolean
    }[]
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
       * What the member is to the cluster: Joining has not started yet, Leaving is being removed, Failed can't come back under its ID.
       */
      role: 'Voter' | 'Learner' | 'Joining' | 'Leaving' | 'Failed'
      /**
       * Whether the member is the leader.
       */
      leader: boolean
      /**
       * Whether clients are sent to the member.
       */
      ready: boolean
      /**
       * Version of etcd that the member runs.
       */
      version?: string
      /**
       * Size of the member's database file.
       */
      dbSize?: string
      /**
       * Part of the database file that is in use.
       */
      dbSizeInUse?: string
      /**
       * The newest defragmentation of the member that the operator knows of.
       */
      defragmentation?: {
        /**
         * When it began.
         */
        startedAt: string
        /**
         * When it had ended; absent while it runs.
         */
        finishedAt?: string
        /**
         * Bytes of the database file before it.
         */
        bytesBefore?: number
        /**
         * How much smaller the database file became.
         */
        won?: string
        /**
         * Why it failed; absent where it did not.
         */
        message?: string
      }
      /**
       * Entries of the leader's log that the member has not applied yet.
       */
      raftLag?: number
      /**
       * How the running process listens, as the modes of spec.tls: Off, Optional (2379 takes both, the peers speak plain text with their certificates loaded) or Required.
       */
      profile?: 'Required' | 'Optional' | 'Off'
      /**
       * Kubernetes node of the member's pod.
       */
      node?: string
      /**
       * PersistentVolumeClaim with the member's data.
       */
      volume?: string
      /**
       * Size that the volume has.
       */
      volumeSize?: string
      /**
       * What the volume lacks of what spec.storage asks for; absent while it lacks nothing.
       */
      volumeResize?: {
        /**
         * Size that was asked for.
         */
        to: string
        /**
         * How far it is: Requested of the claim, Resizing the volume, FileSystemResizePending until the file system has grown too, Infeasible or Refused where it can't, Moving while the member moves to a new volume.
         */
        state: 'Requested' | 'Resizing' | 'FileSystemResizePending' | 'Infeasible' | 'Refused' | 'Moving'
        /**
         * Why it failed or what it waits for.
         */
        message?: string
      }
      /**
       * Why the member isn't ready or has failed, or why it is left out of the scheduled defragmentation.
       */
      message?: string
    }[]
    /**
     * How fast the members' disks and the way between them are, from the members' own pages; absent until they were read twice. Written when a figure is twice or half of what it was, and every ten minutes at most; the metrics have it each minute.
     */
    performance?: {
      /**
       * When the figures were taken.
       */
      observedAt: string
      /**
       * One row per member: the slowest hundredth of a minute or more; absent where too little happened to tell.
       */
      members: {
        /**
         * Name of the member.
         */
        name: string
        /**
         * What 99 of 100 syncs of the write-ahead log took at most, for example 4ms; every write waits for one.
         */
        fsyncP99?: string
        /**
         * What 99 of 100 commits of the database took at most.
         */
        commitP99?: string
        /**
         * What 99 of 100 round trips to the farthest peer took at most.
         */
        peerRttP99?: string
      }[]
      /**
       * What people should know of the figures; absent while nothing is.
       */
      hint?: {
        /**
         * SlowDisk.
         */
        reason: string
        /**
         * Which members, and the way out.
         */
        message: string
        /**
         * When it was seen first.
         */
        since: string
      }
    }
    /**
     * Lowest minor version of etcd of which the members' write-ahead logs may hold entries, for example 3.6. Absent means that it is not known, and may be any. From 3.6 on 3.7 is reached without a detour only where it is not 3.5.
     */
    logsFrom?: string
    /**
     * What came of what annotations of the EtcdCluster ask for once; each while its annotation is there.
     */
    wishes?: {
      /**
       * Of the annotation etcd-operator.dev/defragment.
       */
      defragment?: {
        /**
         * The value of the annotation that this tells of; a hash where it is long.
         */
        value: string
        /**
         * Begun, or how it has ended: Done, or Failed where not all of it could be done.
         */
        state: 'Begun' | 'Done' | 'Failed'
        /**
         * What was done and what could not be.
         */
        message?: string
        /**
         * When this was noted.
         */
        since: string
      }
      /**
       * Of the annotation etcd-operator.dev/move-leader.
       */
      moveLeader?: {
        /**
         * The value of the annotation that this tells of; a hash where it is long.
         */
        value: string
        /**
         * How it has ended: Done, or Failed where it could not be done.
         */
        state: 'Begun' | 'Done' | 'Failed'
        /**
         * What was done or why it could not be.
         */
        message?: string
        /**
         * When this was noted.
         */
        since: string
      }
    }
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
     * TLS as the cluster has it.
     */
    tls?: {
      /**
       * Mode that every member runs in; while they are on the way from one to another, the weaker.
       */
      mode?: 'Required' | 'Optional' | 'Off'
      /**
       * When the first of the certificates in use expires.
       */
      nextExpiry?: string
      /**
       * Generation of the CAs: 1 at first, and one more after each exchange; the lower where those of the peers and of the clients differ.
       */
      caGeneration?: number
    }
    /**
     * etcd's users and permissions as the cluster has them.
     */
    auth?: {
      /**
       * Whether etcd asks who a client is.
       */
      enabled?: boolean
      /**
       * Whether the operator switched it on, or found it on while the spec asked for it: only then the operator switches it off.
       */
      switchedOn?: boolean
      /**
       * What the operator made in etcd for EtcdUsers; users and roles of others are left alone.
       */
      managed?: {
        /**
         * Names of users.
         */
        users?: string[]
        /**
         * Names of roles.
         */
        roles?: string[]
      }
    }
    /**
     * Ready, Available, FaultTolerant, Progressing, Stalled, BackedUp, Encrypted, CertificatesValid, Authenticated.
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
