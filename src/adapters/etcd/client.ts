/**
 * What is asked seldom: over etcd3, etcd's client for Node. It is loaded by its first call, because an operator that restores nothing
 * would pay 10 MB of memory for nothing. It can't take a call back, which is harmless for what stands here: keys are only counted, and
 * an alarm that is disarmed twice is disarmed.
 */
import type { Etcd3, IAlarmResponse, IRangeResponse } from 'etcd3'
import type { MemberEndpoint } from '../../model/names.ts'
import { channelOptions } from './channel.ts'
import type { Limits } from './connection.ts'

/** An alarm that isn't raised is no error. */
export function disarm(endpoint: MemberEndpoint, memberID: string, alarm: 'NOSPACE' | 'CORRUPT', limits: Limits): Promise<IAlarmResponse> {
  return once(endpoint, limits, (client, options) =>
    client.maintenance.alarm({ action: 'Deactivate', memberID, alarm: alarm === 'NOSPACE' ? 'Nospace' : 'Corrupt' }, options),
  )
}

/** All keys: from the smallest on, without an end. Linearizable. */
export function count(endpoint: MemberEndpoint, revision: string, limits: Limits): Promise<IRangeResponse> {
  return once(endpoint, limits, (client, options) => client.kv.range({ key: zero, range_end: zero, revision, count_only: true }, options))
}

/** As for every other answer of a member (see exchange.ts): what runs in a pod is the user's image. */
const maxReplyBytes = 64 * 1024

/** As a key the smallest there is, as an end none at all (rpc.proto, RangeRequest). */
const zero = Buffer.from([0])

/** A client for one call. Rejects when the signal fires; the call itself ends by its deadline, unheard. */
async function once<T>(
  endpoint: MemberEndpoint,
  { deadlineMs, signal }: Limits,
  call: (client: Etcd3, options: { readonly deadline: number }) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const { Etcd3 } = await import('etcd3')
  const client = new Etcd3({
    hosts: endpoint.url,
    // Never a connection that was kept for another client and may be dead.
    grpcOptions: { ...channelOptions, 'grpc.max_receive_message_length': maxReplyBytes, 'grpc.use_local_subchannel_pool': 1 },
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

type Policy = NonNullable<NonNullable<NonNullable<ConstructorParameters<typeof Etcd3>[0]>['faultHandling']>['global']>
const neverAborted = new AbortController().signal
/** Runs the call once. Cast: etcd3 wants a cockatiel policy, of which it uses `execute` only; it must be async. */
const noPolicy = {
  execute: async (call: (context: { signal: AbortSignal }) => unknown) => call({ signal: neverAborted }),
} as unknown as Policy
