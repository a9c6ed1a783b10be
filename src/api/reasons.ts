/** Every reason that the operator gives, the same in conditions, events, logs and metrics. */
export type Reason =
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
  // wishes
  | 'InvalidSpec' // the spec asks for what cannot be; the message names the field
  | 'RollNotSupportedYet' // the change needs a restart of the members one by one, which this version cannot do
  | 'VolumeGrowthNotSupportedYet' // volumes cannot be grown by this version
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

/** The conditions of an EtcdCluster; all of them are present from the first pass on. */
export const conditionTypes = ['Ready', 'Available', 'FaultTolerant', 'Progressing', 'Stalled', 'BackedUp', 'Encrypted'] as const
export type ConditionType = (typeof conditionTypes)[number]
