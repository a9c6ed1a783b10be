/**
 * The calls that etcd3 (the primary client, see primary.ts) can't make well, over gRPC directly:
 *
 * - Status: etcd3 knows 3.5's fields only, so no storageVersion.
 * - MemberAdd, MemberRemove, MemberPromote, MoveLeader: these change the cluster, and etcd3 can't take a call
 *   back. While it dials, grpc-js queues the call; a pass that has ended must be able to withdraw it before it is sent, or
 *   a membership change would happen that nobody stands behind any more. etcd3 also loses the status code, by which a
 *   refusal is told from a lost answer.
 * - Range, which only counts here: by its status code a compacted revision is told from a lost answer.
 */
import { type Client, type CallOptions as GrpcCallOptions, Metadata } from '@grpc/grpc-js'
import { type RpcName, rpcMethod } from './proto.ts'

/** Fields of the answers as they come off the wire; 64-bit numbers are decimal strings. */
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
}

export interface WireCount {
  readonly header: Header
  readonly count: string
}

/** What goes with every call; the deadline is always there, or a silent host would hold the call for ever. */
export interface Limits {
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
}

export const maintenance = {
  status: (client: Client, limits: Limits) => call<WireStatus>(client, 'Maintenance.Status', {}, limits),
  moveLeader: (client: Client, targetID: string, limits: Limits) => call<object>(client, 'Maintenance.MoveLeader', { targetID }, limits),
  addLearner: (client: Client, peerUrl: string, limits: Limits) =>
    call<{ member: WireMember; members: readonly WireMember[] }>(
      client,
      'Cluster.MemberAdd',
      { peerURLs: [peerUrl], isLearner: true },
      limits,
    ),
  promote: (client: Client, ID: string, limits: Limits) => call<object>(client, 'Cluster.MemberPromote', { ID }, limits),
  remove: (client: Client, ID: string, limits: Limits) => call<object>(client, 'Cluster.MemberRemove', { ID }, limits),
  /** All keys: from the smallest on, without an end. Linearizable. */
  count: (client: Client, revision: string, limits: Limits) =>
    call<WireCount>(client, 'KV.Range', { key: zero, range_end: zero, revision, count_only: true }, limits),
  /** Linearizable, of a single key: the member has applied all that a majority had agreed on when it was asked. */
  confirm: (client: Client, limits: Limits) => call<WireCount>(client, 'KV.Range', { key: zero, count_only: true }, limits),
}

/** As a key the smallest there is, as an end none at all (rpc.proto, RangeRequest). */
const zero = Buffer.from([0])

/** One unary call; throws grpc-js's ServiceError. Fails at once while the endpoint refuses connections. */
function call<Reply>(client: Client, name: RpcName, request: object, { deadlineMs, signal }: Limits): Promise<Reply> {
  const method = rpcMethod(name)
  const options: GrpcCallOptions = { deadline: Date.now() + deadlineMs }
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const done = (error: Error | null, reply?: object) => {
      signal?.removeEventListener('abort', withdraw)
      if (error === null)
        resolve(reply as Reply) // The method's proto says so; see proto.ts.
      else reject(error)
    }
    const running = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      new Metadata(),
      options,
      done,
    )
    const withdraw = () => running.cancel()
    signal?.addEventListener('abort', withdraw, { once: true })
  })
}
