/**
 * Every reason that the operator gives, the same in conditions, events, logs and metrics: what it means, and what it needs.
 *
 * - `person`  the operator can't go on by itself: Stalled at once
 * - `time`    the wait ends by itself: Stalled when it takes longer than this many minutes
 * - `clock`   the wait ends at a time that the message has: never Stalled
 * - `fact`    an observation, or a step that is done at once: nothing waits for it
 */
const clusterReasons = {
  // people first
  Paused: person('spec.paused is true: nothing but the status is written'),
  DryRun: person('the annotation etcd-operator.dev/dry-run is "true": status.plan is filled, and nothing but the status is written'),
  NotForeseen: fact('the steps of a dry run that are not listed: the list is cut, or what follows depends on what comes of a step'),
  Deleting: time(10, 'the EtcdCluster is being deleted; Kubernetes deletes what it owns'),
  TimeTravel: person('the API server was set back to an older state, so the spec may be outdated'),
  NameTaken: person('an object that the operator did not make has a name that this cluster needs'),
  WaitingForDeletion: time(10, 'objects of an earlier cluster of this name are still being deleted'),
  // the beginning
  RetainedVolumesFound: person('volumes of an earlier cluster of this name exist and bootstrap.existingVolumes is Refuse'),
  VolumeTooSmall: person('a volume that is there already is smaller than spec.storage.size asks for'),
  VolumesNotAdoptable: person('existingVolumes is Adopt, but the volumes are no majority or disagree'),
  Bootstrapping: time(15, 'the first members are being created'),
  StartingMembers: time(15, 'pods were created; their etcd does not answer yet, or has no leader yet'),
  ClusterPinned: fact('the cluster ID was read from a majority and is kept'),
  ClusterIdMismatch: person('a member answers with another cluster ID than the pinned one'),
  // without a majority
  QuorumLost: person('the volumes of so many voters are lost that no majority can come back'),
  AllMembersLost: person('every voter lost its volume: no member is left to take a snapshot from'),
  MajorityUnreachable: time(
    10,
    'pods of a majority run and do not answer: their nodes or the network are away, their volumes are not known to be lost',
  ),
  MajorityDown: time(10, 'no majority of the voters runs with a leader; the operator does nothing that could make it worse'),
  NoContact: time(10, 'no member answers the operator, so nothing is known of the cluster'),
  RecreatingObjects: time(10, 'an object that the cluster owns was deleted and is being recreated'),
  // what a pod waits for
  ImagePullFailed: person('the kubelet cannot pull the image'),
  Unschedulable: person('no node fits the pod'),
  VolumePending: time(10, 'the claim is not bound to a volume yet'),
  StorageClassMissing: person('the StorageClass does not exist, or there is no default one'),
  QuotaExceeded: person('a ResourceQuota or LimitRange refuses the pod or the volume'),
  PodRejected: person('the API server or a node refuses the pod'),
  RequestRejected: person('the API server refuses something that the operator wrote; the message holds its words'),
  WriteReverted: person('something takes back what the operator writes; the message names the object and the field'),
  MissingPermission: person("the operator's role lacks a verb; the message names it"),
  NotAnswered: time(10, 'etcd or the API server did not answer a step, or is too slow for the look before it; the operator tries again'),
  CrashLooping: person('etcd exits again and again; the message holds its last line'),
  VolumeLost: person(
    'the volume of a member has no log, so the member refuses to start; the member is replaced where a majority is healthy',
  ),
  NodeLost: person(
    'the node of a member is gone or not ready for longer than spec.repair.nodeLossAfter, and neither the operator nor the leader reaches the member',
  ),
  VolumeSetBack: person(
    'the volume of a member holds less than the member had acknowledged; the member is replaced where a majority is healthy',
  ),
  VolumeExchanged: person('a member has another claim or disk than it ran on; the member is replaced where a majority is healthy'),
  VolumeDamaged: person(
    'etcd cannot read the log or the database of a member, at two starts in a row; the member is replaced where a majority is healthy',
  ),
  OptionRefused: person('etcd refuses a setting of a member; the message holds its words'),
  OutOfMemory: person('the kernel killed the etcd of a member, because it took more memory than its limit'),
  VolumeBeingDeleted: person('the claim of a living member is being deleted: its data goes as soon as its pod ends'),
  DataCorrupt: person('members hold different data, or a member with wrong data is being replaced'),
  ComparingData: time(10, 'something says that the data of members differs: the data of all voters is being compared'),
  MemberNotStarting: time(60, 'a member does not start before its deadline'),
  // membership
  MemberStarted: fact('a member has started: its config no longer allows a start on an empty volume'),
  ScalingUp: time(60, 'a member is being added'),
  PeerUrlCorrected: fact('the URL on which peers dial a member is made that on which it listens'),
  LearnerCatchingUp: time(60, 'a learner receives the log'),
  LearnerInSync: fact('a learner has the log and becomes a voter'),
  ScalingDown: fact('a member is leaving'),
  MemberStopping: time(10, "a leaving member's process is ending"),
  MemberUnhealthy: time(5, 'a member does not answer; scaling waits until it does'),
  ApprovalNeeded: person('the step waits for an approval, because spec.repair.automatic is false; the message has the command'),
  ExchangingMember: time(
    60,
    'a member that spec.repair.replaceMembers names, or that moves to a new volume (spec.storage.migration), is being exchanged',
  ),
  UnknownMember: person('etcd lists a member that the operator did not add'),
  ClearingOldVolume: time(10, 'the volume of a member that left is being deleted, before a member of that name joins again'),
  CleaningUp: time(10, 'pods, configs or volumes of removed members are being deleted'),
  ReplacingPod: fact('a pod whose etcd does not run takes up the corrected template'),
  NeverStarted: fact('a member that never started is taken off the list, to be added again'),
  // the members' databases
  FreeingSpace: time(60, 'the database has reached its quota: old revisions are removed, and members are defragmented'),
  Defragmenting: time(60, 'a member copies its database into a smaller file, and answers no client meanwhile'),
  Defragmented: fact('a member has a smaller database file'),
  DefragmentationFailed: fact('a member could not be defragmented; the message holds its words'),
  MovingLeader: fact('the leadership is moved to the member that a person asks for'),
  WishFulfilled: fact('what an annotation of the EtcdCluster asks for once is done'),
  WishNotFulfilled: fact('what an annotation of the EtcdCluster asks for once can not be done, or not all of it; the message says why'),
  NoSpace: person('the NOSPACE alarm is raised: etcd refuses writes'),
  // restoring
  ClusterExists: person('an EtcdRestore names an EtcdCluster that exists: data is never restored over data'),
  ClusterDeleted: person('somebody deleted the EtcdCluster while it was being restored'),
  ClusterSpecMissing: person("neither the EtcdRestore nor the backup's manifest says what cluster to make"),
  BackupNotFound: person('there is no EtcdBackup of that name'),
  BackupNotUsable: person('the EtcdBackup has failed, was deleted too early, or does not say where its file is'),
  WaitingForBackup: time(60, 'the EtcdBackup is not completed yet'),
  ClaimNotFound: person('there is no PersistentVolumeClaim of that name'),
  ClaimNotUsable: person('the PersistentVolumeClaim has no file system, or is the volume of a member'),
  VerifyingBackup: time(60, 'the stored file is being read, before anything is made from it'),
  RestoringData: time(60, "the first member's volume is being written from the backup"),
  VolumesNotCoLocatable: person("no node can mount both the backup and the first member's volume"),
  RestoreCompleted: fact('the cluster has its data and all its members'),
  // what the spec asks for
  InvalidSpec: person('the spec asks for something impossible; the message names the field'),
  SpecTakenUp: fact('what was changed needs no restart: the StatefulSet and the living pods take it up'),
  SlowDisk: fact('the disk of a member has been slow for minutes; the message has what to do'),
  MemberUpdated: fact('a member that was restarted serves again; the message has the time'),
  RolledOut: fact('all members run what the spec asks for; the message has the time'),
  Rolling: time(30, 'members are being restarted one by one with what the spec asks for'),
  OtherVersionRuns: person('a member was restarted for another version of etcd and says that it runs a third one: the roll stands'),
  VersionRefused: person(
    'there is no way from the version that the members run to the one that the spec asks for; the message names the way out',
  ),
  VersionSettling: time(5, "etcd makes the version of the cluster follow its members', which takes seconds while all of them run"),
  BackingUpFirst: time(60, 'a backup is taken before the first member gets another version of etcd'),
  BackupFirstFailed: person('the backup before a version change has failed; the message holds why'),
  CheckingStoredMembers: time(10, 'the members that each member has stored are read, before etcd 3.6 takes its members from there'),
  StoredMembersWrong: person('a member has stored other members than etcd lists, and a restart did not correct that'),
  SavingSnapshots: time(
    10,
    'every member saves a snapshot, so that the next version of etcd finds no entries in its log that it cannot read',
  ),
  Downgrading: time(10, 'etcd takes the data of every member back to the minor version before'),
  GrowingVolumes: time(60, 'volumes are being expanded to spec.storage.size'),
  VolumeNotGrowable: person('a volume cannot become what spec.storage asks for; the message has the ways out'),
  RenewingClaimTemplate: time(15, 'the StatefulSet is made again, without its pods, so that new volumes are as spec.storage asks for'),
  WaitingForWindow: clock('a step that disrupts and is not repair waits for its maintenance window; the message says when it opens'),
  // certificates
  IssuingCertificates: time(5, 'certificates are being made or renewed; no member is restarted for that'),
  ExchangingCa: time(60, 'a CA is being exchanged for its successor; the message says what that waits for'),
  CaNotLoaded: person('a Secret has a certificate of a CA that a member which runs has not loaded: a restart loads it'),
  CaLost: person('the Secret with a CA was deleted: the operator makes no new one, because nobody would trust it'),
  BadSecret: person('a Secret with certificates can not be used; the message says what is wrong with it'),
  KeyMismatch: person('the key in a Secret is not the key of its certificate'),
  NameMissing: person('a certificate lacks a name under which members are found'),
  NotYetValid: person('a certificate is not valid yet'),
  Expired: person('a certificate has expired'),
  PeerCANotShared: person('a peer certificate was not issued by a CA that all members trust'),
  Valid: fact('every certificate is valid'),
  ExpiringSoon: fact('a certificate should have been renewed by now'),
  // backups
  BackupStarting: time(60, 'the backup was accepted; the Job that does the work is created next'),
  BackingUp: time(60, 'the Job of the backup runs'),
  BackupCompleted: fact('the file is stored and was read back'),
  ClusterNotFound: person('there is no EtcdCluster of this name'),
  ClusterNotFormed: time(60, 'the EtcdCluster has no cluster ID yet, or none of its voters has started'),
  AgentImageUnknown: person('the operator cannot read its own pod, whose image Jobs run'),
  AgentKilled: person('the agent exited without reporting a result: out of memory, or killed from outside'),
  PodTerminating: person('a pod of a member or of a Job was deleted and is still terminating: its node does not answer'),
  TimedOut: person('the backup was not completed within spec.timeout'),
  DeletingBackup: time(10, 'the stored file is being deleted, before its EtcdBackup is'),
  BackupInUse: time(60, 'a restore reads the file that is to be deleted'),
  // schedules
  BackupScheduled: fact('a run was due: its EtcdBackup was created'),
  MissedRun: fact('runs could not begin before their deadline'),
  RetentionExceeded: fact('a backup that spec.retention does not keep is removed'),
  AsPromised: fact('the newest verified backup is as young as its schedule promises'),
  BackupOverdue: fact('the newest verified backup is older than its schedule promises, or there is none'),
  NotDueYet: fact('no run has been due since the schedule took effect, or the first one has not ended'),
  Suspended: fact('spec.suspend of the schedule is true'),
  ScheduleSuspended: fact('all schedules of the cluster are suspended'),
  // users
  UserUpdated: fact(
    'what etcd has of a user, its role or its password differs from the spec, and is written; the message counts the writes',
  ),
  SecretWritten: fact('the Secret that a user connects with is written'),
  UserReady: fact('etcd has the user as its spec asks for, and its Secret has what it takes to connect'),
  AuthOff: fact('authentication is off: the permissions of users bind nobody, and every client that may connect may do everything'),
  UserTaken: person("the user or its role is not this EtcdUser's: somebody else made it in etcd, or an older EtcdUser has it"),
  PasswordMissing: person('the Secret that spec.password names, or its key, is not there'),
  PasswordUnfit: person('etcd can not take the password in the Secret that spec.password names: it is too long, or no text'),
  NoClientCa: time(10, 'the CA from which client certificates are issued can not be read'),
  AuthNeedsTls: person('users with certificates, and authentication, need a cluster that speaks TLS and asks clients for certificates'),
  SwitchingAuth: time(10, 'authentication is being switched on or off'),
  AwaitingUsers: time(10, 'authentication is switched on once every EtcdUser of the cluster is ready'),
  AuthProved: fact('authentication is on: a client whose certificate names nobody was refused'),
  AuthNotEnforced: person('authentication is on, and a client whose certificate names nobody could read a key all the same'),
  DeletingUser: time(10, 'the user and its role are deleted from etcd, before the EtcdUser is'),
  // sums and observations
  Steady: fact('nothing is left to do'),
  AllMembersServe: fact('every voter answers and serves clients'),
  MajorityAnswers: fact('a majority of the voters answers'),
  SingleMember: fact('a cluster of one survives no failure'),
  NoMargin: fact('one more failure loses the majority'),
  NoSchedule: fact('no backup schedule exists'),
  PlainText: fact('the members speak without TLS'),
  Optional: fact('the members take clients with TLS and without'),
  PeersPlain: fact('members speak to each other without TLS'),
  TlsOnly: fact('every member was seen to refuse whoever speaks no TLS'),
  NotObserved: fact('nothing is known yet, or any more'),
} as const satisfies Readonly<Record<string, Entry>>

/** Why a task of the agent in a Job can't be done. `transient`: the Job tries again; all others are final. */
const agentReasons = {
  FileExists: person('a file of this name is there, and this backup did not write it'),
  FileNotFound: person('no such file on the volume'),
  NotAFile: person('the path leads to a folder, a device, a symbolic link or out of the volume'),
  VolumeReadOnly: person('the volume or the folder cannot be written'),
  VolumeFull: person('the volume has no room left: the file of a backup does not fit, or etcd cannot write'),
  VolumeFailed: transient(time(30, 'reading or writing the volume failed with another error')),
  NotASnapshot: person('the file is not an etcd snapshot'),
  SnapshotTruncated: person('the file is shorter than it says'),
  SnapshotDamaged: person('the checksum or the database pages are wrong'),
  SnapshotTooOld: person('the revision is lower than what a majority had confirmed before'),
  BackupChanged: person('the file is not the one that the EtcdBackup or the manifest describes'),
  ManifestUnreadable: person('the manifest is not valid JSON of the expected form'),
  SpecTooLarge: person('the spec in the manifest is too large to be handed over'),
  NewerVersion: person('the data was written by a newer minor version of etcd than the one that is to open it'),
  VersionTooOld: person('the data was written by an etcd more than one minor version older'),
  RestoredDataDiffers: person('what was restored is not what was verified'),
  NoHealthyMember: transient(time(30, 'no voter that knows a leader answers the agent')),
  ForeignCluster: person('the members answer the agent with another cluster ID than the pinned one'),
  AuthenticationEnabled: person("etcd's authentication is on, and the operator and its agent have no user"),
  SnapshotInterrupted: transient(time(30, 'the stream ended early')),
  AgentFailed: transient(time(30, 'the agent made a mistake of its own; the message holds the error')),
} as const satisfies Readonly<Record<string, Entry>>

export const reasons = { ...clusterReasons, ...agentReasons } as const

export type Reason = keyof typeof reasons
export type AgentReason = keyof typeof agentReasons
/** A reason that a wait may have: it says how long the wait may last, or that a person has to act. */
export type WaitReason = { [Name in Reason]: (typeof reasons)[Name]['needs'] extends 'nothing' ? never : Name }[Reason]

type Entry = Person | Time | Clock | Fact
interface Person {
  readonly needs: 'person'
  readonly means: string
}
interface Time {
  readonly needs: 'time'
  /** Milliseconds that a wait may last before it is Stalled. */
  readonly patienceMs: number
  readonly means: string
  readonly transient?: true
}
interface Clock {
  readonly needs: 'clock'
  readonly means: string
}
interface Fact {
  readonly needs: 'nothing'
  readonly means: string
}

/** Whether a person has to act, as soon as the reason is given. */
export function needsPerson(reason: string): boolean {
  return isReason(reason) && reasons[reason].needs === 'person'
}

/** Milliseconds that a wait for this reason may last before a person should look; undefined where nobody waits for it, or until a set time. */
export function patienceMs(reason: string): number | undefined {
  const entry: Entry | undefined = isReason(reason) ? reasons[reason] : undefined
  return entry?.needs === 'time' ? entry.patienceMs : undefined
}

export function isReason(value: unknown): value is Reason {
  return typeof value === 'string' && Object.hasOwn(reasons, value)
}

/** Whether it is one of the agent's own reasons. */
export function isAgentReason(value: unknown): value is AgentReason {
  return typeof value === 'string' && Object.hasOwn(agentReasons, value)
}

/** Whether the agent's next try may go better, so that the Job tries again. */
export function isTransient(reason: AgentReason): boolean {
  return 'transient' in agentReasons[reason]
}

function person(means: string): Person {
  return { needs: 'person', means }
}

function time(minutes: number, means: string): Time {
  return { needs: 'time', patienceMs: minutes * 60_000, means }
}

function clock(means: string): Clock {
  return { needs: 'clock', means }
}

function fact(means: string): Fact {
  return { needs: 'nothing', means }
}

function transient(entry: Time): Time & { readonly transient: true } {
  return { ...entry, transient: true }
}

/** The conditions of an EtcdCluster; all of them are present from the first pass on. */
export const conditionTypes = [
  'Ready',
  'Available',
  'FaultTolerant',
  'Progressing',
  'Stalled',
  'BackedUp',
  'Encrypted',
  'CertificatesValid',
  'Authenticated',
] as const
export type ConditionType = (typeof conditionTypes)[number]
