/**
 * The rare calls to etcd, made with etcd3, etcd's client for Node. The first call loads the library, which costs 10 MB of memory that
 * an operator without restores doesn't need. etcd3 can't cancel a call, which is harmless for these calls: counting keys changes
 * nothing, and disarming an alarm twice has the same result as once.
 */
import type { Etcd3, IAlarmResponse, IRangeResponse } from 'etcd3'
import type { MemberEndpoint } from '../../model/names.ts'
import { channelOptions, targetName } from './channel.ts'
import { type CredentialStore, type Credentials, tlsOf } from './credentials.ts'
import type { Limits } from './limits.ts'

/** Succeeds also when the alarm isn't raised. */
export function disarm(
  endpoint: MemberEndpoint,
  store: CredentialStore,
  memberID: string,
  alarm: 'NOSPACE' | 'CORRUPT',
  limits: Limits,
): Promise<IAlarmResponse> {
  return once(endpoint, store, limits, (client, options) =>
    client.maintenance.alarm({ action: 'Deactivate', memberID, alarm: alarm === 'NOSPACE' ? 'Nospace' : 'Corrupt' }, options),
  )
}

/** Counts all keys, from the smallest key on. Linearizable. */
export function count(endpoint: MemberEndpoint, store: CredentialStore, revision: string, limits: Limits): Promise<IRangeResponse> {
  return once(endpoint, store, limits, (client, options) =>
    client.kv.range({ key: zero, range_end: zero, revision, count_only: true }, options),
  )
}

/** Bounds a reply as exchange.ts does: the program in the pod comes from the user's image. */
const maxReplyBytes = 64 * 1024

/** As `key` this is the smallest key, as `range_end` it means "no end" (rpc.proto, RangeRequest). */
const zero = Buffer.from([0])

/** Makes a client for one call. Rejects when the signal fires; the call itself then runs until its deadline, and its reply is ignored. */
async function once<T>(
  endpoint: MemberEndpoint,
  store: CredentialStore,
  { deadlineMs, signal }: Limits,
  call: (client: Etcd3, options: { readonly deadline: number }) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const tls = tlsOf(endpoint, store)?.credentials
  const { Etcd3 } = await import('etcd3')
  const client = new Etcd3({
    hosts: endpoint.url,
    ...(tls === undefined ? {} : { credentials: pemOf(tls) }),
    // A connection of its own: a connection shared with another client may be dead.
    grpcOptions: {
      ...channelOptions,
      ...targetName(tls),
      'grpc.max_receive_message_length': maxReplyBytes,
      'grpc.use_local_subchannel_pool': 1,
    },
    // etcd3's own policies would retry a failed call three times at once and then refuse calls for five seconds.
    faultHandling: { host: () => noPolicy, global: noPolicy },
  })
  const given = Promise.withResolvers<never>()
  const giveUp = () => given.reject(signal?.reason)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([call(client, { deadline: Date.now() + deadlineMs }), given.promise])
  } finally {
    signal?.removeEventListener('abort', giveUp)
    client.close()
  }
}

function pemOf({ ca, own }: Credentials) {
  const client = own === undefined ? {} : { certChain: Buffer.from(own.cert), privateKey: Buffer.from(own.key) }
  return { rootCertificate: Buffer.from(ca), ...client }
}

type Policy = NonNullable<NonNullable<NonNullable<ConstructorParameters<typeof Etcd3>[0]>['faultHandling']>['global']>
const neverAborted = new AbortController().signal
/** Runs the call once. Cast: etcd3 wants a cockatiel policy, of which it uses `execute` only; it must be async. */
const noPolicy = {
  execute: async (call: (context: { signal: AbortSignal }) => unknown) => call({ signal: neverAborted }),
} as unknown as Policy
