import type { MemberEndpoint } from '../../model/names.ts'
import type { RaftStatus } from './metrics-page.ts'

/** Member and cluster IDs are lower-case hex without leading zeros, as etcdctl prints them. */
export interface EtcdStatus {
  readonly clusterId: string
  readonly memberId: string
  readonly version: string
  /** Undefined: this member knows of no leader. */
  readonly leaderId: string | undefined
  readonly isLearner: boolean
  /** The last committed entry that this member knows of. */
  readonly raftIndex: number
  readonly raftAppliedIndex: number
  readonly raftTerm: number
  /** Bytes of the file, and of what is in use in it. */
  readonly dbSize: number
  readonly dbSizeInUse: number
  /** The alarms that this member knows of. */
  readonly alarms: readonly EtcdAlarm[]
}

export interface EtcdMember {
  readonly id: string
  /** Empty until the member has started for the first time (but a statically bootstrapped one has it at once). */
  readonly name: string
  readonly peerUrls: readonly string[]
  /** Empty until the member has started for the first time. */
  readonly clientUrls: readonly string[]
  readonly isLearner: boolean
}

export interface MemberList {
  readonly clusterId: string
  readonly members: readonly EtcdMember[]
}

export interface AddedLearner extends EtcdMember {
  /** The list after the addition, the new member included. */
  readonly members: readonly EtcdMember[]
}

export interface EtcdAlarm {
  /** `0` where etcd names no member. */
  readonly memberId: string
  readonly alarm: 'NOSPACE' | 'CORRUPT'
}

/**
 * The keys of all users together, as they were at a revision.
 * - `compacted`  that revision is compacted away
 * - `ahead`      there is no such revision yet
 */
export type EtcdCount = { readonly state: 'counted'; readonly keys: number } | { readonly state: 'compacted' | 'ahead' }

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly deadlineMs?: number | undefined
}

/**
 * Every call goes to exactly the member it names, is tried once, has a deadline and throws `Failure`:
 * refused port, no leader, unhealthy cluster -> `unavailable`; silent host or lost majority -> `timeout` or `unavailable`;
 * refused by etcd -> `rejected`. After `unavailable` or `timeout` a change may have been carried out: read again.
 */
export interface Etcd {
  /** Answered by the member alone, learners and members without a majority included. Default deadline 2 s, all others 5 s. */
  status(endpoint: MemberEndpoint, options?: CallOptions): Promise<EtcdStatus>
  /**
   * From the member's metrics page, which is there before it serves clients. A joining member may publish itself in an entry
   * that reaches it inside the snapshot it receives: it then takes part in raft, and serves only when it publishes itself
   * again after etcd's request timeout (5 s and two election timeouts).
   */
  raftStatus(metrics: MemberEndpoint, options?: CallOptions): Promise<RaftStatus>
  /** Linearizable: an answer proves a majority. A learner refuses (`rejected`). */
  memberList(endpoint: MemberEndpoint, options?: CallOptions): Promise<MemberList>
  /** An alarm that isn't raised is no error. */
  disarm(endpoint: MemberEndpoint, alarm: EtcdAlarm, options?: CallOptions): Promise<void>
  /** `conflict`: a member with this peer URL is listed already; adopt it by its peer URL. */
  addLearner(endpoint: MemberEndpoint, peerUrl: string, options?: CallOptions): Promise<AddedLearner>
  /** Done as well when it is a voter already. `rejected`: not in sync yet. `not-found`: no such member. */
  promote(endpoint: MemberEndpoint, memberId: string, options?: CallOptions): Promise<void>
  /** Done as well when there is no such member. */
  remove(endpoint: MemberEndpoint, memberId: string, options?: CallOptions): Promise<void>
  /** To the leader's endpoint only (else `conflict`); returns when the target leads. `rejected`: target is no voter. */
  moveLeader(leader: MemberEndpoint, targetId: string, options?: CallOptions): Promise<void>
  /** Linearizable. `revision` is a decimal number. */
  count(endpoint: MemberEndpoint, revision: string, options?: CallOptions): Promise<EtcdCount>
  /** Closes the connections to endpoints that aren't in use any more; they are named by `endpointKey`. */
  forget(inUse: ReadonlySet<string>): void
  close(): void
}
