import type { Latencies } from '../../model/cluster/performance.ts'
import type { MemberEndpoint } from '../../model/names.ts'
import type { EtcdAuth } from './auth-calls.ts'
import type { CallOptions } from './call-options.ts'
import type { StoredMember } from './members-page.ts'
import type { RaftStatus } from './metrics-page.ts'
import type { EtcdProbes } from './probe-calls.ts'

/** Member and cluster IDs are lower-case hex without leading zeros, as etcdctl prints them. */
export interface EtcdStatus {
  readonly clusterId: string
  readonly memberId: string
  readonly version: string
  /** Undefined: this member knows no leader. */
  readonly leaderId: string | undefined
  readonly isLearner: boolean
  /** Index of the last committed entry that this member knows of. */
  readonly raftIndex: number
  readonly raftAppliedIndex: number
  readonly raftTerm: number
  /** Of the key-value store, as far as this member has applied it. */
  readonly revision: number
  /** Bytes of the database file, and of the part of it that is in use. */
  readonly dbSize: number
  readonly dbSizeInUse: number
  /** Size at which the member raises the NOSPACE alarm; undefined before etcd 3.6. */
  readonly dbSizeQuota: number | undefined
  /**
   * x.y.0: the version of the member's data, which follows the version of the cluster within a moment. Undefined before etcd 3.6, and until
   * a new member has it.
   */
  readonly storageVersion: string | undefined
  /** x.y.0: the version that the cluster was allowed to go back to; undefined while it was not, and before etcd 3.6. */
  readonly downgradeTarget: string | undefined
  /** The alarms that this member knows of. */
  readonly alarms: readonly EtcdAlarm[]
}

export interface EtcdMember {
  readonly id: string
  /** Empty until the member has started for the first time; a member of a static bootstrap has its name at once. */
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
  /** The member's ID; `0` if the alarm names no member. */
  readonly memberId: string
  readonly alarm: 'NOSPACE' | 'CORRUPT'
}

/**
 * The keys of all users together, as they were at a revision.
 * - `compacted`  that revision is compacted away
 * - `ahead`      there is no such revision yet
 */
export type EtcdCount = { readonly state: 'counted'; readonly keys: number } | { readonly state: 'compacted' | 'ahead' }

/** Asks for the hash of the newest revision that a member has applied. */
export const newest = 0

/**
 * The hash of all keys, values and revisions that a member holds, up to a revision. Two members' hashes can be compared only where
 * both were asked for the same revision and have compacted up to the same revision.
 * - `compacted`  that revision is compacted away
 * - `ahead`      the member has not applied that revision yet
 */
export type EtcdHash =
  | {
      readonly state: 'hashed'
      readonly hash: number
      /** -1: nothing was ever compacted. */
      readonly compactRevision: number
      readonly clusterId: string
      readonly memberId: string
      /** What the member had applied then; the revision of the hash, if the newest was asked for. */
      readonly revision: number
    }
  | { readonly state: 'compacted' | 'ahead' }

/**
 * Every call goes to exactly the member it names, is tried once, has a deadline and throws `Failure`:
 * refused port, no leader, unhealthy cluster -> `unavailable`; silent host or lost majority -> `timeout` or `unavailable`;
 * refused by etcd -> `rejected`. After `unavailable` or `timeout` a change may have been carried out: read again.
 */
export interface Etcd extends EtcdAuth, EtcdProbes {
  /** Answered by the member alone, learners and members without a majority included. Default deadline 2 s, all others 5 s. */
  status(endpoint: MemberEndpoint, options?: CallOptions): Promise<EtcdStatus>
  /**
   * Reads the member's metrics page, which answers before the member serves clients. A joining member may lose the entry in which it
   * publishes itself, because it applies a snapshot: the member then takes part in raft, but serves clients only after it has
   * published itself again, after etcd's request timeout (5 s and two election timeouts).
   */
  raftStatus(metrics: MemberEndpoint, options?: CallOptions): Promise<RaftStatus>
  /** Reads how long the member's disk and its peers took, since its process began, from its metrics page. */
  latencies(metrics: MemberEndpoint, options?: CallOptions): Promise<Latencies>
  /** Linearizable: an answer proves a majority. A learner refuses (`rejected`). */
  memberList(endpoint: MemberEndpoint, options?: CallOptions): Promise<MemberList>
  /** The list as this member alone knows it, also without a majority: it may be an old one, and proves nothing. */
  ownMemberList(endpoint: MemberEndpoint, options?: CallOptions): Promise<MemberList>
  /** Succeeds also when the alarm isn't raised. */
  disarm(endpoint: MemberEndpoint, alarm: EtcdAlarm, options?: CallOptions): Promise<void>
  /** `conflict`: a member with this peer URL is listed already; adopt it by its peer URL. */
  addLearner(endpoint: MemberEndpoint, peerUrl: string, options?: CallOptions): Promise<AddedLearner>
  /** Succeeds also when the member is a voter already. `rejected`: the learner is not in sync yet. `not-found`: no such member. */
  promote(endpoint: MemberEndpoint, memberId: string, options?: CallOptions): Promise<void>
  /**
   * Makes this the only peer URL of a member; the other members dial it there from the moment when they have applied that. Succeeds also
   * when it is so already. `not-found`: no such member. `conflict`: another member has this URL. A learner must not be given another URL
   * below 3.6.12 and 3.5.31: it would be a voter afterwards (`updatePromotesLearner`).
   */
  updatePeerUrl(endpoint: MemberEndpoint, memberId: string, peerUrl: string, options?: CallOptions): Promise<void>
  /** Succeeds also when there is no such member. */
  remove(endpoint: MemberEndpoint, memberId: string, options?: CallOptions): Promise<void>
  /** Must be sent to the leader (else `conflict`); returns when the target leads. `rejected`: the target is not a voter. */
  moveLeader(leader: MemberEndpoint, targetId: string, options?: CallOptions): Promise<void>
  /**
   * Allows the members of a cluster of etcd 3.6 or later to go back to the minor version before theirs, `x.y.0`; etcd then takes the
   * cluster's version and every member's data back to it, within seconds and while all of them run. `rejected`: the cluster's version is not
   * one above the target. Succeeds also when it was allowed already.
   */
  enableDowngrade(endpoint: MemberEndpoint, target: string, options?: CallOptions): Promise<void>
  /**
   * Forbids it again; the cluster's version rises again as soon as every member is of the newer version. Succeeds also when it was not
   * allowed. `timeout`: the member is of etcd 3.5, which doesn't answer this call.
   */
  cancelDowngrade(endpoint: MemberEndpoint, options?: CallOptions): Promise<void>
  /** Linearizable. `revision` is a decimal number. */
  count(endpoint: MemberEndpoint, revision: string, options?: CallOptions): Promise<EtcdCount>
  /**
   * Removes the versions of keys that were overwritten or deleted before this revision, on every member; succeeds also when that was done
   * before. With `physical` it returns when this member has removed them from its database, and has committed that. Its `dbSizeInUse` is
   * right then, or after another two such requests if somebody was still reading what was removed. That takes about a minute for each GiB, and etcd goes on with it whether or not anybody
   * waits. Default deadline with `physical` 10 min.
   */
  compact(endpoint: MemberEndpoint, revision: number, physical: boolean, options?: CallOptions): Promise<void>
  /**
   * Copies what is in use of the member's database into a new file. The member answers nothing else meanwhile, on its client port; it
   * takes about 10 s for each GiB. Giving up doesn't end it. Default deadline 10 min.
   */
  defragment(endpoint: MemberEndpoint, options?: CallOptions): Promise<void>
  /**
   * Answered by the member alone, also while it has no majority. For the very revision of a compaction that it carried out, a member
   * gives the hash that it computed then; `newest` is always read anew (server/storage/mvcc/hash.go, HashByRev). The member applies
   * nothing while it reads its whole database, which takes about half a second for each GiB, and much longer from a slow disk. A learner
   * refuses (`rejected`). Default deadline 10 min.
   */
  hashKv(endpoint: MemberEndpoint, revision: number, options?: CallOptions): Promise<EtcdHash>
  /**
   * The members that this member has stored in its own database: 3.6 takes its member list from there, and the list that a 3.5 answers tells
   * nothing of it. Reads the member's snapshot up to the place where they stand. Default deadline 10 min.
   */
  storedMembers(endpoint: MemberEndpoint, options?: CallOptions): Promise<readonly StoredMember[]>
  /** Closes the connections to all endpoints but these, which are named by `endpointKey`. */
  forget(inUse: ReadonlySet<string>): void
  close(): void
}
