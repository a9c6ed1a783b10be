import type { EtcdCluster, TlsMode } from '../../api/etcd-cluster.ts'
import type { Known } from '../known.ts'
import type { Scheme } from '../names.ts'
import type { Owned } from '../owned.ts'
import type { TlsFacts } from '../tls/facts.ts'
import type { AuthFacts } from './auth-facts.ts'
import type { BackupFacts } from './backups.ts'
import type { ExitCause } from './exit-cause.ts'
import type { HashVote } from './hash-vote.ts'
import type { Memory } from './memory.ts'
import type { MemberPerformance } from './performance.ts'
import type { RestoreFacts } from './restore-facts.ts'

/**
 * Everything that one pass knows about one cluster, as plain facts. The observer makes it from the API server's objects
 * and the members' own answers; the rules read nothing else.
 */
export interface ClusterView {
  /** Wall clock of the operator, milliseconds since the epoch: for what people read, and beside times that Kubernetes wrote. */
  readonly now: number
  /** Monotonic clock of the operator, milliseconds: for every span since a time in `memory`. A person may set the wall clock back. */
  readonly monotonicMs: number
  readonly cluster: EtcdCluster
  /** A newer generation of this very EtcdCluster that this operator has seen: the API server was set back since. Undefined otherwise. */
  readonly setBackFrom: number | undefined
  readonly statefulSet: Owned<StatefulSetFacts>
  readonly config: Owned<ConfigFacts>
  /** The Services, the PodDisruptionBudget, and the NetworkPolicy if there is to be one: the rules ask only who owns them. */
  readonly others: readonly { readonly kind: string; readonly name: string; readonly object: Owned<unknown> }[]
  /** The operator's own namespace: its pods are let in to the members. */
  readonly operatorNamespace: string
  readonly pods: readonly PodFacts[]
  readonly volumes: readonly VolumeFacts[]
  /** etcd's own member list, by a linearizable read: known only when a majority of the voters answered. */
  readonly membership: Known<Membership>
  /** The status that each pod's etcd answers, by pod name. */
  readonly answers: ReadonlyMap<string, Known<Answer>>
  /** Pods whose etcd answers as a member of another cluster, by pod name: they run on another cluster's data. */
  readonly foreignAnswers: ReadonlyMap<string, ForeignAnswer>
  /**
   * What a comparison of the voters' data has shown. Members are asked only while something says that their data differ, because a
   * member applies nothing while it reads its whole database.
   */
  readonly hashVote: Known<HashVote>
  /**
   * The members that each member has stored in its own database, by its name; asked only while a change to etcd 3.6 waits for nothing else,
   * because each member sends its database for it.
   */
  readonly storedMembers: Known<StoredMembers>
  /** The nodes that may explain why members are silent, by name; no other node is read. Unknown where the operator may not read nodes. */
  readonly nodes: ReadonlyMap<string, Known<NodeFacts>>
  /** IDs of the members that etcd's leader is connected with; asked only while a node seems to be lost. */
  readonly heardByLeader: Known<ReadonlySet<string>>
  /**
   * Whether each existing StorageClass lets Kubernetes expand its volumes, by name; read only while a volume is to grow. Unknown where the
   * operator may not read StorageClasses.
   */
  readonly expandable: Known<ReadonlyMap<string, boolean>>
  /** Whether the StorageClass that the volumes ask for exists; unknown where the operator may not read StorageClasses. */
  readonly storageClass: Known<'exists' | 'missing' | 'no-default'>
  /** Names of the existing StorageClasses; read only while a pod waits to be scheduled. */
  readonly storageClasses: readonly string[]
  /** Why the StatefulSet controller could not create a pod (quota, admission), as it reported last. */
  readonly podRefusals: readonly { readonly pod: string; readonly message: string; readonly at: number }[]
  /** Whether the namespace is being deleted; asked only of a cluster that is being deleted and has volumes to delete. */
  readonly namespaceTerminating: boolean
  /** The backup that the cluster begins with; undefined when it begins without one, and once its ID is pinned. */
  readonly restore: RestoreFacts | undefined
  /** For the status, and to defragment no member while a backup is taken. */
  readonly backups: BackupFacts
  /** Public facts of the cluster's certificates. */
  readonly tls: TlsFacts
  readonly auth: AuthFacts
  /** How fast the members are, by name, as their pages were read last; those that were not read twice yet are missing. */
  readonly performance: ReadonlyMap<string, MemberPerformance>
  readonly memory: Memory
}

/** By the name of the member that has stored the rows. */
export type StoredMembers = ReadonlyMap<string, readonly { readonly id: string; readonly isLearner: boolean }[]>

export interface StatefulSetFacts {
  readonly replicas: number
  /** controller-revision-hash of pods that have the newest template. */
  readonly updateRevision: string | undefined
  /** Whether the StatefulSet's controller has seen the newest template, so that updateRevision belongs to that template. */
  readonly current: boolean
  /** Hash of the StatefulSet's template, from its annotation. */
  readonly template: string | undefined
  /** Version of etcd, x.y.z, that pods are created with; undefined where nothing tells. */
  readonly version: string | undefined
  /** The template itself, as it is stored. */
  readonly podTemplate: unknown
  /** Storage that its volumeClaimTemplates ask for; immutable once created. */
  readonly volumeSize: string | undefined
  /** StorageClass that its volumeClaimTemplates ask for; undefined: the default one. */
  readonly volumeClass: string | undefined
  readonly clusterId: string | undefined
  readonly incarnation: string | undefined
}

export interface ConfigFacts {
  /** By member name. */
  readonly members: ReadonlyMap<string, ConfigEntry>
}

/**
 * One member's config file.
 * - `bootstrap`   may start on an empty volume and forms the cluster together with the frozen list
 * - `joining`     may start on an empty volume and joins the members that it lists
 * - `established` refuses to start on an empty volume (the amnesia guard)
 */
export interface ConfigEntry {
  readonly state: 'bootstrap' | 'joining' | 'established' | 'unreadable'
  readonly members: readonly string[]
  /** The peer URL of each of them. */
  readonly peerUrls: readonly string[]
  readonly text: string
  /** Hash of the file's text. */
  readonly hash: string
  /** max-learners that the member starts with; 1 is etcd's default. */
  readonly maxLearners: number
  /** quota-backend-bytes that the member starts with; undefined where the file doesn't say. */
  readonly quotaBytes: number | undefined
  /** The settings that the file was written from, by their `settingsId`; undefined in a file of an earlier version of the operator. */
  readonly settings: string | undefined
  /** How a process that starts with it listens. */
  readonly profile: TlsMode
}

export interface PodFacts {
  readonly name: string
  readonly uid: string
  readonly ours: boolean
  readonly ip: string | undefined
  readonly node: string | undefined
  readonly createdAt: number
  /** Set while it is being deleted: when its grace period is over (metadata.deletionTimestamp). */
  readonly endsBy: number | undefined
  /** The StatefulSet that owns the pod was deleted: the garbage collector deletes the pod, and no other StatefulSet adopts it. */
  readonly abandoned: boolean
  /** By the Ready condition. */
  readonly ready: boolean
  /** By the label that the client Service selects. */
  readonly serving: boolean
  /** Whether the EtcdCluster owns the pod beside its StatefulSet, so that the pod goes with the EtcdCluster while it has no StatefulSet. */
  readonly kept: boolean
  /** Whether the pod has the label of this cluster: without it no Service selects the pod, and its StatefulSet has released it. */
  readonly labelled: boolean
  readonly revision: string | undefined
  /** Of the container `etcd`. */
  readonly image: string | undefined
  /** Hash of what only another pod changes; undefined where an earlier version of the operator made the template. */
  readonly podSpec: string | undefined
  /** The settings of the config file with which its etcd was started; undefined until the pod is marked with them. */
  readonly startedWith: string | undefined
  /** How its process listens: by the settings that it was started with, or until the pod is marked by its file. */
  readonly profile: TlsMode
  /** How the operator reaches its client port. */
  readonly clientScheme: Scheme
  /** The restart that a person had asked for when its template was made. */
  readonly restartedAt: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Hash of the config that the kubelet was asked to refresh last. */
  readonly config: string | undefined
  readonly etcd: EtcdContainer
  readonly restarts: number
  /** How the container last exited. */
  readonly lastExit: Exit | undefined
  /** Why the scheduler has found no node; undefined once it has. */
  readonly unschedulable: string | undefined
  /** The newest warning about a pod whose containers have not been created for a while. */
  readonly warning: { readonly reason: string; readonly message: string } | undefined
}

export type EtcdContainer =
  | { readonly state: 'none' }
  | { readonly state: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly state: 'running'; readonly since: number }
  | { readonly state: 'terminated' }

/** How an etcd process ended; the message holds the last line with an error. */
export interface Exit {
  readonly cause: ExitCause
  readonly message: string
  readonly at: number
}

/** What the node controller says of a node. `since`: when its condition Ready last changed. */
export type NodeFacts = { readonly state: 'ready' } | { readonly state: 'not-ready'; readonly since: number } | { readonly state: 'absent' }

export interface VolumeFacts {
  readonly name: string
  readonly uid: string
  /** The member whose data it holds, by its name. */
  readonly member: string
  readonly deleting: boolean
  readonly bound: boolean
  /** Capacity of the volume that is bound to the claim, not what the claim asks for; undefined while no volume is bound. */
  readonly capacityBytes: number | undefined
  /** Size that the claim asks for. */
  readonly requestedBytes: number | undefined
  /** StorageClass of the claim; undefined or empty: none, so that Kubernetes can't expand its volume. */
  readonly className: string | undefined
  /** What spec.storage asked for when the claim was made, or grown by the operator last; undefined for claims of earlier versions. */
  readonly madeFor: StorageWish | undefined
  /** What Kubernetes says of the volume's expansion; undefined while it says nothing. */
  readonly resize: ResizeFacts | undefined
  /** Whether the claim waits for its first volume, which will be new and empty. */
  readonly unused: boolean
  /**
   * The node on which the volume was used last or, before its member has started, for which the scheduler chose it; a volume may be usable
   * on other nodes too.
   */
  readonly node: string | undefined
  /** Whether the claim has the label of this cluster: without the label it is somebody else's. */
  readonly labelled: boolean
  readonly clusterUid: string | undefined
  readonly clusterId: string | undefined
  readonly memberId: string | undefined
  readonly incarnation: string | undefined
  /** How the member on it listened when it was marked last; undefined: it was never marked with it, and so Off. */
  readonly tls: TlsMode | undefined
  /** `name=id,...` as it was marked last. */
  readonly voters: string | undefined
  /** Name of the PersistentVolume that the claim is bound to. */
  readonly volumeName: string | undefined
  /** The PersistentVolume is gone: the claim's phase is Lost. */
  readonly lost: boolean
  /** UID of the claim, and name of the PersistentVolume, on which the member ran when the claim was marked last. */
  readonly markedClaimUid: string | undefined
  readonly markedVolumeName: string | undefined
  /** The node on which the member ran when the claim was marked last. */
  readonly markedNode: string | undefined
  /** How far the member was when its progress was marked last. */
  readonly progress: Progress | undefined
}

/** What spec.storage asks of a volume. */
export interface StorageWish {
  readonly bytes: number
  /** Empty: of no StorageClass in particular. */
  readonly className: string
}

/**
 * How far the expansion of a volume is, by the conditions of its claim and status.allocatedResourceStatuses:
 * - `resizing`     the volume is being expanded
 * - `file-system`  the volume is large enough; its file system is not, until a node expands it
 * - `infeasible`   Kubernetes has given up: the storage or the node can't do it
 */
export interface ResizeFacts {
  readonly state: 'resizing' | 'file-system' | 'infeasible'
  /** Wall clock, milliseconds since the epoch; undefined where Kubernetes doesn't tell. */
  readonly since: number | undefined
  /** Kubernetes' words; may be empty. */
  readonly message: string
}

/** How far a member was in a good moment: it answered with its ID and knew a leader. */
export interface Progress {
  /** Revision of the key space. */
  readonly revision: number
  /** Index of the last entry that it had applied. */
  readonly applied: number
  /** Wall clock, milliseconds since the epoch. */
  readonly at: number
}

export interface Membership {
  readonly clusterId: string
  readonly members: readonly Member[]
}

/** A row of etcd's member list. */
export type Member = OurMember | UnknownMember

interface MemberRow {
  /** In hex as etcdctl prints it. */
  readonly id: string
  readonly peerUrl: string
  readonly isLearner: boolean
  /** Whether it has published its client URLs: it has started at least once. */
  readonly published: boolean
}

/** A member that the operator added: its peer URL has the form of ours, and so it has a name. */
export interface OurMember extends MemberRow {
  readonly name: string
}

/** A member that somebody else added. */
export interface UnknownMember extends MemberRow {
  readonly name: undefined
}

/** One member's own status. */
export type Answer = ServingAnswer | RaftAnswer

interface OwnStatus {
  readonly memberId: string
  readonly version: string
  readonly hasLeader: boolean
  readonly isLearner: boolean
  readonly raftAppliedIndex: number
  /** Revision of the key space that it holds. */
  readonly revision: number
  readonly dbBytes: number
  readonly dbBytesInUse: number
}

/** From the client port. */
export interface ServingAnswer extends OwnStatus {
  readonly serves: true
  /**
   * x.y.0: the version of its data, which is the cluster's version but for a moment; undefined before etcd 3.6, and until a new member has it.
   */
  readonly storageVersion: string | undefined
  /** x.y.0: the version that etcd lets its members go back to; undefined where it does not. */
  readonly downgradeTarget: string | undefined
  /** Size of the database at which this member raises the NOSPACE alarm; undefined before etcd 3.6, which doesn't tell. */
  readonly dbQuotaBytes: number | undefined
  readonly clusterId: string
  readonly leaderId: string | undefined
  readonly raftIndex: number
  readonly raftTerm: number
  /** Alarms of the cluster as this member lists them. */
  readonly alarms: readonly Alarm[]
}

/** An alarm that is raised for the whole cluster; `memberId` is the member that etcd names in it, `0` where etcd names no member. */
export interface Alarm {
  readonly alarm: 'NOSPACE' | 'CORRUPT'
  readonly memberId: string
}

/** From the metrics page: the member takes part in raft and doesn't serve clients yet. The page tells nothing more. */
export interface RaftAnswer extends OwnStatus {
  readonly serves: false
  /** It copies its database, and answers nothing on its client port until that is done. */
  readonly isDefragmenting: boolean
}

/** The cluster and member that a process on another cluster's data answers as; both in hex as etcdctl prints them. */
export interface ForeignAnswer {
  readonly clusterId: string
  readonly memberId: string
}
