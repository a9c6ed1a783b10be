import { Client, credentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import type { MemberEndpoint } from '../../model/names.ts'
import { Failure } from '../failure.ts'
import { hexId, readStatus } from './answers.ts'
import type { EtcdStatus } from './calls.ts'
import { channelOptions, targetName } from './channel.ts'
import { openConnection } from './connection.ts'
import { type CredentialStore, tlsOf } from './credentials.ts'
import { toFailure } from './errors.ts'
import { maintenance } from './maintenance.ts'
import type { SnapshotPart } from './snapshot-part.ts'
import { snapshotStream } from './snapshot-stream.ts'

/** A member that may send a snapshot. Every call throws `Failure`. */
export interface SnapshotSource {
  status(): Promise<EtcdStatus>
  /** A linearizable read: the member has applied at least `revision` when it answers. */
  confirm(): Promise<{ readonly clusterId: string; readonly revision: string }>
  /** Ends without an error only after the member has sent everything; fails when no byte arrives for `stallMs`, or when `stopping` fires. */
  snapshot(stallMs: number, stopping: AbortSignal): AsyncIterable<SnapshotPart>
  close(): void
}

const statusDeadlineMs = 2_000
const confirmDeadlineMs = 5_000
const windowBytes = 1024 * 1024

/** @throws Failure `untrusted` where the endpoint wants TLS and the store has nothing for it */
export function connectSource(endpoint: MemberEndpoint, store: CredentialStore): SnapshotSource {
  setLogVerbosity(logVerbosity.NONE) // grpc-js would write plain text between our JSON lines; it reports failures as errors anyway.
  const { url } = endpoint
  const tls = tlsOf(endpoint, store)
  const channel = tls === undefined ? credentials.createInsecure() : credentials.createFromSecureContext(tls.context)
  const client = new Client(new URL(url).host, channel, {
    ...channelOptions,
    ...targetName(tls?.credentials),
    // Enough bytes in flight to keep a fast disk busy over a slow network.
    'grpc-node.flow_control_window': windowBytes,
    // The answer to a ping is sent after a whole window of data, which takes a while on a slow network.
    'grpc.keepalive_timeout_ms': 30_000,
  })
  // Only the snapshot is read with grpc-js, because it asks for the next part once the previous part was consumed.
  const connection = openConnection(endpoint, store)
  const ask = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (error) {
      throw toFailure(error, `${what} of ${url}`)
    }
  }
  return {
    status: () => ask('status', async () => readStatus(await maintenance.status(connection, { deadlineMs: statusDeadlineMs }))),
    confirm: () =>
      ask('read', async () => {
        const { header } = await maintenance.confirm(connection, { deadlineMs: confirmDeadlineMs })
        return { clusterId: hexId(header.cluster_id), revision: header.revision }
      }),
    async *snapshot(stallMs, stopping) {
      let remaining = 0
      try {
        for await (const part of snapshotStream(client, stallMs, stopping)) {
          remaining = part.remaining
          yield part
        }
      } catch (error) {
        throw toFailure(error, `snapshot of ${url}`)
      }
      if (remaining > 0) throw new Failure('unavailable', `snapshot of ${url}: ended ${remaining} bytes early`)
    },
    close() {
      client.close()
      connection.close()
    },
  }
}
