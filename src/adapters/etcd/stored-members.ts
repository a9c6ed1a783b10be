import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2'
import { messageOf } from '../../model/message-of.ts'
import type { MemberEndpoint } from '../../model/names.ts'
import type { CredentialStore } from './credentials.ts'
import { dial } from './dial.ts'
import { GrpcError, status } from './grpc-error.ts'
import type { Limits } from './limits.ts'
import { membersReader, type StoredMember } from './members-page.ts'
import { readSnapshotPart } from './snapshot-part.ts'

/** Before each message there is a byte that says whether it is compressed, which is never used here, and four bytes with its length. */
const prefixBytes = 5
/** A member sends 32 KiB at once. */
const maxMessageBytes = 4 * 2 ** 20

/**
 * Reads the members that a member has stored in its own database, from its Maintenance.Snapshot, and ends the stream as soon as they are
 * known. The database passes by and is forgotten: the memory needed does not grow with it. A connection of its own, because a stream takes
 * the window of all calls beside it.
 */
export async function readStoredMembers(
  endpoint: MemberEndpoint,
  store: CredentialStore,
  { deadlineMs, signal }: Limits,
): Promise<readonly StoredMember[]> {
  const session = dial(endpoint, store)
  const bounded = AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal === undefined ? [] : [signal])])
  return new Promise<readonly StoredMember[]>((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(error instanceof GrpcError ? error : new GrpcError(status.UNAVAILABLE, messageOf(error), { cause: error }))
    session.on('error', fail)
    bounded.addEventListener('abort', () => fail(new GrpcError(status.DEADLINE_EXCEEDED, 'its snapshot took too long')), { once: true })
    const stream = requestSnapshot(session)
    const reader = membersReader()
    const messages = splitMessages()
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const message of messages(chunk)) {
          const members = reader.take(readSnapshotPart(message).blob)
          if (members === undefined) continue
          stream.close(constants.NGHTTP2_CANCEL)
          return resolve(members)
        }
      } catch (error) {
        fail(new GrpcError(status.INTERNAL, `the reply does not parse: ${messageOf(error)}`, { cause: error }))
      }
    })
    stream.on('error', fail)
    stream.on('trailers', (trailers) =>
      fail(new GrpcError(Number(trailers['grpc-status'] ?? status.UNKNOWN), String(trailers['grpc-message'] ?? ''))),
    )
    stream.on('close', () => fail(new GrpcError(status.UNAVAILABLE, 'its snapshot ended before its members were found')))
  }).finally(() => session.destroy())
}

function requestSnapshot(session: ClientHttp2Session): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/etcdserverpb.Maintenance/Snapshot',
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  stream.end(Buffer.alloc(prefixBytes)) // SnapshotRequest has no fields.
  return stream
}

/** Cuts the stream into its messages. */
function splitMessages(): (chunk: Buffer) => Generator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  return function* (chunk) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= prefixBytes) {
      const length = rest.readUInt32BE(1)
      if (rest[0] !== 0 || length > maxMessageBytes) throw new RangeError(`a message of ${length} bytes`)
      if (rest.length < prefixBytes + length) return
      yield rest.subarray(prefixBytes, prefixBytes + length)
      rest = rest.subarray(prefixBytes + length)
    }
  }
}
