/** Labels and annotations of the operator. Selectors use these alone; `app.kubernetes.io/*` stand beside them for people. */
export const label = {
  /** Name of the EtcdCluster that an object belongs to; on everything. */
  cluster: 'etcd-operator.dev/cluster',
  /** UID of the EtcdCluster that a Secret was made for. */
  clusterUid: 'etcd-operator.dev/cluster-uid',
  /** "true" on pods that clients may be sent to; the client Service selects it. */
  serving: 'etcd-operator.dev/serving',
  /** What a Job of the operator's own image does; on every such Job and its pods, which no selector of a cluster finds. */
  agent: 'etcd-operator.dev/agent',
  /** Name of the EtcdBackup that a Job works for. */
  backup: 'etcd-operator.dev/backup',
  /** Name of the EtcdRestore that a Job works for, or that made an EtcdCluster. */
  restore: 'etcd-operator.dev/restore',
  /** Name of the EtcdBackupSchedule that made an EtcdBackup. */
  schedule: 'etcd-operator.dev/schedule',
  /** Hash of the claim's name on pods that mount a volume with backups: they keep to one node, as a ReadWriteOnce volume does. */
  claim: 'etcd-operator.dev/claim',
} as const

/**
 * The labels that Kubernetes recommends, for people, dashboards and tools; nothing of the operator selects by them.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export const recommended = {
  name: 'app.kubernetes.io/name',
  /**
   * Name of the EtcdCluster, on what is deleted with it. Never on volumes and EtcdBackups, which outlive it: tools that prune by this
   * label would delete them. Never on pods of Jobs either: affinities by which users place members would place them, too.
   */
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  /** Name of the EtcdCluster. */
  partOf: 'app.kubernetes.io/part-of',
  managedBy: 'app.kubernetes.io/managed-by',
  /** Version of etcd, on the StatefulSet and on each pod that was created for it. */
  version: 'app.kubernetes.io/version',
} as const

/** The value of `recommended.managedBy`. */
export const manager = 'etcd-operator'

export const annotation = {
  /** UID of the EtcdCluster that a volume's data was written for. */
  clusterUid: 'etcd-operator.dev/cluster-uid',
  /** etcd cluster ID in hex: on the StatefulSet and on volumes that hold a member's data. */
  clusterId: 'etcd-operator.dev/cluster-id',
  /** etcd member ID in hex of the member whose data a volume holds. */
  memberId: 'etcd-operator.dev/member-id',
  /** Directory below /var/lib/etcd that holds the data. */
  incarnation: 'etcd-operator.dev/incarnation',
  /**
   * On a claim: how the member on it listened last, as the modes of spec.tls; absent where it never had certificates. On a pod: the mode that its
   * template was made for; absent where certificates are not mounted.
   */
  tls: 'etcd-operator.dev/tls',
  /** The voters of the cluster when the volume was marked last: `name=id,...`; tells which volumes make a majority. */
  voters: 'etcd-operator.dev/voters',
  /** On a claim: its own UID, and the name of its PersistentVolume, when its member ran on it. A copy of the claim has others. */
  claimUid: 'etcd-operator.dev/claim-uid',
  volumeName: 'etcd-operator.dev/volume-name',
  /** On a claim: the node on which its member ran last. The scheduler notes none for a volume that was made by hand. */
  node: 'etcd-operator.dev/node',
  /** How far the member on a volume was: `revision=301,applied=309,at=2026-01-01T10:00:00Z`. */
  progress: 'etcd-operator.dev/progress',
  /** On a claim: what spec.storage asked for when the claim was made or grown, `size=8Gi,class=fast`; a person may have enlarged it since. */
  storage: 'etcd-operator.dev/storage',
  /** Hash of the part of the spec that the StatefulSet's template was made from. */
  template: 'etcd-operator.dev/template',
  /** On the StatefulSet: the version of etcd that its template is made for, which the tag of an image may not tell. */
  version: 'etcd-operator.dev/version',
  /** Hash of the request that a Job was created for: the spec may have been changed since. */
  request: 'etcd-operator.dev/request',
  /** Hash of the spec.etcd with which the template of a pod was made. */
  settings: 'etcd-operator.dev/settings',
  /** On a pod: hash of what only another pod changes, such as its image and its resources. */
  podSpec: 'etcd-operator.dev/pod-spec',
  /** On a pod: hash of the template's own form; a new version of the operator may make another one from the same spec. */
  templateForm: 'etcd-operator.dev/template-form',
  /** On a pod: the settings in the config file that its etcd was started with. */
  startedWith: 'etcd-operator.dev/started-with',
  /** Hash of the member's config: changing it makes the kubelet refresh the mounted file at once. */
  config: 'etcd-operator.dev/config',
  /** On a pod: hash of the certificates that it mounts, to the same end. */
  certificates: 'etcd-operator.dev/certificates',
  /** UID of the EtcdBackup that a Job works for; the Job that deletes its file has no owner, because it must outlive the EtcdBackup. */
  backupUid: 'etcd-operator.dev/backup-uid',
  /** On an EtcdCluster, by a person: `status.nextStep.id` of a step that waits for an approval; lets exactly that step through. */
  approve: 'etcd-operator.dev/approve',
  /** On an EtcdCluster, by a person: while it is "true", status.plan lists the steps ahead, and nothing but the status is written. */
  dryRun: 'etcd-operator.dev/dry-run',
  /** On an EtcdCluster, by a person or `kubectl rollout restart`: any new value restarts the members one by one. */
  restartedAt: 'kubectl.kubernetes.io/restartedAt',
  /** On an EtcdCluster, by a person: any new value makes the operator read the Secrets with certificates at once. */
  refresh: 'etcd-operator.dev/refresh',
  /** On an EtcdCluster, by a person: any new value exchanges the CAs for their successors; `revoke` makes every member forget the old ones. */
  rotateCa: 'etcd-operator.dev/rotate-ca',
  /** On an EtcdCluster, by a person: any new value defragments the database of every member. */
  defragment: 'etcd-operator.dev/defragment',
  /** On an EtcdCluster, by a person: the member that is to lead; `demo-1/<anything>` asks for the same member again. */
  moveLeader: 'etcd-operator.dev/move-leader',
  /** On the Secret of a CA: when its successor was made, and the value of `rotate-ca` that the last exchange was for. */
  caSince: 'etcd-operator.dev/ca-since',
  caRotation: 'etcd-operator.dev/ca-rotation',
  /** On a Secret with a certificate: when its ca.crt was written as it is, and the Secret that its certificate was copied from. */
  bundleSince: 'etcd-operator.dev/bundle-since',
  copyOf: 'etcd-operator.dev/copy-of',
  /** On an EtcdCluster that an EtcdRestore made: UID of the EtcdRestore, and what it found when it verified the file. */
  restoreUid: 'etcd-operator.dev/restore-uid',
  verified: 'etcd-operator.dev/verified',
  /** On an EtcdUser, by a person: "true" lets the operator take over the user and the role of its name that it did not make. */
  adopt: 'etcd-operator.dev/adopt',
  /** On the Secret of an EtcdUser: which password it holds; another value for another password, which tells nothing of it. */
  passwordVersion: 'etcd-operator.dev/password-version',
} as const

/**
 * On an EtcdCluster only while the deletion of the EtcdCluster is to delete its volumes too: the operator deletes them, and then
 * removes the finalizer. No PersistentVolumeClaim has an owner.
 */
export const volumesFinalizer = 'etcd-operator.dev/volumes'

/** Only on an EtcdBackup with deletionPolicy Delete: the stored file is deleted before the object is. */
export const storedBackupFinalizer = 'etcd-operator.dev/stored-backup'

/** On an EtcdUser while its cluster lives: the user and its role are deleted from etcd before the object is. */
export const userFinalizer = 'etcd-operator.dev/user'
