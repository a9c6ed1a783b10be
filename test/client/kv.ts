import { createSecureContext } from 'node:tls'
import { type ChannelCredentials, Client, credentials, Metadata, status } from '@grpc/grpc-js'
import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader'
import type { Credentials } from '../../src/adapters/etcd/credentials.ts'

/** Puts and linearizable ranges over a connection of its own, as an ordinary client of an etcd behind a Service. */
export interface Kv {
  put(key: string, value: string, deadlineMs: number): Promise<Written>
  /** All keys of the prefix that come after `after` (empty: from the start), at most `limit`. */
  range(prefix: string, after: string, limit: number, deadlineMs: number): Promise<readonly StoredKey[]>
  /** Dials anew: what answers nothing any more may be a connection to a member that is gone. */
  reconnect(): void
  close(): void
}

export interface Written {
  readonly revision: number
  /** Decimal, as it comes off the wire. */
  readonly clusterId: string
}

export interface StoredKey {
  readonly key: string
  readonly value: string
  readonly modRevision: number
}

/**
 * @param address host and port, without a scheme
 * @param tls what to speak TLS with, asked for at each `reconnect` where it is a function; absent: in the clear
 */
export function openKv(address: string, tls?: Credentials | (() => Credentials)): Kv {
  const dial = () => connect(address, typeof tls === 'function' ? tls() : tls)
  let client = dial()
  return {
    async put(key, value, deadlineMs) {
      const request = { key: Buffer.from(key), value: Buffer.from(value) }
      const { header } = await call<{ header: WireHeader }>(client, 'Put', request, deadlineMs)
      return { revision: Number(header.revision), clusterId: header.cluster_id }
    },
    async range(prefix, after, limit, deadlineMs) {
      const request = { key: Buffer.from(after === '' ? prefix : `${after}\0`), range_end: prefixEnd(prefix), limit: String(limit) }
      const { kvs } = await call<{ kvs: readonly WireKey[] }>(client, 'Range', request, deadlineMs)
      return kvs.map(({ key, value, mod_revision }) => ({
        key: key.toString(),
        value: value.toString(),
        modRevision: Number(mod_revision),
      }))
    },
    reconnect() {
      client.close()
      client = dial()
    },
    close: () => client.close(),
  }
}

/** Whether a write that ended like this may simply be written again: it is put back by the member, or its fate isn't known. */
export function mayRepeat(error: unknown): boolean {
  const { code, details = '' } = error as { code?: number; details?: string }
  if (code === status.UNAVAILABLE || isLate(error)) return true
  return /leader changed|not leader|proposal dropped|no leader/.test(details)
}

/**
 * Whether the call's time was over. The member is told of the deadline and ends the stream at the same moment as the client does: where its
 * frame comes first, the client reads CANCELLED, which nobody here asks for.
 */
export function isLate(error: unknown): boolean {
  const { code } = error as { code?: number }
  return code === status.DEADLINE_EXCEEDED || code === status.CANCELLED
}

interface WireHeader {
  readonly cluster_id: string
  readonly revision: string
}

interface WireKey {
  readonly key: Buffer
  readonly value: Buffer
  readonly mod_revision: string
}

let connected = 0

function connect(address: string, tls: Credentials | undefined): Client {
  connected += 1
  return new Client(address, tls === undefined ? credentials.createInsecure() : secure(tls), {
    ...(tls === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
    // grpc-js shares connections between clients of equal options; each writer has its own.
    'grpc.primary_user_agent': `writer/${connected}`,
    'grpc.initial_reconnect_backoff_ms': 20,
    'grpc.max_reconnect_backoff_ms': 100,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 2_000,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
  })
}

function secure({ ca, own }: Credentials): ChannelCredentials {
  return credentials.createFromSecureContext(createSecureContext({ ca, ...own, allowPartialTrustChain: true }))
}

function call<Reply>(client: Client, name: 'Put' | 'Range', request: object, deadlineMs: number): Promise<Reply> {
  const method = service[name]
  if (method === undefined) throw new Error(`no such call: ${name}`)
  const { path, requestSerialize, responseDeserialize } = method
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      { deadline: Date.now() + deadlineMs },
      (error, reply) => (error === null ? resolve(reply as Reply) : reject(error)),
    )
  })
}

/** The first key after all keys that begin with the prefix. */
function prefixEnd(prefix: string): Buffer {
  const end = Buffer.from(prefix)
  end[end.length - 1] = (end.at(-1) ?? 0) + 1
  return end
}

const fields = (lines: readonly string[]) => ({
  fields: Object.fromEntries(
    lines.map((line) => {
      const [type = '', name = '', id] = line.replace('repeated ', '').split(' ')
      return [name, { type, id: Number(id), ...(line.startsWith('repeated ') ? { rule: 'repeated' } : {}) }]
    }),
  ),
})

const method = (requestType: string, responseType: string) => ({ requestType, responseType, comment: '' })

/** What is used of etcd's rpc.proto: `type name number`. */
const definition = fromJSON(
  {
    nested: {
      etcdserverpb: {
        nested: {
          ResponseHeader: fields(['uint64 cluster_id 1', 'uint64 member_id 2', 'int64 revision 3', 'uint64 raft_term 4']),
          KeyValue: fields(['bytes key 1', 'int64 mod_revision 3', 'bytes value 5']),
          PutRequest: fields(['bytes key 1', 'bytes value 2']),
          PutResponse: fields(['ResponseHeader header 1']),
          RangeRequest: fields(['bytes key 1', 'bytes range_end 2', 'int64 limit 3']),
          RangeResponse: fields(['ResponseHeader header 1', 'repeated KeyValue kvs 2']),
          KV: {
            methods: { Put: method('PutRequest', 'PutResponse'), Range: method('RangeRequest', 'RangeResponse') },
          },
        },
      },
    },
  },
  { keepCase: true, longs: String, defaults: true },
)
const service = definition['etcdserverpb.KV'] as ServiceDefinition
