/** Every reason that the operator gives, the same in conditions, events, logs and metrics. */
export type Reason =
  | AgentReason
  // people first
  | 'Paused' // spec.paused is true: nothing but the status is written
  | 'Deleting' // the EtcdCluster is being deleted: Kubernetes' garbage collector takes what it owns
  | 'NameTaken' // an object of somebody else has a name that this cluster needs
  | 'WaitingForDeletion' // objects of an earlier cluster of this name are still going away
  // the beginning
  | 'RetainedVolumesFound' // volumes of an earlier cluster of this name exist and bootstrap.existingVolumes is Refuse
  | 'VolumesNotAdoptable' // existingVolumes is Adopt, but the volumes are no majority or disagree
  | 'Bootstrapping' // the first members are being created
  | 'StartingMembers' // pods were created; their etcd does not answer yet
  | 'ClusterPinned' // the cluster ID was read from a majority and is kept
  | 'ClusterIdMismatch' // a member answers with another cluster ID than the pinned one
  // without a majority
  | 'QuorumLost' // no majority of the voters answers: nothing that could make it worse is done
  | 'NoContact' // no member answers the operator; nothing is known of the cluster
  | 'RecreatingObjects' // something that the cluster owns was deleted and is made again
  // what a pod waits for
  | 'ImagePullFailed' // the kubelet cannot pull the image
  | 'Unschedulable' // no node fits
  | 'VolumePending' // the volume is not bound yet
  | 'StorageClassMissing' // the StorageClass does not exist, or there is no default one
  | 'QuotaExceeded' // a ResourceQuota or LimitRange refuses the pod or the volume
  | 'PodRejected' // the API server refuses the pod
  | 'RequestRejected' // the API server refuses something that the operator wrote; the message holds its words
  | 'MissingPermission' // the operator's role lacks a verb; the message names it
  | 'NotAnswered' // etcd or the API server did not answer a step; it is looked at again
  | 'CrashLooping' // etcd ends again and again; the message shows its last line
  | 'VolumeLost' // a member's volume is empty: it refuses to start without its log
  | 'MemberNotStarting' // a member does not start before its deadline
  // membership
  | 'MemberStarted' // a member runs: its config no longer allows a start on an empty volume
  | 'ScalingUp' // a member is being added
  | 'LearnerCatchingUp' // a learner receives the log
  | 'LearnerInSync' // a learner has the log and becomes a voter
  | 'ScalingDown' // a member is leaving
  | 'MemberStopping' // a leaving member's process is ending
  | 'MemberUnhealthy' // a member does not answer; the wish waits until it does
  | 'UnknownMember' // etcd lists a member that the operator did not add
  | 'ClearingOldVolume' // the volume of a member that left is deleted before its name joins again
  | 'CleaningUp' // something that a member left behind is removed
  | 'ReplacingPod' // a pod whose etcd does not run takes up the corrected template
  | 'NeverStarted' // a member that never started is taken off the list, to be added again
  // restoring
  | 'ClusterExists' // an EtcdRestore names an EtcdCluster that exists: data is never restored over data
  | 'ClusterDeleted' // somebody deleted the EtcdCluster while it was being restored
  | 'ClusterSpecMissing' // neither the EtcdRestore nor the backup's manifest says what cluster to make
  | 'BackupNotFound' // there is no EtcdBackup of that name
  | 'BackupNotUsable' // that EtcdBackup has failed, was deleted too early, or doesn't say where its file is
  | 'WaitingForBackup' // that EtcdBackup isn't completed yet
  | 'ClaimNotFound' // there is no PersistentVolumeClaim of that name
  | 'VerifyingBackup' // the stored file is being read, before anything is made from it
  | 'RestoringData' // the first member's volume is being written from the backup
  | 'VolumesNotCoLocatable' // no node can mount both the backup and the first member's volume
  | 'RestoreCompleted' // the cluster has its data and all its members
  // wishes
  | 'InvalidSpec' // the spec asks for what cannot be; the message names the field
  | 'RollNotSupportedYet' // the change needs a restart of the members one by one, which this version cannot do
  | 'VolumeGrowthNotSupportedYet' // volumes cannot be grown by this version
  // backups
  | 'BackupStarting' // taken up; the Job that does the work is made next
  | 'BackingUp' // the Job of the backup runs
  | 'BackupCompleted' // the file is stored and was read back
  | 'ClusterNotFound' // there is no EtcdCluster of this name
  | 'ClusterNotFormed' // the EtcdCluster has no cluster ID yet, or none of its voters has started
  | 'AgentImageUnknown' // the operator can't read its own pod, whose image Jobs run
  | 'AgentKilled' // the agent ended without a word: out of memory, or ended from outside
  | 'PodTerminating' // a Job's pod was told to end and has not: its node doesn't answer
  | 'TimedOut' // not completed within spec.timeout
  | 'DeletingBackup' // the stored file is removed before its EtcdBackup goes
  | 'BackupInUse' // a restore reads the file that is to be deleted
  // schedules
  | 'BackupScheduled' // a run was due: its EtcdBackup was created
  | 'MissedRun' // runs could not begin before their deadline
  | 'RetentionExceeded' // a backup that spec.retention doesn't keep is removed
  | 'AsPromised' // the newest verified backup is as young as its schedule promises
  | 'BackupOverdue' // it is older than that, or there is none
  | 'NotDueYet' // no run was due since the schedule promises its times, or the first one has not ended
  | 'Suspended' // spec.suspend of the schedule is true
  | 'ScheduleSuspended' // all schedules of the cluster are suspended
  // sums and observations
  | 'Steady' // nothing to do
  | 'AllMembersServe'
  | 'MajorityAnswers'
  | 'NoSpace' // the NOSPACE alarm is raised: etcd refuses writes
  | 'SingleMember' // a cluster of one survives no failure
  | 'NoMargin' // one more failure loses the majority
  | 'NoSchedule' // no backup schedule exists
  | 'PlainText' // the members speak without TLS
  | 'NotObserved' // nothing is known yet

/** Why a task of the agent in a Job can't be done. */
export type AgentReason =
  | 'FileExists' // a file of this name is there, and this backup did not write it
  | 'FileNotFound' // no such file on the volume
  | 'NotAFile' // the path leads to a folder, a device, a symbolic link or out of the volume
  | 'VolumeReadOnly' // the volume or the folder can't be written
  | 'VolumeFull' // the file doesn't fit
  | 'VolumeFailed' // the volume gives another error
  | 'NotASnapshot' // the file is no etcd snapshot
  | 'SnapshotTruncated' // the file is shorter than it says
  | 'SnapshotDamaged' // the checksum or the database pages are wrong
  | 'SnapshotTooOld' // the revision is lower than what a majority had confirmed before
  | 'BackupChanged' // the file isn't the one that the EtcdBackup or the manifest describes
  | 'ManifestUnreadable' // the manifest is no JSON of the expected form
  | 'SpecTooLarge' // the spec in the manifest is too large to be handed over
  | 'NewerVersion' // written by a newer minor version of etcd than the one that is to open it
  | 'VersionTooOld' // written by an etcd more than one minor version older
  | 'RestoredDataDiffers' // what was restored isn't what was verified
  | 'NoHealthyMember' // no voter that knows a leader answers the agent
  | 'ForeignCluster' // the members answer the agent with another cluster ID than the pinned one
  | 'SnapshotInterrupted' // the stream ended early
  | 'AgentFailed' // a mistake of the agent's own; the message holds the error

/** The conditions of an EtcdCluster; all of them are present from the first pass on. */
export const conditionTypes = ['Ready', 'Available', 'FaultTolerant', 'Progressing', 'Stalled', 'BackedUp', 'Encrypted'] as const
export type ConditionType = (typeof conditionTypes)[number]
