/** Everything the operator asks of etcd. Only this file and the folder beside it know etcd3 and gRPC. */
import { connectivityState } from '@grpc/grpc-js'
import { hexId, readAlarm, readStatus } from './etcd/answers.ts'
import { type Connection, openConnections } from './etcd/connection.ts'
import { says, toFailure } from './etcd/errors.ts'
import { type Limits, maintenance, type WireMember } from './etcd/maintenance.ts'
import { type RaftStatus, readMetricsPage } from './etcd/metrics-page.ts'
import { primary } from './etcd/primary.ts'
import { type Failure, isFailure } from './failure.ts'

/** One member's client port, by IP: `http://10.1.2.3:2379`. */
export interface MemberEndpoint {
  readonly url: string
}

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
  /** Bytes; 0 when the server doesn't say (before 3.6). */
  readonly dbSizeQuota: number
  /** What this member holds against itself or the cluster, in etcd's words; the alarms among them are in `alarms` too. */
  readonly errors: readonly string[]
  /** The alarms this member knows of. Unlike `Etcd.alarms` it costs nothing and needs no majority. */
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
  /** The ID of the member that answered. */
  readonly answeredBy: string
  readonly raftTerm: number
}

export interface AddedLearner extends EtcdMember {
  /** The list after the addition, the new member included. */
  readonly members: readonly EtcdMember[]
}

export interface EtcdAlarm {
  readonly memberId: string
  readonly alarm: 'NOSPACE' | 'CORRUPT'
}

/** Of all keys up to `revision`; two hashes may be compared only when their compact revisions are equal. */
export interface EtcdHash {
  readonly hash: number
  readonly compactRevision: number
  /** The revision that was hashed; 0 when the server doesn't say (before 3.6). */
  readonly revision: number
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
  /** Needs a majority and appends an entry to the log at each call; `status().alarms` does neither. */
  alarms(endpoint: MemberEndpoint, options?: CallOptions): Promise<readonly EtcdAlarm[]>
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
  /** Blocks the member for as long as it takes (seconds per GB): default deadline 10 min. */
  defragment(endpoint: MemberEndpoint, options?: CallOptions): Promise<void>
  /** `revision` 0: the newest that this member has. */
  hashKv(endpoint: MemberEndpoint, revision: number, options?: CallOptions): Promise<EtcdHash>
  /** Linearizable. `revision` is a decimal number. */
  count(endpoint: MemberEndpoint, revision: string, options?: CallOptions): Promise<EtcdCount>
  /** Closes the connections to endpoints that aren't in use any more. */
  forget(inUse: ReadonlySet<string>): void
  close(): void
}

const statusDeadlineMs = 2_000
const callDeadlineMs = 5_000
const defragmentDeadlineMs = 600_000

export function connectEtcd(): Etcd {
  const connections = openConnections()

  /** Runs one call and translates its failure; `deadlineMs` counts when the caller has named none. */
  async function ask<T>(
    what: string,
    { url }: MemberEndpoint,
    options: CallOptions | undefined,
    deadlineMs: number,
    call: (connection: Connection, limits: Limits) => Promise<T>,
  ): Promise<T> {
    const connection = connections.to(url)
    try {
      return await call(connection, { deadlineMs: options?.deadlineMs ?? deadlineMs, signal: options?.signal })
    } catch (error) {
      const failure = toFailure(error, `${what} of ${url}`, options?.signal)
      if (mayHang(what, failure, connection)) connections.drop(connection)
      throw failure
    }
  }

  return {
    status: (endpoint, options) =>
      ask('status', endpoint, options, statusDeadlineMs, async ({ grpc }, limits) => readStatus(await maintenance.status(grpc, limits))),

    raftStatus: ({ url }, options) => readMetricsPage(url, options?.deadlineMs ?? statusDeadlineMs, options?.signal),

    memberList: (endpoint, options) =>
      ask('member list', endpoint, options, callDeadlineMs, async ({ etcd3 }, limits) => {
        const { header, members } = await primary.memberList(etcd3, limits)
        return {
          clusterId: hexId(header.cluster_id),
          members: members.map(readMember),
          answeredBy: hexId(header.member_id),
          raftTerm: Number(header.raft_term),
        }
      }),

    alarms: (endpoint, options) =>
      ask('alarms', endpoint, options, callDeadlineMs, async ({ etcd3 }, limits) => {
        const { alarms } = await primary.alarms(etcd3, limits)
        return alarms.flatMap(({ memberID, alarm }) => readAlarm(memberID, alarm))
      }),

    disarm: (endpoint, { memberId, alarm }, options) =>
      ask('disarm', endpoint, options, callDeadlineMs, async ({ etcd3 }, limits) => {
        await primary.disarm(etcd3, decimalId(memberId), alarm === 'NOSPACE' ? 'Nospace' : 'Corrupt', limits)
      }),

    addLearner: (endpoint, peerUrl, options) =>
      ask('member add', endpoint, options, callDeadlineMs, async ({ grpc }, limits) => {
        const { member, members } = await maintenance.addLearner(grpc, peerUrl, limits)
        return { ...readMember(member), members: members.map(readMember) }
      }),

    promote: (endpoint, memberId, options) =>
      ask('member promote', endpoint, options, callDeadlineMs, async ({ grpc }, limits) => {
        await maintenance.promote(grpc, decimalId(memberId), limits)
      }).catch(doneIf((failure) => failure.message.endsWith('can only promote a learner member'))),

    remove: (endpoint, memberId, options) =>
      ask('member remove', endpoint, options, callDeadlineMs, async ({ grpc }, limits) => {
        await maintenance.remove(grpc, decimalId(memberId), limits)
      }).catch(doneIf((failure) => failure.kind === 'not-found' && says(failure, 'member not found'))),

    moveLeader: (leader, targetId, options) =>
      ask('move leader', leader, options, callDeadlineMs, async ({ grpc }, limits) => {
        await maintenance.moveLeader(grpc, decimalId(targetId), limits)
      }),

    defragment: (endpoint, options) =>
      ask('defragment', endpoint, options, defragmentDeadlineMs, async ({ grpc }, limits) => {
        await maintenance.defragment(grpc, limits)
      }),

    hashKv: (endpoint, revision, options) =>
      ask('hash', endpoint, options, callDeadlineMs, async ({ grpc }, limits) => {
        const reply = await maintenance.hashKv(grpc, String(revision), limits)
        return { hash: reply.hash, compactRevision: Number(reply.compact_revision), revision: Number(reply.hash_revision) }
      }),

    count: (endpoint, revision, options) =>
      ask('count', endpoint, options, callDeadlineMs, async ({ grpc }, limits): Promise<EtcdCount> => {
        const { count } = await maintenance.count(grpc, revision, limits)
        return { state: 'counted', keys: Number(count) }
      }).catch((error: unknown): EtcdCount => {
        if (isFailure(error, 'rejected') && says(error, 'required revision has been compacted')) return { state: 'compacted' }
        if (isFailure(error, 'rejected') && says(error, 'required revision is a future revision')) return { state: 'ahead' }
        throw error
      }),

    forget: (inUse) => connections.keepOnly(inUse),
    close: () => connections.keepOnly(new Set()),
  }
}

/**
 * Whether the connection itself may be dead, so that the next call should dial anew rather than wait for TCP to notice
 * (after a partition that can take a minute). Status needs nobody but the member: when it is late, the way there is.
 */
function mayHang(what: string, failure: Failure, { grpc }: Connection): boolean {
  if (failure.kind !== 'timeout') return false
  return what === 'status' || grpc.getChannel().getConnectivityState(false) !== connectivityState.READY
}

function doneIf(isDone: (failure: Failure) => boolean): (error: unknown) => void {
  return (error) => {
    if (!isFailure(error) || !isDone(error)) throw error
  }
}

function readMember(member: WireMember): EtcdMember {
  return {
    id: hexId(member.ID),
    name: member.name,
    peerUrls: member.peerURLs,
    clientUrls: member.clientURLs,
    isLearner: member.isLearner,
  }
}

function decimalId(hex: string): string {
  return BigInt(`0x${hex}`).toString()
}
