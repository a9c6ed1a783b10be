import { messageOf } from '../../model/message-of.ts'
import { Failure, type FailureKind } from '../failure.ts'
import { nameOf, status } from './grpc-error.ts'
import { tlsTrouble } from './tls-trouble.ts'

/**
 * Turns the error of a gRPC call into a `Failure`. The status code decides; where etcd uses one code for several errors, the
 * message text decides (texts: etcd's api/v3rpc/rpctypes/error.go, the same from 3.5 to 3.7).
 *
 * @param what the call and its endpoint, for a person: `status of http://10.1.2.3:2379`
 */
export function toFailure(error: unknown, what: string, signal?: AbortSignal): Failure {
  if (error instanceof Failure) return error
  if (signal?.aborted) return new Failure(isTimeout(signal.reason) ? 'timeout' : 'unavailable', `${what}: given up`, { cause: error })

  const text = messageOf(error)
  const { code, details } = readStatus(error)
  if (code === undefined) return new Failure('bug', `${what}: ${text}`, { cause: error })
  const trouble = code === status.UNAVAILABLE ? tlsTrouble(details) : undefined
  // The cause is left out: it holds the whole certificate.
  if (trouble !== undefined) return new Failure('untrusted', `${what}: ${trouble}`)
  return new Failure(kindOf(code, details), `${what}: ${details || nameOf(code)}`, { cause: error })
}

/** The message of the gRPC error, for the few callers that must tell two refusals of one kind apart. */
export function says(failure: Failure, text: string): boolean {
  return failure.message.includes(text)
}

function kindOf(code: number, details: string): FailureKind {
  if (notAllowed.test(details)) return 'forbidden'
  if (details.endsWith(authHasChanged)) return 'unavailable'
  switch (code) {
    case status.NOT_FOUND:
      return 'not-found'
    case status.DEADLINE_EXCEEDED:
      return 'timeout'
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
      return 'forbidden'
    case status.ALREADY_EXISTS:
    case status.ABORTED:
      return 'conflict'
    case status.FAILED_PRECONDITION:
      return conflicts.some((text) => details.includes(text)) ? 'conflict' : 'rejected'
    case status.RESOURCE_EXHAUSTED:
      return tooLong.test(details) ? 'bug' : 'rejected'
    case status.INVALID_ARGUMENT:
    case status.OUT_OF_RANGE:
    case status.UNIMPLEMENTED:
    case status.DATA_LOSS:
      return 'rejected'
    case status.INTERNAL:
      return unreadable.test(details) ? 'bug' : 'unavailable'
    case status.UNAVAILABLE:
      return details.includes(learnerRefusal) ? 'rejected' : 'unavailable'
    default:
      return 'unavailable' // etcd answers UNKNOWN for an error without a code (`raft: stopped`), and CANCELLED for a lost stream.
  }
}

/** Messages of this adapter, and of grpc-js for a snapshot; not of etcd. */
const tooLong = /^the reply has more than|^Received message larger than max/
const unreadable = /^the reply does not parse|^the reply is not one message|parsing error/

/** Refusals because the state of the cluster has changed: read again, then decide again. */
const conflicts = ['Peer URLs already exists', 'member ID already exist', 'not leader']

/**
 * etcd's authentication is on, and the call has no user, one that isn't there, or one that may not do this. The codes are many, and 3.5 has
 * none for the calls of Maintenance.
 */
const notAllowed = /(user name is empty|user name not found|auth: user not found|permission denied)$/

/** Somebody has changed users or roles while the call was under way: it was not carried out, and the next try is; INVALID_ARGUMENT. */
const authHasChanged = 'revision of auth store is old'

/** FAILED_PRECONDITION since 3.6; UNAVAILABLE before, although a retry never helps. */
const learnerRefusal = 'rpc not supported for learner'

/** Reads a GrpcError, or grpc-js's ServiceError for a snapshot. */
function readStatus(error: unknown): { code: number | undefined; details: string } {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'number')) return { code: undefined, details: '' }
  return { code: error.code, details: 'details' in error && typeof error.details === 'string' ? error.details : '' }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}
