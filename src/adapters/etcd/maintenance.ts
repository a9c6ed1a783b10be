/** The unary calls that the operator and the agent make to etcd. */
import type { Connection } from './connection.ts'
import type { Limits } from './limits.ts'
import { call } from './unary.ts'

/** Fields of the replies as gRPC delivers them; 64-bit numbers are decimal strings. */
export interface Header {
  readonly cluster_id: string
  readonly member_id: string
  readonly revision: string
  readonly raft_term: string
}

export interface WireMember {
  readonly ID: string
  readonly name: string
  readonly peerURLs: readonly string[]
  readonly clientURLs: readonly string[]
  readonly isLearner: boolean
}

export interface WireStatus {
  readonly header: Header
  readonly version: string
  readonly dbSize: string
  readonly leader: string
  readonly raftIndex: string
  readonly raftTerm: string
  readonly raftAppliedIndex: string
  readonly errors: readonly string[]
  readonly dbSizeInUse: string
  readonly isLearner: boolean
  readonly dbSizeQuota: string
  readonly storageVersion: string
  readonly downgradeInfo: { readonly enabled: boolean; readonly targetVersion: string } | null
}

export interface WireMembers {
  readonly header: Header
  readonly members: readonly WireMember[]
}

export interface WireCount {
  readonly header: Header
  readonly count: string
}

export interface WireHash {
  readonly header: Header
  readonly hash: number
  readonly compact_revision: string
}

export const maintenance = {
  status: (connection: Connection, limits: Limits) => call<WireStatus>(connection, 'Maintenance.Status', {}, limits),
  hashKv: (connection: Connection, revision: number, limits: Limits) =>
    call<WireHash>(connection, 'Maintenance.HashKV', { revision }, limits),
  /** Linearizable: the answer proves that a majority agreed on it just now. */
  memberList: (connection: Connection, limits: Limits) =>
    call<WireMembers>(connection, 'Cluster.MemberList', { linearizable: true }, limits),
  /** As this member knows it, without asking any other. */
  ownMemberList: (connection: Connection, limits: Limits) =>
    call<WireMembers>(connection, 'Cluster.MemberList', { linearizable: false }, limits),
  /** Succeeds also when the alarm isn't raised. */
  disarm: (connection: Connection, memberID: string, alarm: 'NOSPACE' | 'CORRUPT', limits: Limits) =>
    call<object>(connection, 'Maintenance.Alarm', { action: deactivate, memberID, alarm: alarm === 'NOSPACE' ? 1 : 2 }, limits),
  moveLeader: (connection: Connection, targetID: string, limits: Limits) =>
    call<object>(connection, 'Maintenance.MoveLeader', { targetID }, limits),
  compact: (connection: Connection, revision: number, physical: boolean, limits: Limits) =>
    call<object>(connection, 'KV.Compact', { revision, physical }, limits),
  defragment: (connection: Connection, limits: Limits) => call<object>(connection, 'Maintenance.Defragment', {}, limits),
  downgrade: (connection: Connection, action: DowngradeAction, version: string, limits: Limits) =>
    call<object>(connection, 'Maintenance.Downgrade', { action: downgradeActions.indexOf(action), version }, limits),
  addLearner: (connection: Connection, peerUrl: string, limits: Limits) =>
    call<WireMembers & { member: WireMember }>(connection, 'Cluster.MemberAdd', { peerURLs: [peerUrl], isLearner: true }, limits),
  updatePeerUrl: (connection: Connection, ID: string, peerUrl: string, limits: Limits) =>
    call<object>(connection, 'Cluster.MemberUpdate', { ID, peerURLs: [peerUrl] }, limits),
  promote: (connection: Connection, ID: string, limits: Limits) => call<object>(connection, 'Cluster.MemberPromote', { ID }, limits),
  remove: (connection: Connection, ID: string, limits: Limits) => call<object>(connection, 'Cluster.MemberRemove', { ID }, limits),
  /** A linearizable read of a single key: the member has applied every entry that was committed when it was asked. */
  confirm: (connection: Connection, limits: Limits) => call<WireCount>(connection, 'KV.Range', { key: zero, count_only: true }, limits),
  /** Counts all keys as they were at a revision. Linearizable. */
  count: (connection: Connection, revision: string, limits: Limits) =>
    call<WireCount>(connection, 'KV.Range', { key: zero, range_end: zero, revision, count_only: true }, limits),
}

/** In the order of their numbers (rpc.proto, DowngradeRequest). */
const downgradeActions = ['validate', 'enable', 'cancel'] as const
export type DowngradeAction = (typeof downgradeActions)[number]

/** Of AlarmRequest.AlarmAction. */
const deactivate = 2

/** As a key the smallest that there is; as the end of a range: no end (rpc.proto, RangeRequest). */
const zero = Buffer.from([0])
