/** All calls from the operator to etcd. Only this file and the folder beside it know gRPC. */
import { hexId, readHash, readStatus } from './etcd/answers.ts'
import type { Ask } from './etcd/ask.ts'
import { authCalls } from './etcd/auth.ts'
import type { Etcd, EtcdCount, EtcdHash, EtcdMember, MemberList } from './etcd/calls.ts'
import { openConnection } from './etcd/connection.ts'
import { openConnections } from './etcd/connections.ts'
import { type CredentialStore, credentialStore } from './etcd/credentials.ts'
import { says, toFailure } from './etcd/errors.ts'
import { readLatencies } from './etcd/latency-page.ts'
import { maintenance, type WireMember, type WireMembers } from './etcd/maintenance.ts'
import { readMetricsPage } from './etcd/metrics-page.ts'
import { probeCalls } from './etcd/probes.ts'
import { readStoredMembers } from './etcd/stored-members.ts'
import { Failure, isFailure } from './failure.ts'

const statusDeadlineMs = 2_000
const callDeadlineMs = 5_000
const longDeadlineMs = 10 * 60_000

/** @param store has the credentials that endpoints name; whoever has the store may replace them at any time */
export function connectEtcd(store: CredentialStore = credentialStore()): Etcd {
  const connections = openConnections(store)

  const ask: Ask = async (what, endpoint, options, deadlineMs, call) => {
    const connection = connections.to(endpoint)
    try {
      return await call(connection, { deadlineMs: options?.deadlineMs ?? deadlineMs, signal: options?.signal })
    } catch (error) {
      const failure = toFailure(error, `${what} of ${endpoint.url}`, options?.signal)
      if (mayHang(what, failure, connection)) connections.drop(connection)
      throw failure
    }
  }

  /** Asks on a connection of its own: the kept one is closed when a status is late, as it may be during a long call. */
  const askAlone: Ask = async (what, endpoint, options, deadlineMs, call) => {
    const connection = openConnection(endpoint, store)
    try {
      return await call(connection, { deadlineMs: options?.deadlineMs ?? deadlineMs, signal: options?.signal })
    } catch (error) {
      throw toFailure(error, `${what} of ${endpoint.url}`, options?.signal)
    } finally {
      connection.close()
    }
  }

  return {
    status: (endpoint, options) =>
      ask('status', endpoint, options, statusDeadlineMs, async (connection, limits) =>
        readStatus(await maintenance.status(connection, limits)),
      ),

    latencies: ({ url }, options) => readLatencies(url, options?.deadlineMs ?? statusDeadlineMs, options?.signal),
    raftStatus: ({ url }, options) => readMetricsPage(url, options?.deadlineMs ?? statusDeadlineMs, options?.signal),

    memberList: (endpoint, options) =>
      ask('member list', endpoint, options, callDeadlineMs, async (connection, limits) =>
        readList(await maintenance.memberList(connection, limits)),
      ),

    ownMemberList: (endpoint, options) =>
      ask('own member list', endpoint, options, callDeadlineMs, async (connection, limits) =>
        readList(await maintenance.ownMemberList(connection, limits)),
      ),

    disarm: (endpoint, { memberId, alarm }, options) =>
      ask('disarm', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await maintenance.disarm(connection, decimalId(memberId), alarm, limits)
      }),

    addLearner: (endpoint, peerUrl, options) =>
      ask('member add', endpoint, options, callDeadlineMs, async (connection, limits) => {
        const { member, members } = await maintenance.addLearner(connection, peerUrl, limits)
        return { ...readMember(member), members: readMembers(members) }
      }),

    promote: (endpoint, memberId, options) =>
      ask('member promote', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await maintenance.promote(connection, decimalId(memberId), limits)
      }).catch(doneIf((failure) => failure.message.endsWith('can only promote a learner member'))),

    updatePeerUrl: (endpoint, memberId, peerUrl, options) =>
      ask('member update', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await maintenance.updatePeerUrl(connection, decimalId(memberId), peerUrl, limits)
      }),

    remove: (endpoint, memberId, options) =>
      ask('member remove', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await maintenance.remove(connection, decimalId(memberId), limits)
      }).catch(doneIf((failure) => failure.kind === 'not-found' && says(failure, 'member not found'))),

    moveLeader: (leader, targetId, options) =>
      ask('move leader', leader, options, callDeadlineMs, async (connection, limits) => {
        await maintenance.moveLeader(connection, decimalId(targetId), limits)
      }),

    enableDowngrade: (endpoint, target, options) =>
      ask('downgrade enable', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await maintenance.downgrade(connection, 'validate', target, limits)
        await maintenance.downgrade(connection, 'enable', target, limits)
      }).catch(doneIf((failure) => says(failure, 'cluster has a downgrade job in progress'))),

    cancelDowngrade: (endpoint, options) =>
      ask('downgrade cancel', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await maintenance.downgrade(connection, 'cancel', '', limits)
      }),

    count: (endpoint, revision, options) =>
      askAlone('count', endpoint, options, callDeadlineMs, async (connection, limits): Promise<EtcdCount> => {
        const { count } = await maintenance.count(connection, revision, limits)
        return { state: 'counted', keys: Number(count) }
      }).catch(withoutRevision),

    hashKv: (endpoint, revision, options) =>
      askAlone(
        'hash',
        endpoint,
        options,
        longDeadlineMs,
        async (connection, limits): Promise<EtcdHash> => readHash(await maintenance.hashKv(connection, revision, limits)),
      ).catch(withoutRevision),

    compact: (endpoint, revision, physical, options) =>
      askAlone('compact', endpoint, options, physical ? longDeadlineMs : callDeadlineMs, async (connection, limits) => {
        await maintenance.compact(connection, revision, physical, limits)
      }).catch(doneIf((failure) => failure.kind === 'rejected' && says(failure, 'required revision has been compacted'))),

    defragment: (endpoint, options) =>
      askAlone('defragment', endpoint, options, longDeadlineMs, async (connection, limits) => {
        await maintenance.defragment(connection, limits)
      }),

    ...authCalls(ask),

    ...probeCalls(store),

    storedMembers: async (endpoint, options) => {
      try {
        return await readStoredMembers(endpoint, store, { deadlineMs: options?.deadlineMs ?? longDeadlineMs, signal: options?.signal })
      } catch (error) {
        throw toFailure(error, `snapshot of ${endpoint.url}`, options?.signal)
      }
    },

    forget: (inUse) => connections.keepOnly(inUse),
    close: () => connections.keepOnly(new Set()),
  }
}

/**
 * Whether the connection itself may be dead, so that the next call should dial anew rather than wait for TCP to notice
 * (after a partition that can take a minute). A member answers Status alone: when the answer is late, the connection is at fault.
 */
function mayHang(what: string, failure: Failure, connection: { readonly isOpen: boolean }): boolean {
  return failure.kind === 'timeout' && (what === 'status' || !connection.isOpen)
}

/** That a member has no such revision, because it was compacted or not applied yet, is an answer and no failure. */
function withoutRevision(error: unknown): { readonly state: 'compacted' | 'ahead' } {
  if (isFailure(error, 'rejected') && says(error, 'required revision has been compacted')) return { state: 'compacted' }
  if (isFailure(error, 'rejected') && says(error, 'required revision is a future revision')) return { state: 'ahead' }
  throw error
}

function doneIf(isDone: (failure: Failure) => boolean): (error: unknown) => void {
  return (error) => {
    if (!isFailure(error) || !isDone(error)) throw error
  }
}

/** A cluster has at most seven voters and two learners: a much longer list doesn't come from etcd, and every row would cost work. */
const maxMembers = 20

function readList({ header, members }: WireMembers): MemberList {
  return { clusterId: hexId(header.cluster_id), members: readMembers(members) }
}

function readMembers(members: readonly WireMember[]): readonly EtcdMember[] {
  if (members.length > maxMembers)
    throw new Failure('bug', `a list of ${members.length} members isn't plausible, at most ${maxMembers} are read`)
  return members.map(readMember)
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
